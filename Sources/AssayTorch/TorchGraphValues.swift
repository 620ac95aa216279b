public import AssayCore

// What goes into graphs and comes out of them, between ONNX's element types and those libtorch computes with.
extension TorchGraph {
  /// The tensor as a graph computed in single precision takes it; on the CPU over the same memory where that is possible.
  ///
  /// - Throws: `unsupported` for an element type that cannot be computed with.
  public func input(_ tensor: Tensor) throws(TorchError) -> TorchTensor {
    guard let stored = StorageType.stored(tensor, precision: .float) else {
      throw TorchError(.unsupported, "libtorch does not compute with elements of type \(tensor.elementType)")
    }
    return try TorchTensor(viewing: stored, library: library).moved(to: device)
  }

  /// The elements of an output, on the host, in the element type that the model declares.
  ///
  /// - Throws: `unsupported` where libtorch cannot convert to that type.
  public func output(_ tensor: TorchTensor, declared type: ElementType) throws(TorchError) -> Tensor {
    guard tensor.elementType != type else { return try tensor.values() }
    return try library.operator("aten::to.dtype")(.tensor(tensor), .type(type)).values()
  }
}
