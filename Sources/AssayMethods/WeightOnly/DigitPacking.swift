import AssayCore

/// How codes below `base` stand in whole numbers, the first code least significant: Σ code_k·base^k.
///
/// Plain division and remainder take them apart again, which every engine can do, and compute beforehand for constants.
struct DigitPacking: Sendable, Equatable {
  let base: Int
  /// Codes in one number.
  let digits: Int
  /// Whether numbers have 32 bits; else 8.
  let isWide: Bool

  /// The packing that wastes least: bytes for 2, 4, 16 and 3 codes; 3-bit codes ten to 32 bits.
  init(_ levels: WeightLevels) {
    base = levels.count
    switch levels {
    case .integers(bits: 2): (digits, isWide) = (4, false)
    case .integers(bits: 4): (digits, isWide) = (2, false)
    case .integers(let bits) where bits < 8: (digits, isWide) = (31 / bits, true)
    case .integers: (digits, isWide) = (1, false)
    case .binary: (digits, isWide) = (8, false)
    case .ternary: (digits, isWide) = (5, false)
    }
  }

  /// The powers of the base by which numbers are divided.
  var powers: [Int32] {
    var powers: [Int32] = []
    var power: Int32 = 1
    for digit in 0..<digits {
      powers.append(power)
      if digit + 1 < digits { power *= Int32(base) }
    }
    return powers
  }

  /// The codes as a tensor [numbers, 1] of uint8 or int32, filled up with zeros at the end.
  func packed(_ codes: [UInt8]) -> Tensor {
    let count = (codes.count + digits - 1) / digits
    let powers = powers
    func number(_ index: Int) -> Int32 {
      var value: Int32 = 0
      for digit in 0..<min(digits, codes.count - index * digits) {
        value += Int32(codes[index * digits + digit]) * powers[digit]
      }
      return value
    }
    if isWide {
      return Tensor.filled(.int32, shape: [count, 1], as: Int32.self) { target in
        for index in target.indices { target[index] = number(index) }
      }
    }
    return Tensor.filled(.uint8, shape: [count, 1], as: UInt8.self) { target in
      for index in target.indices { target[index] = UInt8(truncatingIfNeeded: number(index)) }
    }
  }
}

/// Codes as a stream of bits, each code's low bit first, the stream's first bit in the low bit of the first byte.
enum BitStream {
  static func byteCount(_ count: Int, width: Int) -> Int { (count * width + 7) / 8 }

  /// - Precondition: codes below 2^width, 1 ≤ width ≤ 8.
  static func packed(_ codes: some Collection<UInt8>, width: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount(codes.count, width: width))
    var (pending, bits) = (UInt32(0), 0)
    for code in codes {
      pending |= UInt32(code) << UInt32(bits)
      bits += width
      while bits >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: pending))
        pending >>= 8
        bits -= 8
      }
    }
    if bits > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
    return bytes
  }

  /// - Returns: nil when bits are set after the last code.
  /// - Precondition: as many bytes as `count` codes need.
  static func unpacked(_ bytes: ArraySlice<UInt8>, count: Int, width: Int) -> [UInt8]? {
    var codes: [UInt8] = []
    codes.reserveCapacity(count)
    var (pending, bits) = (UInt32(0), 0)
    let mask = UInt32(1) << UInt32(width) - 1
    for byte in bytes {
      pending |= UInt32(byte) << UInt32(bits)
      bits += 8
      while bits >= width, codes.count < count {
        codes.append(UInt8(pending & mask))
        pending >>= UInt32(width)
        bits -= width
      }
    }
    return pending == 0 && codes.count == count ? codes : nil
  }
}
