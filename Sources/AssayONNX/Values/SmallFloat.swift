/// A floating point format of at most 8 bits, described by its fields.
///
/// Source: ONNX documentation, "Float stored in 8 bits" and "4 bit types"; Micikevicius et al., FP8 Formats for Deep
/// Learning, 2022; OCP Microscaling Formats 1.0 for e2m1 and e8m0.
struct SmallFloat {
  let exponentBits: Int
  let mantissaBits: Int
  let bias: Int
  /// Pattern of the largest finite magnitude.
  let largest: UInt8
  let infinity: UInt8?
  let notANumber: UInt8?
  let hasNegativeZero: Bool

  static let float8e4m3fn = SmallFloat(
    exponentBits: 4, mantissaBits: 3, bias: 7, largest: 0x7e, infinity: nil, notANumber: 0x7f, hasNegativeZero: true)
  static let float8e4m3fnuz = SmallFloat(
    exponentBits: 4, mantissaBits: 3, bias: 8, largest: 0x7f, infinity: nil, notANumber: 0x80, hasNegativeZero: false)
  static let float8e5m2 = SmallFloat(
    exponentBits: 5, mantissaBits: 2, bias: 15, largest: 0x7b, infinity: 0x7c, notANumber: 0x7e, hasNegativeZero: true)
  static let float8e5m2fnuz = SmallFloat(
    exponentBits: 5, mantissaBits: 2, bias: 16, largest: 0x7f, infinity: nil, notANumber: 0x80, hasNegativeZero: false)
  static let float4e2m1 = SmallFloat(
    exponentBits: 2, mantissaBits: 1, bias: 1, largest: 0x7, infinity: nil, notANumber: nil, hasNegativeZero: true)

  private var signBit: UInt8 { 1 << UInt8(exponentBits + mantissaBits) }

  /// The exact value of a pattern.
  func float(_ pattern: UInt8) -> Float {
    if !hasNegativeZero, pattern == notANumber { return .nan }
    let magnitude = pattern & (signBit - 1)
    let isNegative = pattern & signBit != 0
    if magnitude > largest { return infinity == magnitude ? (isNegative ? -.infinity : .infinity) : .nan }
    let exponent = Int(magnitude >> UInt8(mantissaBits))
    let mantissa = Int(magnitude & ((1 << UInt8(mantissaBits)) - 1))
    let significand = exponent == 0 ? mantissa : mantissa | 1 << mantissaBits
    let value = Float(sign: .plus, exponent: max(exponent, 1) - bias - mantissaBits, significand: Float(significand))
    return isNegative ? -value : value
  }

  /// The values of all patterns, for reading many.
  var table: [Float] { (0...255).map { float(UInt8($0)) } }

  /// The nearest pattern, ties to even; what is too large becomes the largest finite number, as ONNX's Cast does by
  /// default. NaN becomes NaN, or the largest number where the format has none.
  ///
  /// With `saturate = 1` ONNX maps infinities to the largest finite number too.
  func pattern(_ value: Float) -> UInt8 {
    guard !value.isNaN else { return notANumber ?? largest }
    let sign: UInt8 = value.sign == .minus ? signBit : 0
    let magnitude = value.magnitude
    guard magnitude < float(largest) else { return sign | largest }
    // In units of the last place at this magnitude the number is below 2^(mantissaBits + 1), so rounding is exact.
    let exponent = max(magnitude == 0 ? Int.min : Int(magnitude.exponent), 1 - bias)
    let unit = Float(sign: .plus, exponent: exponent - mantissaBits, significand: 1)
    let steps = Int((magnitude / unit).rounded(.toNearestOrEven))
    // Patterns are consecutive across exponents, so a carry of the rounding is right by itself.
    let pattern = UInt8(steps + (exponent - (1 - bias)) << mantissaBits)
    if pattern == 0, !hasNegativeZero { return 0 }
    return sign | min(pattern, largest)
  }
}

/// Powers of two from 2⁻¹²⁷ to 2¹²⁷ without sign or mantissa (float8e8m0); pattern 255 is NaN.
enum PowerOfTwo {
  static func float(_ pattern: UInt8) -> Float {
    pattern == 255 ? .nan : Float(sign: .plus, exponent: Int(pattern) - 127, significand: 1)
  }

  /// The nearest power, halves away from zero (an even mantissa does not exist); numbers that are not positive become
  /// the smallest power.
  static func pattern(_ value: Float) -> UInt8 {
    guard !value.isNaN else { return 255 }
    guard value > float(0) else { return 0 }
    guard value < float(254) else { return 254 }
    let exponent = Int(value.exponent)
    return UInt8(clamping: exponent + 127 + (value.significand >= 1.5 ? 1 : 0))
  }
}
