/// IEEE 754 binary16 and bfloat16, as bit patterns, by integer arithmetic that compilers vectorise.
///
/// Swift's `Float16` is not used: without the F16C instructions, which the default x86-64 target may not assume, each
/// conversion is a library call.
enum HalfPrecision {
  /// The exact value of a binary16 pattern.
  @inline(__always)
  static func float(fromFloat16 pattern: UInt16) -> Float {
    let magnitude = UInt32(pattern & 0x7fff)
    let sign = UInt32(pattern & 0x8000) << 16
    // Shifted into place the exponent is short by 127 - 15 = 112; multiplying by 2¹¹² mends normals and subnormals.
    let scaled = Float(bitPattern: magnitude << 13) * Float(bitPattern: (127 + 112) << 23)
    let special = magnitude << 13 | 0x7f80_0000
    return Float(bitPattern: (magnitude >= 0x7c00 ? special : scaled.bitPattern) | sign)
  }

  /// The nearest binary16 pattern, ties to even; beyond 65,519.99 infinity, as IEEE 754 has it.
  @inline(__always)
  static func float16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let magnitude = bits & 0x7fff_ffff
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    // Adding 0.5 leaves a unit in the last place of 2⁻²⁴, that of binary16 subnormals: the addition rounds.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3f00_0000
    let normal = (magnitude &+ 0x0fff &+ (magnitude >> 13 & 1)) >> 13 &- 112 << 10
    let finite = magnitude < 0x3880_0000 ? subnormal : normal
    let large: UInt32 = magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00
    return UInt16(truncatingIfNeeded: magnitude >= 0x477f_f000 ? large : finite) | sign
  }

  /// The exact value of a bfloat16 pattern.
  @inline(__always)
  static func float(fromBFloat16 pattern: UInt16) -> Float { Float(bitPattern: UInt32(pattern) << 16) }

  /// The nearest bfloat16 pattern, ties to even.
  @inline(__always)
  static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16
    return UInt16(truncatingIfNeeded: bits & 0x7fff_ffff > 0x7f80_0000 ? bits >> 16 | 0x40 : rounded)
  }
}
