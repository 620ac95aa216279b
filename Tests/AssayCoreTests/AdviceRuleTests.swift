import AssayCore
import Glibc
import Testing

struct AdviceRuleTests {
  /// docs/choosing.md.
  private func document() throws -> String {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let file = try #require(fopen("\(root)/docs/choosing.md", "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  @Test("The documentation shows the same rules, word for word, in the same order")
  func documented() throws {
    let shown = try document().split(separator: "\n").filter {
      $0.hasPrefix("| `") && $0.split(separator: "|").count == 6
    }
    let expected = AdviceRules.all.map { rule in
      "| `\(rule.id)` | \(rule.situation) | \(rule.first.text) | \(rule.second.text) | \(rule.avoid.text) | \(rule.source) |"
    }
    #expect(shown.map(String.init) == expected)
  }

  @Test("Rules have names of their own, sources, and at least one piece of advice")
  func complete() {
    #expect(Set(AdviceRules.all.map(\.id)).count == AdviceRules.all.count)
    for rule in AdviceRules.all {
      #expect(!rule.source.isEmpty && !rule.situation.isEmpty && rule.first != .nothing, "\(rule.id)")
      #expect(AdviceRules.rule(rule.id) == rule)
      #expect(rule.first.families.isDisjoint(with: rule.avoid.families), "\(rule.id) advises what it warns of")
    }
  }

  @Test("Every family that a rule names is one that some step is")
  func families() {
    func family(_ method: String, _ options: [String: OptionValue] = [:]) -> Set<MethodFamily> {
      MethodFamily.families(of: [Step(method: method, options: options)])
    }
    #expect(family("quantize", ["mode": .text("dynamic")]) == [.dynamicInt8])
    #expect(family("quantize", ["mode": .text("static")]) == [.staticInt8])
    #expect(family("quantize", ["calibration": .text("mse")]) == [.staticInt8, .refinedInt8])
    #expect(family("quantize-mixed") == [.staticInt8, .mixedPrecision])
    #expect(family("quantize-weights", ["bits": .integer(8)]) == [.weightOnly8])
    #expect(family("quantize-weights") == [.weightOnly4])
    #expect(family("quantize-weights", ["levels": .text("ternary")]) == [.binary])
    #expect(family("float16") == [.halfPrecision])
    #expect(family("prune", ["sparsity": .number(0.5)]) == [.zeros])
    #expect(family("prune", ["target": .text("head")]) == [.structured])
    #expect(family("fold").isEmpty && family("canonicalize").isEmpty)
    #expect(
      MethodFamily.families(of: [Step(method: "prune"), Step(method: "quantize")]) == [.zeros, .staticInt8])
  }

  @Test("What rules promise follows the facts")
  func promise() {
    let fast: Set<AdviceFact> = [.wantsSpeed, .int8Instructions, .hasCalibration]
    let slow: Set<AdviceFact> = [.wantsSpeed, .noInt8Instructions, .hasCalibration]
    #expect(AdviceRules.promise(of: [.staticInt8], fast) > AdviceRules.promise(of: [.staticInt8], slow))
    #expect(AdviceRules.promise(of: [.structured], slow) > AdviceRules.promise(of: [.staticInt8], slow))
    #expect(AdviceRules.promise(of: [.structured], fast) > AdviceRules.promise(of: [.zeros], fast))
    #expect(AdviceRules.promise(of: [], fast) == 0)
    let size: Set<AdviceFact> = [.wantsSize, .noCalibration]
    #expect(AdviceRules.promise(of: [.weightOnly8], size) > AdviceRules.promise(of: [.zeros], size))
  }

  @Test(
    "A model is simple by counts alone",
    arguments: [
      (1, 0, 5_000_000, true), (2, 0, 50_000, true), (2, 0, 500_000, false), (4, 0, 1000, false), (2, 1, 1000, false),
    ])
  func simple(layers: Int, convolutions: Int, macs: Int, expected: Bool) {
    #expect(ModelComplexity.isSimple(layers: layers, convolutions: convolutions, macs: macs) == expected)
    #expect(!ModelComplexity.isSimple(layers: layers, convolutions: convolutions, macs: nil))
  }
}
