public import AssayCore
import AssayONNX

/// Integers of 8 or 16 bits with a scale for the whole tensor, or for each slice along one axis: w = scale·q.
///
/// The zero point is zero, as for all weights of `quantize`.
public struct AffineQuantizedForm: WeightForm {
  public static let name = "affine-quantized"
  public static let lowering = Lowering.integers
  /// The integers, int8 or int16.
  public let integers: Tensor
  /// One scale, or as many as `axis` is long.
  public let scales: [Float]
  /// nil when there is one scale.
  public let axis: Int?

  /// - Precondition: int8 or int16 elements; as many scales as the axis is long, or one without an axis.
  public init(integers: Tensor, scales: [Float], axis: Int?) {
    precondition(integers.elementType == .int8 || integers.elementType == .int16)
    precondition(scales.count == (axis.map { integers.shape[$0] } ?? 1))
    self.integers = integers
    self.scales = scales
    self.axis = axis
  }

  public var shape: [Int] { integers.shape }

  public func dense() -> Tensor {
    let floats = integers.elementType == .int16 ? floats(Int16.self) : floats(Int8.self)
    guard let axis else { return floats.multiplied(by: scales[0]) }
    return floats.scaled(along: axis, by: scales)
  }

  private func floats<Integer: FixedWidthInteger & TensorElement>(_ type: Integer.Type) -> Tensor {
    integers.withElements(type) { source in
      Tensor.floats(shape: shape) { target in
        for index in source.indices { target[index] = Float(source[index]) }
      }
    }
  }

  /// Added to the mark of the axis where integers have 16 bits; axes are at most 16.
  private static let wide = 32

  /// Shape; axis + 1, or 0 without one, 32 more for integers of 16 bits; scales; integers.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(shape: shape)
    bytes.append(number: (axis.map { $0 + 1 } ?? 0) + (integers.elementType == .int16 ? Self.wide : 0))
    bytes.append(floats: scales)
    integers.bytes.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures { parts(of: encoded_B, codebooks_B: 4 * scales.count) }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    let shape = try reader.shape(bitsPerElement: 8)
    var mark = try reader.number()
    let isWide = mark >= Self.wide
    if isWide { mark -= Self.wide }
    guard mark <= shape.count else { throw FormReader.broken("a scale axis that the weight does not have") }
    axis = mark == 0 ? nil : mark - 1
    scales = try reader.floats(mark == 0 ? 1 : shape[mark - 1])
    let (size, overflow) = shape.reduce(1, *).multipliedReportingOverflow(by: isWide ? 2 : 1)
    guard !overflow else { throw FormReader.broken("too many elements") }
    let data = try reader.take(size)
    guard let tensor = Tensor(isWide ? .int16 : .int8, shape: shape, bytes: Bytes(copying: Array(data))) else {
      throw FormReader.broken("elements that do not fit their shape")
    }
    integers = tensor
  }

  /// Float weights, from w = scale·q on, rounded straight through with a learnt scale.
  ///
  /// ŵ = s·round(clamp(w/s, −b, b)), b the largest integer there is; s = the scale times a factor that is a parameter
  /// and begins at 1, so that a step of an optimizer is relative to the scale (learnt step size: Esser et al., ICLR
  /// 2020, section 2).
  public func trainable() -> TrainableWeight {
    TrainableWeight(
      parameters: [dense(), LearntScale.factors(scales.count)], value: .product(rounded, scale),
      bounds: [nil, LearntScale.bounds])
  }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> AffineQuantizedForm {
    try trainable().check(parameters)
    let type = integers.elementType
    guard let integers = try rounded.evaluated(parameters).converted(to: type) else { return self }
    return AffineQuantizedForm(
      integers: integers, scales: try scale.evaluated(parameters).elements(Float.self), axis: axis)
  }

  /// The scales in a shape that broadcasts over the weight.
  private var scale: WeightExpression {
    var extents = shape.map { _ in 1 }
    if let axis { extents[axis] = scales.count }
    return .reshape(LearntScale.scales(scales, factors: .parameter(1)), extents)
  }

  private var rounded: WeightExpression {
    let limit =
      integers.elementType == .int16 ? largestMagnitude(Int16.self) : largestMagnitude(Int8.self)
    return LearntScale.rounded(.quotient(.parameter(0), scale), lower: -limit, upper: limit)
  }

  private func largestMagnitude<Integer: FixedWidthInteger & SignedInteger & TensorElement>(
    _ type: Integer.Type
  ) -> Float {
    integers.withElements(type) { values in
      var largest = 1
      for value in values { largest = max(largest, abs(Int(value))) }
      return Float(min(largest, Int(Integer.max)))
    }
  }
}
