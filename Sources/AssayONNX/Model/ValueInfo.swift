public import AssayCore

/// Name and type of a value: an input, an output, or an annotated intermediate.
public struct ValueInfo: Sendable {
  public var name: String
  /// The tensor type; nil for sequences, maps, optionals, and where the model does not say.
  public var tensorType: TensorType?
  var rest = Onnx_ValueInfoProto()

  public init(name: String, elementType: ElementType, shape: [Dimension]?) {
    self.name = name
    self.tensorType = TensorType(elementType: elementType, shape: shape)
  }

  init(name: String, tensorType: TensorType?, rest: Onnx_ValueInfoProto) {
    self.name = name
    self.tensorType = tensorType
    self.rest = rest
  }
}

/// Element type and shape of a tensor value, as far as they are known.
public struct TensorType: Sendable, Hashable {
  public var elementType: ElementType
  /// nil when not even the rank is known.
  public var shape: [Dimension]?

  public init(elementType: ElementType, shape: [Dimension]?) {
    self.elementType = elementType
    self.shape = shape
  }

  /// The shape when every extent is fixed.
  public var fixedShape: [Int]? {
    guard let shape else { return nil }
    let values = shape.compactMap(\.value)
    return values.count == shape.count ? values : nil
  }
}
