public import AssayCore
import AssayONNX

/// Every element as it is, in any element type of fixed width.
public struct DenseForm: WeightForm {
  public static let name = "dense"
  public static let lowering = Lowering.dense
  private let tensor: Tensor

  /// - Precondition: not a tensor of strings.
  public init(_ tensor: Tensor) {
    precondition(tensor.elementType != .string)
    self.tensor = tensor
  }

  public var shape: [Int] { tensor.shape }
  public func dense() -> Tensor { tensor }

  /// Element type, shape, elements.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(number: Int(tensor.elementType.rawValue))
    bytes.append(shape: tensor.shape)
    tensor.bytes.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures { parts(of: encoded_B, moreHeader_B: 1) }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    guard let type = ElementType(rawValue: Int32(truncatingIfNeeded: try reader.number())), let width = type.bitWidth
    else { throw FormReader.broken("an unknown element type") }
    let shape = try reader.shape(bitsPerElement: width)
    let data = try reader.take(type.byteCount(of: shape.reduce(1, *)) ?? 0)
    guard let tensor = Tensor(type, shape: shape, bytes: Bytes(copying: Array(data))) else {
      throw FormReader.broken("elements that do not fit their shape")
    }
    self.tensor = tensor
  }

  /// The elements themselves, as float32; none where they are no floating point numbers.
  public func trainable() -> TrainableWeight {
    guard tensor.elementType.isFloatingPoint, let floats = tensor.converted(to: .float) else {
      return TrainableWeight(parameters: [], value: .constant(tensor))
    }
    return TrainableWeight(parameters: [floats], value: .parameter(0))
  }

  /// Rounded to the element type.
  ///
  /// - Throws: also `notFinite` for what is too large for the type.
  public func trained(_ parameters: [Tensor]) throws(MethodError) -> DenseForm {
    try trainable().check(parameters)
    guard let floats = parameters.first, let rounded = floats.converted(to: tensor.elementType) else { return self }
    if tensor.elementType != .float, rounded.converted(to: .float)?.firstNotFinite() != nil {
      throw MethodError(.notFinite, "a trained weight is too large for \(tensor.elementType)")
    }
    return DenseForm(rounded)
  }
}
