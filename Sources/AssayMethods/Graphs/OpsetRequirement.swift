import AssayCore
import AssayONNX

extension Model {
  /// The model in at least the given version of ONNX's operators, with the conversion reported.
  ///
  /// - Throws: `model` when it cannot be converted; nothing is ever written in a version that forbids it.
  func requiring(opset: Int, for reason: String, _ report: inout StepReport) throws(MethodError) -> Model {
    guard self.opset < opset else { return self }
    do {
      let upgrade = try upgraded(to: opset)
      report.notes.append("opset \(self.opset) upgraded to \(opset), as \(reason) needs it")
      for change in upgrade.changes { report.notes.append("upgrade of '\(change.node)': \(change.text)") }
      return upgrade.model
    } catch {
      throw MethodError(
        .model, "opset \(self.opset) is too old, as \(reason) needs opset \(opset), and the model cannot be upgraded",
        at: error.place, remedy: error.remedy, cause: error)
    }
  }
}
