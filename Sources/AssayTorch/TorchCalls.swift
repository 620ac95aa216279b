public import AssayCore
import CTorch

extension TorchLibrary {
  /// Looks an operator up: `aten::conv2d`, or with its overload `aten::add.Tensor`.
  ///
  /// - Throws: `operator` when libtorch has none of that name.
  public func `operator`(_ name: String) throws(TorchError) -> TorchOperator {
    try TorchOperator(name, library: self)
  }

  /// Looks an operator up and runs it once; see `TorchOperator` for what is called often.
  @discardableResult
  public func call(_ name: String, _ arguments: TorchValue...) throws(TorchError) -> [TorchTensor] {
    try TorchOperator(name, library: self).call(arguments)
  }

  /// Runs a call that hands over its results one by one; they are given back when it fails.
  func collecting(
    _ what: @autoclosure () -> String,
    _ body: (AssayTorchSink, UnsafeMutableRawPointer, UnsafeMutablePointer<AssayTorchMessage>) -> Int32
  ) throws(TorchError) -> [TorchTensor] {
    var results = Results(library: self)
    try withUnsafeMutablePointer(to: &results) { pointer throws(TorchError) in
      try attempt(what()) { message in
        body(
          { context, tensor in
            guard let results = context?.assumingMemoryBound(to: Results.self) else { return }
            results.pointee.tensors.append(TorchTensor(owning: tensor, library: results.pointee.library))
          }, UnsafeMutableRawPointer(pointer), message)
      }
    }
    return results.tensors
  }
}

private struct Results {
  let library: TorchLibrary
  var tensors: [TorchTensor] = []
}
