import AssayONNX
import Testing

@testable import AssayEngines

/// The graphs are read as they were written; no engine is needed.
@Suite("Why a node stays in floating point")
struct OrtFloatReasonsTests {
  private func reason(_ model: String, _ node: String) throws -> String? {
    OrtFloatReasons(try Model(contentsOf: Fixture.model(model)).graph).reason(for: node)
  }

  @Test(
    "What stands in the way is named",
    arguments: [
      ("qdq-conv", "conv", nil),
      ("qdq-two-types", "conv", "its input is uint8 and its output int8"),
      ("mixed-conv", "floating", "its weight is not quantized; its output is an output of the model"),
      (
        "half-int8", "second",
        "its input comes from Mul; its weight is not quantized; its output is an output of the model"
      ),
      (
        "float-conv", "conv", "its input is an input of the model; its weight is not quantized; its output goes to Relu"
      ),
      ("float-conv", "no such node", nil),
    ])
  func reasons(model: String, node: String, expected: String?) throws {
    #expect(try reason(model, node) == expected)
  }
}
