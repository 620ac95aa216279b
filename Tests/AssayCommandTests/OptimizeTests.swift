import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Testing

private let models = "\(Repository.root)/suites/models"
private let digits = "csv=\(Repository.root)/suites/data/digits/optdigits.tra,scale=1/16,count=16"

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct OptimizeTests {
  @Test("Pruning leaves as many weights as asked, which inspect counts")
  func prune() throws {
    try withTemporaryFolder { folder in
      let outcome = try assay(
        ["optimize", "\(models)/digits-mlp.onnx", "prune:sparsity=0.9,scope=layer", "-o", "o.onnx"], in: folder)
      #expect(outcome.exitCode == 0 && outcome.error.isEmpty, "\(outcome.error)")
      #expect(outcome.output.contains("prune scope=layer sparsity=0.9: 3 changes"))
      #expect(outcome.output.hasSuffix("wrote o.onnx\n"))
      let cost = try Model(contentsOf: "\(folder)/o.onnx").cost().figures(file_B: 0)
      let inspected = try assay(["inspect", "o.onnx"], in: folder)
      #expect(inspected.exitCode == 0)
      // 64·256, 256·128 and 128·10 weights with their biases.
      #expect(cost.macs == 64 * 256 + 256 * 128 + 128 * 10)
      #expect(inspected.output.contains("MACs        50432 (batch 1)"))
      #expect(inspected.output.contains("nonzeros    \(cost.nonzeros ?? 0) ("))
      let share = Double(cost.effectiveMacs ?? 0) / Double(cost.macs ?? 1)
      #expect(abs(share - 0.1) < 0.001)
    }
  }

  @Test("Half precision halves the file")
  func float16() throws {
    try withTemporaryFolder { folder in
      let source = "\(models)/digits-cnn.onnx"
      let outcome = try assay(["optimize", source, "float16", "-o", "o.onnx", "--quiet"], in: folder)
      #expect(outcome.exitCode == 0 && outcome.output.isEmpty && outcome.error.isEmpty, "\(outcome.error)")
      func size(_ path: String) -> Int { FileManager.default.contents(atPath: path)?.count ?? 0 }
      let share = Double(size("\(folder)/o.onnx")) / Double(size(source))
      #expect(share > 0.45 && share < 0.56)
      let inspected = try assay(["inspect", "o.onnx"], in: folder)
      #expect(inspected.exitCode == 0)
    }
  }

  @Test("A mix of int8 and float is chosen by timing, or, the same each time, by the number of integers")
  func mixed() throws {
    try withTemporaryFolder { folder in
      func arguments(_ step: String, _ output: String) -> [String] {
        ["optimize", "\(models)/digits-mlp.onnx", step, "--calibration", digits, "-o", output]
      }
      let timed = try assay(arguments("quantize-mixed", "o.onnx"), in: folder)
      #expect(timed.exitCode == 0, "\(timed.error)")
      #expect(timed.output.contains("measured on "), "\(timed.output)")
      #expect(timed.output.contains(", 1 thread, batch 1; times its latency: "))
      let step = "quantize-mixed:prefer=integers"
      #expect(try assay(arguments(step, "p.onnx"), in: folder).exitCode == 0)
      let outcome = try assay(arguments(step, "q.onnx"), in: folder)
      #expect(outcome.output.contains("3 layers are int8"), "\(outcome.output)")
      #expect(!outcome.output.contains("measured on "))
      let bytes = FileManager.default.contents(atPath: "\(folder)/p.onnx")
      #expect(bytes != nil && bytes == FileManager.default.contents(atPath: "\(folder)/q.onnx"))
    }
  }

  @Test("Rows without labels calibrate, and as test rows tell how many answers stay the same")
  func unlabelled() throws {
    try withTemporaryFolder { folder in
      let rows = ("csv: t.csv", "csv: t.csv, unlabelled: true")
      try SmallSuite.write(
        to: folder, replacing: [rows, ("half: [ prune: { sparsity: 0.5 } ]", "int8: [ quantize: { mode: static } ]")])
      try SmallSuite.file("0,2,1,3\n4,6,0,1\n8,10,1,0\n1,2,3,4\n", "\(folder)/t.csv")
      let outcome = try assay(["run", "s.yaml", "--quiet", "-o", "r"], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      #expect(outcome.output.contains("same answers") && !outcome.output.contains("top-1"), "\(outcome.output)")
      let learning = try assay(
        ["optimize", "m.onnx", "finetune:epochs=1", "-o", "o.onnx", "--train", "csv=t.csv,unlabelled=true"], in: folder)
      #expect(learning.exitCode != 0)
    }
  }

  @Test("A run times mixes in the suite's own engine, threads and batch")
  func mixedInARun() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(
        to: folder,
        replacing: [
          ("half: [ prune: { sparsity: 0.5 } ]", "mix: [ quantize-mixed: { budget: 100 } ]"),
          ("measure: {", "measure: { threads: 1, batch: 2,"),
        ])
      let outcome = try assay(["run", "s.yaml", "--quiet", "-o", "r"], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      let bytes = FileManager.default.contents(atPath: "\(folder)/r/run.json") ?? Data()
      let record = String(decoding: bytes, as: UTF8.self)
      #expect(record.contains("measured on reference 1, 1 thread, batch 2; times its latency"))
    }
  }

  @Test("Static quantization calibrates on data given as in a suite, the same each time")
  func quantize() throws {
    try withTemporaryFolder { folder in
      let arguments = [
        "optimize", "\(models)/digits-mlp.onnx", "quantize:mode=static,calibration=percentile", "--calibration", digits,
        "-o",
      ]
      let outcome = try assay(arguments + ["o.onnx"], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      #expect(outcome.output.contains("quantize calibration=percentile mode=static: 3 changes"))
      #expect(outcome.output.contains("16 "))
      #expect(try assay(arguments + ["p.onnx"], in: folder).exitCode == 0)
      let bytes = FileManager.default.contents(atPath: "\(folder)/o.onnx")
      #expect(bytes != nil && bytes == FileManager.default.contents(atPath: "\(folder)/p.onnx"))
      let operators = Set(try Model(contentsOf: "\(folder)/o.onnx").graph.nodes.map(\.opType))
      #expect(operators.isSuperset(of: ["QuantizeLinear", "DequantizeLinear"]))
      let inspected = try assay(["inspect", "o.onnx"], in: folder)
      #expect(inspected.exitCode == 0 && inspected.output.contains("MACs        50432 (batch 1)"))
    }
  }

  @Test("Steps are applied in order")
  func several() throws {
    try withTemporaryFolder { folder in
      let outcome = try assay(
        ["optimize", "\(models)/digits-mlp.onnx", "prune:sparsity=0.5", "float16:keep-io=false", "-o", "o.onnx"],
        in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      let steps = outcome.output.split(separator: "\n").filter { !$0.hasPrefix(" ") }.compactMap {
        $0.split(separator: ":").first
      }
      #expect(
        steps == [
          "fold (automatic)", "canonicalize (automatic)", "prune sparsity=0.5", "float16 keep-io=false", "wrote o.onnx",
        ])
    }
  }
}
