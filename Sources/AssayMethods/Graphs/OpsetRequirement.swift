import AssayCore
import AssayONNX

extension Model {
  /// The model in at least the given version of ONNX's operators, with a note when it had to be converted.
  ///
  /// - Throws: `model` when it cannot be converted; nothing is ever written in a version that forbids it.
  func requiring(opset: Int, for reason: String, _ report: inout StepReport) throws(MethodError) -> Model {
    guard self.opset < opset else { return self }
    throw MethodError(.model, "opset \(self.opset) is too old: \(reason) needs opset \(opset)")
  }
}
