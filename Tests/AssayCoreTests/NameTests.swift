import AssayCore
import AssayTestSupport
import Testing

private let methods = ["fold", "canonicalize", "prune", "quantize", "float16"]

struct NameTests {
  @Test(
    "The nearest name is the one that was meant",
    arguments: [
      ("prnue", "prune"), ("Prune", "prune"), ("quantise", "quantize"), ("float", "float16"),
      ("canonicalise", "canonicalize"),
      ("pruned", "prune"), ("qantize", "quantize"), ("flod", "fold"), ("FLOAT-16", "float16"), ("prune", "prune"),
    ])
  func near(typed: String, meant: String) {
    #expect(nearestName(to: typed, among: methods) == meant)
  }

  @Test("What is like nothing gets no guess", arguments: ["", "zzzzzz", "distil", "xxxxxxxxxxxxxxxxxxx", "🙂"])
  func far(typed: String) {
    #expect(nearestName(to: typed, among: methods) == nil)
  }

  @Test("Without names there is no guess")
  func none() { #expect(nearestName(to: "prune", among: []) == nil) }

  @Test("Of equally near names the first counts")
  func ties() { #expect(nearestName(to: "ab", among: ["ac", "ad"]) == "ac") }

  @Test("A name of the list is always its own nearest", arguments: 0..<30 as Range<UInt64>)
  func itself(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let names = (0..<8).map { _ in
      String(
        (0..<generator.integer(in: 1...9)).map { _ in Character(Unicode.Scalar(UInt8(generator.integer(in: 97...122))))
        })
    }
    for name in names { #expect(nearestName(to: name, among: names) == name, "seed \(seed)") }
  }

  @Test("Places tell what is known of them")
  func places() {
    #expect(Place(file: "s.yaml", line: 3, node: "conv").description == "s.yaml:3, node 'conv'")
    #expect(Place(file: "s.yaml").description == "s.yaml")
    #expect(Place(line: 3).description == "line 3")
    #expect(Place(node: "conv").description == "node 'conv'")
    #expect(Place().description.isEmpty)
  }
}

private enum SampleCode: String, FaultCode {
  case broken, absent

  var exitStatus: AssayCore.ExitStatus { self == .broken ? .badInput : .engineMissing }
}

struct FaultTests {
  @Test("An error is one line: where, what, why, what to do")
  func description() {
    let cause = Fault<SampleCode>(.absent, "no such file", remedy: "make it")
    let fault = Fault<SampleCode>(
      .broken, "cannot read the model", at: Place(file: "m.onnx", node: "c1"), remedy: "export it again", cause: cause)
    #expect(
      fault.description == "m.onnx, node 'c1': cannot read the model: no such file (make it) (export it again)")
    #expect(Fault<SampleCode>(.broken, "plain").description == "plain")
    #expect(Fault<SampleCode>(.broken, "plain", at: Place()).description == "plain")
    #expect(fault.codeName == "broken" && fault.exitStatus == .badInput && cause.exitStatus == .engineMissing)
  }

  @Test("Locating fills in what is missing and keeps what is known")
  func located() {
    let fault = Fault<SampleCode>(.broken, "x", at: Place(node: "c1"))
    #expect(
      fault.located(at: Place(file: "m.onnx", line: 2, node: "other")).place
        == Place(file: "m.onnx", line: 2, node: "c1"))
    #expect(Fault<SampleCode>(.broken, "x").located(at: Place(file: "f")).place == Place(file: "f"))
  }

  @Test("Exit codes are those that the documentation promises")
  func exitCodes() {
    #expect(AssayCore.ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 7, 64, 65, 69, 70, 73, 74, 130])
  }
}
