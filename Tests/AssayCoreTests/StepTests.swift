import AssayCore
import AssayTestSupport
import FoundationEssentials
import Testing

struct StepTests {
  private static let values: [OptionValue] = [
    .bool(true), .bool(false), .integer(0), .integer(-7), .integer(.max), .integer(.min), .number(0.5), .number(-1e-9),
    .number(1e300), .text(""), .text("global"), .text("true"), .text("0.5"), .text("ü\n\"q\""), .list([]),
    .list([.integer(1), .text("a"), .list([.bool(false)])]),
  ]

  @Test("An option's value survives JSON with its type", arguments: values)
  func optionRoundTrip(value: OptionValue) throws {
    let data = try JSONEncoder().encode([value])
    #expect(try JSONDecoder().decode([OptionValue].self, from: data) == [value])
  }

  @Test("A whole number with a fraction part of zero stays the same number")
  func wholeNumber() throws {
    let data = try JSONEncoder().encode([OptionValue.number(2)])
    #expect(try JSONDecoder().decode([OptionValue].self, from: data)[0].asNumber == 2)
  }

  @Test("Numbers are numbers with and without a fraction, and nothing else is")
  func asNumber() {
    #expect(OptionValue.integer(3).asNumber == 3)
    #expect(OptionValue.number(0.25).asNumber == 0.25)
    #expect(OptionValue.text("3").asNumber == nil && OptionValue.bool(true).asNumber == nil)
  }

  @Test("JSON that is no option is refused", arguments: ["[null]", #"[{"a": 1}]"#])
  func refused(json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([OptionValue].self, from: Data(json.utf8)) }
  }

  @Test("Equal steps are equal wherever they are written, and read the same")
  func equality() {
    let here = Step(
      method: "prune", options: ["sparsity": .number(0.9), "scope": .text("global"), "exclude": .list([.text("a")])],
      place: Place(file: "s.yaml", line: 4))
    var there = here
    there.place = Place(file: "t.yaml", line: 9)
    #expect(here == there && here.hashValue == there.hashValue)
    #expect(here.description == "prune exclude=[a] scope=global sparsity=0.9")
    #expect(there.description == here.description)
    there.options["scope"] = .text("layer")
    #expect(here != there && here.description != there.description)
    #expect(Step(method: "fold").description == "fold")
    #expect(Step(method: "fold") != Step(method: "prune"))
  }

  @Test("A step survives JSON without its place")
  func stepRoundTrip() throws {
    let step = Step(method: "prune", options: ["sparsity": .number(0.9)], place: Place(file: "s.yaml", line: 4))
    let copy = try JSONDecoder().decode(Step.self, from: try JSONEncoder().encode(step))
    #expect(copy == step && copy.place == nil)
  }
}

struct WordTests {
  @Test("int8 pays by the instructions that sum in 32 bits")
  func dotProduct() {
    #expect(CPUFeatures(flags: ["avx2", "avx512_vnni"]).hasInt8DotProduct)
    #expect(CPUFeatures(flags: ["asimddp"]).hasInt8DotProduct)
    #expect(!CPUFeatures(flags: ["avx2", "avx512f", "avx512bw"]).hasInt8DotProduct)
    #expect(CPUFeatures(flags: ["fma", "vmx", "avx2"]).relevant == ["fma", "avx2"])
  }

  @Test("Scenarios are named as MLPerf names them")
  func scenarios() {
    #expect(Scenario.allCases.map(\.rawValue) == ["single-stream", "multi-stream", "offline", "server"])
  }
}
