public import AssayCore

/// A named tensor as it stands in a model: an initializer, or the value of a tensor attribute.
public struct StoredTensor: Sendable {
  public var name: String
  /// The values; nil when the element type is newer than this program, in which case the tensor is only carried along.
  public private(set) var tensor: Tensor?
  /// Whether the values stood in a file beside the model.
  public let isExternal: Bool
  /// What is not data: documentation and fields unknown here (and everything, when `tensor` is nil).
  var rest: Onnx_TensorProto

  public init(name: String, tensor: Tensor) {
    self.name = name
    self.tensor = tensor
    self.isExternal = false
    self.rest = Onnx_TensorProto()
  }

  init(name: String, tensor: Tensor?, isExternal: Bool, rest: Onnx_TensorProto) {
    self.name = name
    self.tensor = tensor
    self.isExternal = isExternal
    self.rest = rest
  }

  /// The same name and documentation with other values.
  public func replacing(_ tensor: Tensor) -> StoredTensor {
    var copy = self
    copy.tensor = tensor
    return copy
  }

  /// Extents of the tensor, also when its values cannot be read.
  public var shape: [Int] { tensor?.shape ?? rest.dims.map(Int.init(clamping:)) }
}
