import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Glibc
import Testing

/// Something a user does wrong, how the command ends, and what it says.
struct BadInput: Sendable, CustomTestStringConvertible {
  var title: String
  /// Makes what is wrong in a folder that holds the small suite.
  var prepare: @Sendable (String) throws -> Void
  var arguments: [String]
  var exitCode: Int32
  /// A part of standard error, or of both outputs where the error is in the table.
  var message: String

  var testDescription: String { title }

  init(
    _ title: String, _ arguments: [String], _ exitCode: Int32, _ message: String,
    prepare: @escaping @Sendable (String) throws -> Void = { _ in }
  ) {
    (self.title, self.arguments, self.exitCode, self.message) = (title, arguments, exitCode, message)
    self.prepare = prepare
  }

  /// The small suite with a change in its text.
  init(suite title: String, _ old: String, _ new: String, _ message: String) {
    self.init(title, ["run", "s.yaml", "-o", "r"], 65, message) { folder in
      try SmallSuite.write(to: folder, replacing: [(old, new)])
    }
  }
}

private let run = ["run", "s.yaml", "-o", "r"]
private let inspect = ["inspect", "m.onnx"]

extension BadInput {
  static let models: [BadInput] = [
    BadInput(
      "a model that was cut off", inspect, 65,
      "assay: error: m.onnx: not an ONNX model: byte 15 has a field that is longer than what is left of the file "
        + "(is the file complete?)\n"
    ) { folder in
      let bytes = FileManager.default.contents(atPath: "\(folder)/m.onnx") ?? Data()
      // Cut within the graph, which begins soon after version and producer.
      try bytes.prefix(bytes.count / 2).write(to: URL(filePath: "\(folder)/m.onnx"))
    },
    BadInput("random bytes as a model", inspect, 65, "assay: error: m.onnx: not an ONNX model: ") { folder in
      var generator = SeededGenerator(seed: 3)
      let bytes = (0..<500).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      try Data(bytes).write(to: URL(filePath: "\(folder)/m.onnx"))
    },
    BadInput(
      "an empty model", inspect, 65,
      "assay: error: m.onnx: not an ONNX model: the file is empty (is the download complete?)\n"
    ) { try SmallSuite.file("", "\($0)/m.onnx") },
    BadInput(
      "no model", ["inspect", "none.onnx"], 65,
      "assay: error: none.onnx: there is no such file (check the path)\n"),
    BadInput(
      "a folder as a model", ["inspect", "."], 65,
      "assay: error: .: not a file (give the path of a file, not of a folder)"),
    BadInput(
      "a cycle", inspect, 65,
      "the nodes depend on each other in a cycle: 'second' → 'first' → 'second' "
        + "(a model is a graph without cycles; export it again)\n"
    ) { try SmallSuite.cycle().write(to: "\($0)/m.onnx") },
    BadInput(
      "a value that nothing makes", inspect, 65,
      "assay: error: m.onnx, node 'product': the input 'nowhere' is made by no node, input or initializer "
        + "(export the model again)\n"
    ) { try SmallSuite.model(input: "nowhere").write(to: "\($0)/m.onnx") },
    BadInput(
      "a model too old to optimize", ["optimize", "m.onnx", "float16", "-o", "o.onnx"], 65,
      "assay: error: m.onnx: the operator set cannot be upgraded from version 6 to 13"
    ) { try SmallSuite.model(opset: 6).write(to: "\($0)/m.onnx") },
    BadInput("external data that are not there", inspect, 65, "weights.bin' is missing or unreadable") { folder in
      try Data(externalModel).write(to: URL(filePath: "\(folder)/m.onnx"))
    },
    BadInput(
      "rows that do not fit the model", run, 65,
      "s.yaml:2: the data do not fit the baseline 'm': input 'x' takes rows of [4], the data have rows of [5]"
    ) {
      try SmallSuite.file("0,2,1,3,7,1\n4,6,0,1,7,0\n1,1,1,1,1,1\n", "\($0)/t.csv")
    },
    BadInput("a baseline that is no model", run, 65, "assay: error: m.onnx: not an ONNX model: ") {
      try SmallSuite.file("no model", "\($0)/m.onnx")
    },
  ]

  /// ModelProto: IR version 8; a graph "g" with the float initializer `w` of shape [1] whose data lie in `weights.bin`;
  /// an output `w`; opset 17. Written by hand after onnx.proto.
  private static let externalModel: [UInt8] = {
    func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
    func text(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
    let location = field(13, text(1, "location") + text(2, "weights.bin"))
    let tensor = [1 << 3, 1, 2 << 3, 1] + text(8, "w") + location + [14 << 3, 1]
    let type = field(2, field(1, [1 << 3, 1] + field(2, field(1, [1 << 3, 1]))))
    let graph = text(2, "g") + field(5, tensor) + field(12, text(1, "w") + type)
    return [1 << 3, 8] + field(7, graph) + field(8, [2 << 3, 17])
  }()

  static let suites: [BadInput] = [
    BadInput(
      suite: "an unknown key", "measure:", "mesure:",
      "s.yaml:11: the suite has no key 'mesure' (did you mean 'measure'?)"),
    BadInput(
      suite: "a variant written twice", "most:", "half:", "s.yaml:9: the key 'half' is written in lines 8 and 9"),
    BadInput(
      suite: "an unknown method", "half: [ prune:", "half: [ prnue:",
      "s.yaml:8: there is no method 'prnue' (did you mean 'prune'?)"),
    BadInput(
      suite: "a negative sparsity", "sparsity: 0.5", "sparsity: -1",
      "s.yaml:8: 'prune': sparsity is -1, but takes a number from 0.0 to 1.0"),
    BadInput(
      suite: "an unknown option", "sparsity: 0.5", "sparsety: 0.5", "s.yaml:8: "),
    BadInput(
      suite: "fewer rows than asked", "t.csv }\n  train", "t.csv, count: 9 }\n  train",
      "the data of 'm' cannot be used: t.csv: 9 rows are asked for, but there are 4 (ask for 1 to 4 rows)"),
    BadInput(
      suite: "fewer rows than are to be judged", "block: 1 ms", "block: 1 ms, accuracy-rows: 9",
      "the data of 'm' cannot be used: t.csv: 9 rows are asked for, but there are 4 (ask for 1 to 4 rows)"),
    BadInput(
      suite: "labels out of range", "t.csv }\n  train", "t.csv, classes: 1 }\n  train",
      "t.csv:1: label 1 is not a class 0..0 (correct the label"),
    BadInput(
      suite: "a variable that is not set", "test: { csv: t.csv }", "test: { csv: \"${ASSAY_DATA}/t.csv\" }",
      "s.yaml:4: the environment variable ASSAY_DATA in '${ASSAY_DATA}/t.csv' is not set"),
    BadInput(
      suite: "data that are not there", "test: { csv: t.csv }", "test: { csv: u.csv }",
      "the data of 'm' cannot be used: u.csv"),
    BadInput(
      suite: "an unknown engine", "[ reference ]", "[ refrence ]",
      "s.yaml:10: there is no engine 'refrence' (did you mean 'reference'?)"),
    BadInput("no suite", ["run", "none.yaml"], 65, "none.yaml: the suite cannot be read: No such file or directory"),
  ]

  static let usage: [BadInput] = [
    BadInput("no subject", ["run"], 64, "Missing expected argument '<suite>'"),
    BadInput("an unknown subcommand", ["bogus"], 64, "Unexpected argument 'bogus'"),
    BadInput("contradicting flags", run + ["--quick", "--rigorous"], 64, "--quick and --rigorous exclude each other."),
    BadInput("an unknown variant", run + ["--only", "haf"], 64, "there is no variant 'haf' (did you mean 'half'?)"),
    BadInput("an unknown baseline", run + ["--baseline", "n"], 64, "there is no baseline 'n'"),
    BadInput(
      "an unknown engine", run + ["--engine", "tensorflow"], 64,
      "there is no engine 'tensorflow' (there are onnxruntime, libtorch, reference, null)"),
    BadInput("an unknown list", ["list", "things"], 64, "'things'"),
    BadInput(
      "an unknown method", ["optimize", "m.onnx", "prnue:sparsity=1", "-o", "o.onnx"], 65,
      "there is no method 'prnue' (did you mean 'prune'?)"),
    BadInput(
      "a step that is none", ["optimize", "m.onnx", "prune:sparsity", "-o", "o.onnx"], 64,
      "'sparsity' is not of the form key=value."),
    BadInput(
      "no calibration data", ["optimize", "m.onnx", "quantize:mode=static", "-o", "o.onnx"], 65, "calibration"),
    BadInput("a run that is none", ["report", "none"], 65, "there is no readable run record"),
    BadInput("a suite as a run", ["report", "s.yaml"], 65, "s.yaml: not a run record: no JSON with a schema number"),
    BadInput(
      "an engine that is missing", run + ["--engine", "onnxruntime"], 69, "the engine 'onnxruntime' is missing: "),
  ]

  static let outputs: [BadInput] = [
    BadInput(
      "an output folder that cannot be made", ["run", "s.yaml", "-o", "t.csv/r"], 73,
      "t.csv/r: cannot create the output folder: Not a directory (choose another with --output)"),
    BadInput(
      "an output folder in a system folder", ["run", "s.yaml", "-o", "/proc/none/r"], 73,
      "/proc/none/r: cannot create the output folder: "),
    BadInput("a folder that holds a run", run, 73, "r: there is a run in this folder already") { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/r", withIntermediateDirectories: true)
      try SmallSuite.file("{}", "\(folder)/r/run.json")
    },
    BadInput(
      "a result that cannot be written", ["optimize", "m.onnx", "float16", "-o", "none/o.onnx"], 73, "none/o.onnx"),
    BadInput("a report that cannot be written", ["report", "none", "-o", "t.csv/x"], 65, "none"),
  ]
}

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct BadInputTests {
  @Test(
    "What is wrong is told in one line, with its exit code",
    arguments: BadInput.models + BadInput.suites + BadInput.usage + BadInput.outputs)
  func badInput(item: BadInput) throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      try item.prepare(folder)
      let variables = item.exitCode == 69 ? ["ASSAY_ONNXRUNTIME": "\(folder)/none.so"] : [:]
      let outcome = try assay(item.arguments, in: folder, variables)
      #expect(outcome.exitCode == item.exitCode, "\(outcome.error)\(outcome.output)")
      // The table folds lines.
      let said = (outcome.error + "\n" + outcome.output)
      let flat = said.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      let expected = item.message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(expected.isEmpty || flat.contains(expected), "\(said)")
      if item.exitCode == 65 || item.exitCode >= 69 {
        #expect(
          outcome.output.isEmpty && outcome.error.split(separator: "\n").last?.hasPrefix("assay: error: ") == true)
      }
    }
  }

  @Test(
    "A full disk is told, and what was saved before stays whole",
    .enabled(if: getuid() == 0, "needs root, to mount a small disk"))
  func fullDisk() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder, replacing: [("launches: 2", "launches: 2000"), ("rounds: 2", "rounds: 30")])
      let disk = "\(folder)/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      guard mount("none", disk, "tmpfs", 0, "size=256k") == 0 else {
        // Within a container that may not mount, there is nothing to see.
        try #require(errno == EPERM)
        return
      }
      defer { umount2(disk, Int32(MNT_DETACH)) }
      let outcome = try assay(["run", "s.yaml", "-o", "disk/r", "--only", "half"], in: folder)
      #expect(outcome.exitCode == 74, "\(outcome.error)")
      #expect(outcome.error.contains("disk/r/run.json: cannot save the run record: "))
      #expect(outcome.error.contains("No space left on device"))
      #expect(outcome.error.contains("(free disk space and continue with --resume)"))
      let report = try assay(["report", "disk/r", "-o", "elsewhere"], in: folder)
      #expect(report.exitCode == 0, "\(report.error)")
    }
  }
}
