import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Testing

/// Steps that cannot be applied to `m.onnx` (`MatMul` 'product' with the weight 'w', rows of four), and what is said.
private struct BadStep: CustomTestStringConvertible {
  var title: String
  var steps: [String]
  var calibration: String?
  var message: String
  var model: @Sendable () -> Model = { SmallSuite.model() }
  var data = "0,2,1,3,1\n4,6,0,1,0\n"

  var testDescription: String { title }
}

private func model(with value: Float) -> Model {
  var model = SmallSuite.model()
  var values = model.graph.constant("w")?.elements(Float.self) ?? []
  values[7] = value
  model.graph.setInitializer("w", Tensor(values, shape: [4, 3]))
  return model
}

private let badSteps: [BadStep] = badOptions + unknownLayers() + weightsThatAreNoNumbers()

private let badOptions: [BadStep] =
  [
    // A ratio out of its range.
    BadStep(
      title: "a sparsity above one", steps: ["prune:sparsity=1.5"],
      message: "'prune': sparsity is 1.5, but takes a number from 0.0 to 1.0"),
    BadStep(
      title: "a negative ratio", steps: ["prune:target=unit,ratio=-0.1"],
      message: "'prune': ratio is -0.1, but takes a number from 0.0 to 1.0"),
    BadStep(
      title: "a ratio that is no number", steps: ["prune:target=unit,ratio=nan"],
      message: "'prune': ratio is nan, but takes a number from 0.0 to 1.0"),
    BadStep(
      title: "more kept than there are", steps: ["prune:pattern=4:2"],
      message: "'prune': pattern is 4:2, but of N:M N is at least 1 and below M"),
    BadStep(
      title: "a percentile below the middle", steps: ["quantize:calibration=percentile,percentile=10"],
      message: "'quantize': percentile is 10, but takes a number from 50.0 to 100.0"),
    BadStep(
      title: "an alpha above one", steps: ["smooth-quant:alpha=2"], calibration: "csv=d.csv",
      message: "'smooth-quant': alpha is 2, but takes a number from 0.0 to 1.0"),
    BadStep(
      title: "bits that nobody has", steps: ["quantize-weights:bits=5"],
      message: "'quantize-weights': bits is 5, but takes one of 8, 4, 3, 2"),
    // A calibration of the wrong shape, empty, or none.
    BadStep(
      title: "calibration rows that are too long", steps: ["quantize:mode=static"], calibration: "csv=d.csv",
      message: "input 'x' takes rows of [4], the data have rows of [5]", data: "0,2,1,3,7,1\n4,6,0,1,7,0\n"),
    BadStep(
      title: "calibration data without rows", steps: ["quantize:mode=static"], calibration: "csv=d.csv",
      message: "d.csv", data: "a,b,c,d,class\n"),
    BadStep(
      title: "an empty calibration file", steps: ["quantize:mode=static"], calibration: "csv=d.csv", message: "d.csv",
      data: ""),
    BadStep(
      title: "zero rows asked for", steps: ["quantize:mode=static"], calibration: "csv=d.csv,count=0", message: "count"),
    BadStep(
      title: "calibration data that are not there", steps: ["quantize:mode=static"], calibration: "csv=none.csv",
      message: "none.csv"),
    BadStep(
      title: "calibration values that are no numbers", steps: ["quantize:mode=static"],
      calibration: "csv=d.csv,scale=1/255,std=0", message: "std"),
  ]

/// A step, and the calibration data it needs.
private typealias WrittenStep = (text: String, calibration: String?)

/// A layer that does not exist, with the nearest name or those there are.
private func unknownLayers() -> [BadStep] {
  let steps: [WrittenStep] = [
    ("prune:sparsity=0.5", nil), ("prune:target=unit,ratio=0.5", nil), ("quantize:mode=dynamic", nil),
    ("quantize:mode=static", "csv=d.csv"), ("quantize-weights:bits=4", nil), ("quantize-mixed:budget=1", "csv=d.csv"),
  ]
  let names = [("prodct", "(did you mean 'product'?)"), ("elsewhere", "(there are ")]
  var bad: [BadStep] = []
  for step in steps {
    for (name, remedy) in names {
      for option in ["include", "exclude"] {
        bad.append(
          BadStep(
            title: "\(step.text) \(option)=\(name)", steps: ["\(step.text),\(option)=\(name)"],
            calibration: step.calibration,
            message: "'\(name)' matches no node or weight that this method works on \(remedy)"))
      }
    }
  }
  return bad
}

private func weightsThatAreNoNumbers() -> [BadStep] {
  let steps: [WrittenStep] = [
    ("prune:sparsity=0.5", nil), ("prune:pattern=2:4", nil), ("quantize:mode=dynamic", nil),
    ("quantize:mode=static", "csv=d.csv"), ("quantize-weights:bits=4", nil), ("equalize:iterations=2", nil),
    ("smooth-quant:alpha=0.5", "csv=d.csv"),
  ]
  var bad: [BadStep] = []
  for value in [Float.nan, .infinity] {
    for step in steps {
      bad.append(
        BadStep(
          title: "\(step.text) on a weight of \(value)", steps: [step.text], calibration: step.calibration,
          message: "is NaN or infinite", model: { model(with: value) }))
    }
  }
  return bad
}

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct MethodBadInputTests {
  @Test("What cannot be applied is told in one line, and nothing is written or touched", arguments: badSteps)
  fileprivate func refused(item: BadStep) throws {
    try withTemporaryFolder { folder in
      try item.model().write(to: "\(folder)/m.onnx")
      try SmallSuite.file(item.data, "\(folder)/d.csv")
      let before = FileManager.default.contents(atPath: "\(folder)/m.onnx")
      let calibration = item.calibration.map { ["--calibration", $0] } ?? []
      let outcome = try assay(["optimize", "m.onnx"] + item.steps + ["-o", "o.onnx"] + calibration, in: folder)
      #expect(outcome.exitCode == 65, "\(outcome.error)\(outcome.output)")
      #expect(outcome.error.hasPrefix("assay: error: ") && outcome.error.contains(item.message), "\(outcome.error)")
      #expect(outcome.error.split(separator: "\n").count == 1, "\(outcome.error)")
      #expect(FileManager.default.contents(atPath: "\(folder)/m.onnx") == before)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/o.onnx"))
    }
  }

  @Test("A model that is quantized already is skipped with the reason, layer by layer")
  func quantizedAlready() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let first = try assay(
        ["optimize", "m.onnx", "quantize:mode=static", "-o", "q.onnx", "--calibration", "csv=t.csv"], in: folder)
      #expect(first.exitCode == 0, "\(first.error)")
      for step in [
        "prune:sparsity=0.5", "prune:pattern=2:4", "quantize:mode=dynamic", "quantize-weights:bits=4", "equalize",
      ] {
        let outcome = try assay(["optimize", "q.onnx", step, "-o", "o.onnx"], in: folder)
        #expect(outcome.exitCode == 0, "\(outcome.error)")
        #expect(
          outcome.output.contains(": nothing changed\n  left alone: product: already quantized: "), "\(outcome.output)")
      }
    }
  }

  @Test("Before anything is tried inspect and optimize say what integers bring on this CPU")
  func estimate() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      // Four inputs and three outputs are too few to pay on any CPU.
      let warning = "warning: int8 will not pay for 1 MatMul, with few products for each element quantized: 'product'"
      let inspected = try assay(["inspect", "m.onnx"], in: folder)
      #expect(inspected.exitCode == 0 && inspected.output.contains("int8        \(warning)"), "\(inspected.output)")
      let optimized = try assay(["optimize", "m.onnx", "quantize:mode=dynamic", "-o", "o.onnx"], in: folder)
      #expect(optimized.exitCode == 0 && optimized.output.contains("  \(warning)"), "\(optimized.output)")
      try SmallSuite.write(to: folder, replacing: [("half: [ prune: { sparsity: 0.5 } ]", "half: [ quantize ]")])
      let run = try assay(["run", "s.yaml", "-o", "r"], in: folder)
      #expect(run.exitCode == 0 && run.error.contains("m/half: \(warning)"), "\(run.error)")
    }
  }
}
