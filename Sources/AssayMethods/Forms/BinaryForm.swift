public import AssayCore

/// One bit for each weight and a magnitude for each group: w = ±a.
public struct BinaryForm: GroupedForm {
  public static let name = "binary"
  public static let lowering = Lowering.unpackedAtLoad
  var weight: QuantizedWeight
  let layout: GroupedShape

  /// - Precondition: binary levels.
  init(_ weight: QuantizedWeight, layout: GroupedShape) { (self.weight, self.layout) = (weight, layout) }

  public var shape: [Int] { layout.shape }
  public func dense() -> Tensor { weight.dense(shape: shape, isTransposed: layout.isTransposed) }

  /// Shape and groups; twice the magnitude of each group; a bit for each weight, 1 for +.
  public func encode(into bytes: inout [UInt8]) {
    layout.encode(into: &bytes)
    bytes.append(floats: weight.scales)
    bytes += BitStream.packed(weight.codes, width: 1)
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures {
    parts(of: encoded_B, codebooks_B: sharedByteCount(scale_B: 4))
  }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    layout = try GroupedShape(decoding: &reader, bitsPerElement: 1)
    let scales = try reader.finiteFloats(layout.layout.groupCount)
    weight = QuantizedWeight(
      layout: layout.layout, levels: .binary, codes: try reader.codes(layout.layout.count, width: 1), scales: scales,
      zeros: nil)
  }

  /// Float weights, from the present values on, whose signs count; kept within three times the largest magnitude, so
  /// that none gets too far from changing its sign.
  public func trainable() -> TrainableWeight {
    let largest = weight.scales.reduce(Float(0)) { max($0, $1.magnitude / 2) }
    let bounds: ClosedRange<Float>? = largest > 0 && (3 * largest).isFinite ? (-3 * largest)...(3 * largest) : nil
    return TrainableWeight(parameters: [dense()], value: expressions.value, bounds: [bounds])
  }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> BinaryForm { try requantized(parameters) }

  var expressions: GroupedExpressions { GroupedExpressions(binary: layout) }
}

/// Five weights in a byte and a magnitude for each group: w = −a, 0 or a.
public struct TernaryForm: GroupedForm {
  public static let name = "ternary"
  public static let lowering = Lowering.unpackedAtLoad
  var weight: QuantizedWeight
  let layout: GroupedShape

  private static let digits = 5

  /// - Precondition: ternary levels.
  init(_ weight: QuantizedWeight, layout: GroupedShape) { (self.weight, self.layout) = (weight, layout) }

  public var shape: [Int] { layout.shape }
  public func dense() -> Tensor { weight.dense(shape: shape, isTransposed: layout.isTransposed) }

  /// Shape and groups; the magnitude of each group; bytes Σ code_k·3^k with 0, 1, 2 for −, 0, +.
  public func encode(into bytes: inout [UInt8]) {
    layout.encode(into: &bytes)
    bytes.append(floats: weight.scales)
    let codes = weight.codes
    for start in stride(from: 0, to: codes.count, by: Self.digits) {
      bytes.append(codes[start..<min(start + Self.digits, codes.count)].reversed().reduce(0) { $0 * 3 + $1 })
    }
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures {
    parts(of: encoded_B, codebooks_B: sharedByteCount(scale_B: 4))
  }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    layout = try GroupedShape(decoding: &reader, bitsPerElement: 1)
    let groups = layout.layout
    let scales = try reader.finiteFloats(groups.groupCount)
    var codes: [UInt8] = []
    codes.reserveCapacity(groups.count)
    for byte in try reader.take((groups.count + Self.digits - 1) / Self.digits) {
      var rest = byte
      for _ in 0..<min(Self.digits, groups.count - codes.count) {
        codes.append(rest % 3)
        rest /= 3
      }
      guard rest == 0 else { throw FormReader.broken("a byte that is no five ternary digits") }
    }
    weight = QuantizedWeight(layout: groups, levels: .ternary, codes: codes, scales: scales, zeros: nil)
  }

  /// Float weights, from the present values on, cut into three levels by a threshold that follows them.
  public func trainable() -> TrainableWeight {
    TrainableWeight(parameters: [dense()], value: expressions.value)
  }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> TernaryForm { try requantized(parameters) }

  var expressions: GroupedExpressions { GroupedExpressions(ternary: layout) }
}
