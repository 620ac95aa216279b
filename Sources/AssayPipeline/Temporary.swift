public import AssayCore
public import AssayONNX
extension Model {
  public func check() throws(ONNXError) {}
  func upgraded(to: Int) throws(ONNXError) -> (model: Model, changes: [(node: String, text: String)]) { (self, []) }
  func figures() -> ModelFigures { ModelFigures(file_B: 0, parameters: 1, nonzeros: 1, macs: 1, effectiveMacs: 1) }
}
