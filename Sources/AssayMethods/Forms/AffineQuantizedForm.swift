public import AssayCore

/// Eight-bit integers with a scale for the whole tensor, or for each slice along one axis: w = scale·q.
///
/// The zero point is zero, as for all weights of `quantize`.
public struct AffineQuantizedForm: WeightForm {
  public static let name = "affine-quantized"
  /// The integers, int8.
  public let integers: Tensor
  /// One scale, or as many as `axis` is long.
  public let scales: [Float]
  /// nil when there is one scale.
  public let axis: Int?

  /// - Precondition: int8 elements; as many scales as the axis is long, or one without an axis.
  public init(integers: Tensor, scales: [Float], axis: Int?) {
    precondition(integers.elementType == .int8)
    precondition(scales.count == (axis.map { integers.shape[$0] } ?? 1))
    self.integers = integers
    self.scales = scales
    self.axis = axis
  }

  public var shape: [Int] { integers.shape }

  public func dense() -> Tensor {
    let floats = integers.withElements(Int8.self) { source in
      Tensor.floats(shape: shape) { target in
        for index in source.indices { target[index] = Float(source[index]) }
      }
    }
    guard let axis else { return floats.multiplied(by: scales[0]) }
    return floats.scaled(along: axis, by: scales)
  }

  /// Shape; axis + 1, or 0 without one; scales; integers.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(shape: shape)
    bytes.append(number: axis.map { $0 + 1 } ?? 0)
    bytes.append(floats: scales)
    integers.bytes.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    let shape = try reader.shape(bitsPerElement: 8)
    let mark = try reader.number()
    guard mark <= shape.count else { throw FormReader.broken("a scale axis that the weight does not have") }
    axis = mark == 0 ? nil : mark - 1
    scales = try reader.floats(mark == 0 ? 1 : shape[mark - 1])
    let data = try reader.take(shape.reduce(1, *))
    guard let tensor = Tensor(.int8, shape: shape, bytes: Bytes(copying: Array(data))) else {
      throw FormReader.broken("elements that do not fit their shape")
    }
    integers = tensor
  }
}
