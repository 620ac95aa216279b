import AssayCore
import AssayRuntime
import Testing

@testable import AssayEngines

/// The texts are what ONNX Runtime 1.31.1 says.
@Suite("Explaining what onnxruntime says")
struct OrtFailureTests {
  @Test("Source files and signatures are left out")
  func cleaned() {
    #expect(
      OrtFailure.cleaned(
        "Load model from newer-ir.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:256 "
          + "onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&, const "
          + "onnxruntime::IOnnxRuntimeOpSchemaRegistryList*) Unsupported model IR version: 99, max supported IR version: 13\n"
      )
        == "Unsupported model IR version: 99, max supported IR version: 13")
    #expect(
      OrtFailure.cleaned(
        "External data path validation failed for initializer: w. Error: tensorprotoutils.cc:461 "
          + "ValidateExternalDataPathFromDir External data path does not exist: \"/m/not-there.bin\"")
        == "External data path validation failed for initializer: w. Error: "
        + "External data path does not exist: \"/m/not-there.bin\"")
    #expect(
      OrtFailure.cleaned(
        "Non-zero status code returned while running Gather node. Name:'g' Status Message: indices element out of data "
          + "bounds, idx=9") == "Gather failed: indices element out of data bounds, idx=9")
    #expect(OrtFailure.cleaned("/a/b.h:7 auto N::f(int) [with T = int] said (something)") == "said (something)")
    #expect(OrtFailure.cleaned("/a/b.h:7 bool N::F::operator()(int) const said it.") == "said it")
    #expect(OrtFailure.cleaned("plain words (in brackets)") == "plain words (in brackets)")
    #expect(OrtFailure.cleaned("") == "")
  }

  @Test("The node is named")
  func node() {
    #expect(OrtFailure.node(in: "In Node, (\"frob\", Frobnicate, \"\", -1) : ") == "frob")
    #expect(OrtFailure.node(in: "while running Gather node. Name:'g' Status") == "g")
    #expect(OrtFailure.node(in: "while running Gather node. Name:'' Status") == nil)
  }

  @Test("Any text is cleaned without harm", arguments: 0..<50)
  func anyText(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    let parts = ["a.cc:12 ", "(", ")", "::", " const ", "[with ", "]", "Load model x failed:", "'", "\n", "name", " "]
    let text = (0..<30).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
    #expect(!OrtFailure.cleaned(text).contains("\n"), "seed \(seed)")
  }
}
