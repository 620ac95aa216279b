import AssayCore
import Testing

@testable import AssayMethods

@Test func aNegativeSparsityIsRefusedWithTheRange() {
  let step = Step(method: "prune", options: ["sparsity": .number(-0.1)], place: Place(file: "s.yaml", line: 7))
  let error = #expect(throws: MethodError.self) { try MethodCatalog.method(for: step) }
  #expect(error?.code == .badOption)
  #expect(error?.description == "s.yaml:7: 'prune': sparsity is -0.1, but takes a number from 0.0 to 1.0")
}

@Test func aMissingSparsityIsRefused() {
  let error = #expect(throws: MethodError.self) { try MethodCatalog.method(for: Step(method: "prune")) }
  #expect(error?.code == .badOption)
}

@Test(arguments: [("prun", "prune"), ("quantise", "quantize"), ("float6", "float16")])
func anUnknownMethodSuggestsTheNearest(written: String, meant: String) {
  let error = #expect(throws: MethodError.self) { try MethodCatalog.method(for: Step(method: written)) }
  #expect(error?.code == .unknownMethod)
  #expect(error?.remedy == "did you mean '\(meant)'?")
}

@Test func anUnknownOptionSuggestsTheNearest() {
  let error = #expect(throws: MethodError.self) {
    try MethodCatalog.method(for: Step(method: "quantize", options: ["calibraton": .text("mse")]))
  }
  #expect(error?.code == .unknownOption)
  #expect(error?.remedy == "did you mean 'calibration'?")
}

@Test(arguments: [
  ["bits": OptionValue.integer(4)], ["calibration": .text("kl")],
  ["mode": .text("dynamic"), "calibration": .text("mse")],
  ["percentile": .number(99)], ["reduce-range": .integer(1)], ["convolutions": .text("yes")],
])
func quantizeRefusesWhatItCannotDo(options: [String: OptionValue]) {
  let error = #expect(throws: MethodError.self) {
    try MethodCatalog.method(for: Step(method: "quantize", options: options))
  }
  #expect(error?.code == .badOption)
}

@Test(arguments: [
  ([:], CalibrationUse.optional), (["mode": OptionValue.text("static")], .required),
  (["calibration": .text("mse")], .required), (["mode": .text("dynamic")], .none),
])
func quantizeSaysWhetherItUsesCalibration(options: [String: OptionValue], use: CalibrationUse) throws {
  #expect(try MethodCatalog.calibrationUse(Step(method: "quantize", options: options)) == use)
}

@Test func optionNamesAreDistinctAndDescribed() {
  #expect(Set(MethodCatalog.methods.map { $0.description.name }).count == MethodCatalog.methods.count)
  for method in MethodCatalog.methods {
    let description = method.description
    #expect(!description.summary.isEmpty && !description.source.isEmpty)
    #expect(Set(description.options.map(\.name)).count == description.options.count)
    for option in description.options {
      guard let value = option.defaultValue else { continue }
      let step = Step(method: description.name, options: [option.name: value])
      #expect(throws: Never.self) { try StepOptions(step, [option]) }
    }
  }
}

@Test(arguments: [
  ("conv1", "conv1", true), ("conv1", "conv*", true), ("conv1", "*1", true), ("conv1", "*", true),
  ("conv1", "c*v*", true),
  ("conv1", "conv", false), ("conv1", "onv1", false), ("", "*", true), ("", "a", false), ("abab", "*ab", true),
  ("conv1", "conv1*", true), ("größe/1", "gr*e/?", false),
])
func aStarStandsForAnyLetters(name: String, pattern: String, expected: Bool) {
  #expect(matches(name, pattern) == expected)
}
