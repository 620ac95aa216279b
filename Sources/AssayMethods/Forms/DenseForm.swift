public import AssayCore

/// Every element as it is, in any element type of fixed width.
public struct DenseForm: WeightForm {
  public static let name = "dense"
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
}
