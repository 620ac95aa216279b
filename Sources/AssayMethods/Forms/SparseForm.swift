import AssayCore

/// A form that leaves zeros out, and whose size is known before its bytes are made.
protocol SparseForm: WeightForm {
  /// Exactly as many bytes as `encode` appends.
  var byteCount: Int { get }
  /// Bytes among them that tell which elements are stored.
  var indexByteCount: Int { get }
}

/// The form of a float weight with so many nonzeros that takes the fewest bytes: dense, masked, or `form`.
func smallestForm(of tensor: Tensor, nonzeros: Int, among form: (any SparseForm)? = nil) -> any WeightForm {
  let dense = DenseForm(tensor)
  let masked_B = MaskedForm.byteCount(shape: tensor.shape, nonzeros: nonzeros)
  if let form, form.byteCount < min(masked_B, dense.byteCount) { return form }
  return masked_B < dense.byteCount ? MaskedForm(tensor) : dense
}

/// Bytes of an unsigned LEB128 number.
func byteCount(ofNumber number: Int) -> Int { max(1, (Int.bitWidth - number.leadingZeroBitCount + 6) / 7) }

/// Bytes of a shape as forms write it.
func byteCount(ofShape shape: [Int]) -> Int {
  byteCount(ofNumber: shape.count) + shape.reduce(0) { $0 + byteCount(ofNumber: $1) }
}

extension DenseForm {
  /// Exactly as many bytes as `encode` appends.
  var byteCount: Int {
    let tensor = dense()
    return AssayMethods.byteCount(ofNumber: Int(tensor.elementType.rawValue))
      + AssayMethods.byteCount(ofShape: shape) + tensor.bytes.count
  }
}

extension MaskedForm {
  /// Bytes of a weight of that shape with so many nonzeros.
  static func byteCount(shape: [Int], nonzeros: Int) -> Int {
    AssayMethods.byteCount(ofShape: shape) + (shape.reduce(1, *) + 7) / 8 + 4 * nonzeros
  }
}

/// Writes numbers of few bits one after another, low bits first.
struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var count = 0

  /// - Precondition: at most 32 bits, and `value` fits them.
  mutating func append(_ value: UInt64, bits: Int) {
    pending |= value << UInt64(count)
    count += bits
    while count >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      count -= 8
    }
  }

  /// All bytes, the last filled up with zeros.
  func finished() -> [UInt8] { count > 0 ? bytes + [UInt8(truncatingIfNeeded: pending)] : bytes }
}

/// Reads what `BitWriter` wrote.
struct BitReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var pending: UInt64 = 0
  private var count = 0

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The next number of at most 32 bits; zeros follow the end.
  mutating func next(bits: Int) -> UInt64 {
    while count < bits {
      if position < bytes.endIndex { pending |= UInt64(bytes[position]) << UInt64(count) }
      position += 1
      count += 8
    }
    defer {
      pending >>= UInt64(bits)
      count -= bits
    }
    return pending & (1 << UInt64(bits) - 1)
  }

  /// Whether only zeros are left of the last byte.
  var endsWithZeros: Bool { pending == 0 && position >= bytes.endIndex }
}

/// Numbers the ways to choose k of n places, n at most 32.
///
/// The choice p₁ < … < pₖ, places from 0, has the number ΣC(pᵢ, i) (combinatorial number system; Knuth, The Art of
/// Computer Programming 4A, section 7.2.1.3).
struct Combinations: Sendable {
  private let binomials: [[UInt64]]

  init() {
    var rows: [[UInt64]] = [[1]]
    for n in 1...32 { rows.append((0...n).map { $0 == 0 || $0 == n ? 1 : rows[n - 1][$0 - 1] + rows[n - 1][$0] }) }
    binomials = rows
  }

  func count(_ k: Int, of n: Int) -> UInt64 { k <= n ? binomials[n][k] : 0 }

  /// Bits that hold every number of a choice.
  func bits(_ k: Int, of n: Int) -> Int { UInt64.bitWidth - (count(k, of: n) - 1).leadingZeroBitCount }

  /// The number of the places set in `mask`.
  func number(of mask: UInt32) -> UInt64 {
    var (rest, index, sum) = (mask, 0, UInt64(0))
    while rest != 0 {
      index += 1
      sum += count(index, of: rest.trailingZeroBitCount)
      rest &= rest - 1
    }
    return sum
  }

  /// The places of choice `number`; nil when there are not so many choices.
  func mask(_ number: UInt64, choosing k: Int, of n: Int) -> UInt32? {
    guard number < count(k, of: n) else { return nil }
    var (rest, mask, place) = (number, UInt32(0), n)
    for index in stride(from: k, to: 0, by: -1) {
      repeat { place -= 1 } while count(index, of: place) > rest
      rest -= count(index, of: place)
      mask |= 1 << UInt32(place)
    }
    return mask
  }
}
