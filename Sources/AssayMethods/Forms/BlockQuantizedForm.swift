public import AssayCore

/// Integers of 2 to 8 bits with a scale, and a zero point where asked for, for each block: w = (code − zero)·scale.
///
/// Codes are packed without gaps, whatever their width.
public struct BlockQuantizedForm: GroupedForm {
  public static let name = "block-quantized"
  public static let lowering = Lowering.blockProducts
  var weight: QuantizedWeight
  let layout: GroupedShape

  /// - Precondition: integer levels.
  init(_ weight: QuantizedWeight, layout: GroupedShape) { (self.weight, self.layout) = (weight, layout) }

  public var shape: [Int] { layout.shape }
  public func dense() -> Tensor { weight.dense(shape: shape, isTransposed: layout.isTransposed) }

  /// Shape and groups; width; 1 with zero points, else 0; scales; zero points and codes as streams of bits.
  public func encode(into bytes: inout [UInt8]) {
    let width = weight.levels.width
    layout.encode(into: &bytes)
    bytes.append(number: width)
    bytes.append(number: weight.zeros == nil ? 0 : 1)
    bytes.append(floats: weight.scales)
    if let zeros = weight.zeros { bytes += BitStream.packed(zeros, width: width) }
    bytes += BitStream.packed(weight.codes, width: width)
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures {
    parts(of: encoded_B, codebooks_B: sharedByteCount(scale_B: 4))
  }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    layout = try GroupedShape(decoding: &reader, bitsPerElement: 2)
    let groups = layout.layout
    let width = try reader.number()
    guard (2...8).contains(width) else { throw FormReader.broken("integers of \(width) bits") }
    let hasZeros = try reader.flag()
    let scales = try reader.finiteFloats(groups.groupCount)
    let zeros = hasZeros ? try reader.codes(groups.groupCount, width: width) : nil
    weight = QuantizedWeight(
      layout: groups, levels: .integers(bits: width), codes: try reader.codes(groups.count, width: width),
      scales: scales, zeros: zeros)
  }

  /// Float weights, from the present values on, rounded straight through, with a learnt factor for each scale; zero
  /// points stay.
  public func trainable() -> TrainableWeight {
    TrainableWeight(
      parameters: [dense(), LearntScale.factors(weight.scales.count)], value: expressions.value,
      bounds: [nil, LearntScale.bounds])
  }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> BlockQuantizedForm { try requantized(parameters) }

  var expressions: GroupedExpressions {
    GroupedExpressions(integers: weight, layout, learnsScales: true)
  }
}

/// Integers of 2 to 8 bits whose scales are powers of two, stored as exponents of one byte: w = (code − zero)·2^−n.
public struct PowerOfTwoForm: GroupedForm {
  public static let name = "power-of-two"
  public static let lowering = Lowering.blockProducts
  var weight: QuantizedWeight
  let layout: GroupedShape

  /// - Precondition: integer levels; every scale is 2^−n with n in `GridSearch.exponents`.
  init(_ weight: QuantizedWeight, layout: GroupedShape) { (self.weight, self.layout) = (weight, layout) }

  public var shape: [Int] { layout.shape }
  public func dense() -> Tensor { weight.dense(shape: shape, isTransposed: layout.isTransposed) }

  /// Shape and groups; width; 1 with zero points, else 0; a byte n for each scale 2^−n; zero points and codes as streams
  /// of bits.
  public func encode(into bytes: inout [UInt8]) {
    let width = weight.levels.width
    layout.encode(into: &bytes)
    bytes.append(number: width)
    bytes.append(number: weight.zeros == nil ? 0 : 1)
    for scale in weight.scales { bytes.append(UInt8(bitPattern: Int8(clamping: -Int(scale.exponent)))) }
    if let zeros = weight.zeros { bytes += BitStream.packed(zeros, width: width) }
    bytes += BitStream.packed(weight.codes, width: width)
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures {
    parts(of: encoded_B, codebooks_B: sharedByteCount(scale_B: 1))
  }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    layout = try GroupedShape(decoding: &reader, bitsPerElement: 2)
    let groups = layout.layout
    let width = try reader.number()
    guard (2...8).contains(width) else { throw FormReader.broken("integers of \(width) bits") }
    let hasZeros = try reader.flag()
    var scales: [Float] = []
    for byte in try reader.take(groups.groupCount) {
      let exponent = Int(Int8(bitPattern: byte))
      guard GridSearch.exponents.contains(exponent) else { throw FormReader.broken("the scale 2^\(-exponent)") }
      scales.append(Float(sign: .plus, exponent: -exponent, significand: 1))
    }
    let zeros = hasZeros ? try reader.codes(groups.groupCount, width: width) : nil
    weight = QuantizedWeight(
      layout: groups, levels: .integers(bits: width), codes: try reader.codes(groups.count, width: width),
      scales: scales, zeros: zeros)
  }

  /// Float weights, from the present values on, rounded straight through; scales and zero points stay, for a power of
  /// two has no neighbours that a gradient could reach.
  public func trainable() -> TrainableWeight {
    TrainableWeight(parameters: [dense()], value: expressions.value)
  }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> PowerOfTwoForm { try requantized(parameters) }

  var expressions: GroupedExpressions {
    GroupedExpressions(integers: weight, layout, learnsScales: false)
  }
}

extension WeightLevels {
  /// Bits of a code.
  var width: Int {
    switch self {
    case .integers(let bits): bits
    case .binary: 1
    case .ternary: 2
    }
  }
}
