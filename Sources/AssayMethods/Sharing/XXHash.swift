/// xxHash of 32 bits, a hash that is fast and mixes well, without being cryptographic.
///
/// By its published specification (Y. Collet: xxHash fast digest algorithm, version 0.1.1, section "XXH32").
enum XXHash32 {
  private static let primes: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
    0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D, 0x27D4_EB2F, 0x1656_67B1
  )

  /// The hash of any bytes.
  static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
    func lane(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    var offset = 0
    var result: UInt32
    if bytes.count >= 16 {
      var accumulators = (
        seed &+ primes.0 &+ primes.1, seed &+ primes.1, seed, seed &- primes.0
      )
      while offset + 16 <= bytes.count {
        accumulators.0 = round(accumulators.0, lane(offset))
        accumulators.1 = round(accumulators.1, lane(offset + 4))
        accumulators.2 = round(accumulators.2, lane(offset + 8))
        accumulators.3 = round(accumulators.3, lane(offset + 12))
        offset += 16
      }
      result = rotated(accumulators.0, 1) &+ rotated(accumulators.1, 7)
      result = result &+ rotated(accumulators.2, 12) &+ rotated(accumulators.3, 18)
    } else {
      result = seed &+ primes.4
    }
    result = result &+ UInt32(truncatingIfNeeded: bytes.count)
    while offset + 4 <= bytes.count {
      result = consumed(result, lane(offset))
      offset += 4
    }
    while offset < bytes.count {
      result = rotated(result &+ UInt32(bytes[offset]) &* primes.4, 11) &* primes.0
      offset += 1
    }
    return avalanched(result)
  }

  /// The hash of the eight little-endian bytes of a number.
  @inline(__always)
  static func hash(_ number: UInt64, seed: UInt32) -> UInt32 {
    var result = seed &+ primes.4 &+ 8
    result = consumed(result, UInt32(truncatingIfNeeded: number))
    result = consumed(result, UInt32(truncatingIfNeeded: number >> 32))
    return avalanched(result)
  }

  @inline(__always)
  private static func rotated(_ value: UInt32, _ bits: UInt32) -> UInt32 { value << bits | value >> (32 - bits) }

  @inline(__always)
  private static func round(_ accumulator: UInt32, _ lane: UInt32) -> UInt32 {
    rotated(accumulator &+ lane &* primes.1, 13) &* primes.0
  }

  @inline(__always)
  private static func consumed(_ accumulator: UInt32, _ lane: UInt32) -> UInt32 {
    rotated(accumulator &+ lane &* primes.2, 17) &* primes.3
  }

  @inline(__always)
  private static func avalanched(_ value: UInt32) -> UInt32 {
    var value = value
    value = (value ^ value >> 15) &* primes.1
    value = (value ^ value >> 13) &* primes.2
    return value ^ value >> 16
  }
}
