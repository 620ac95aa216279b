import AssayCore
import AssayData
import AssayPipeline
import AssayTestSupport
import FoundationEssentials
import Testing

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct ChooseCommandTests {
  private func run(in folder: String, _ more: [String] = []) throws -> Command.Outcome {
    try SmallSuite.write(to: folder)
    return try assay(["run", "s.yaml", "-o", "r", "--quiet"] + more, in: folder)
  }

  @Test("A run ends with the recommendation, and choose gives it again, as text and as JSON")
  func choose() throws {
    try withTemporaryFolder { folder in
      let run = try run(in: folder, ["--priority", "size"])
      #expect(run.exitCode == 0 && run.output.contains("\nFor size: "), "\(run.error)")
      // The goal of the run is the one that choose starts from.
      let text = try assay(["choose", "r"], in: folder)
      #expect(text.exitCode == 0 && run.output.contains(text.output.prefix(40)), "\(text.output)\(text.error)")
      #expect(text.output.contains("size.packed"))
      let json = try assay(["choose", "r/run.json", "--priority", "accuracy", "--json"], in: folder)
      #expect(json.exitCode == 0 && json.output.contains("\"priority\": \"accuracy\""))
    }
  }

  @Test("Exit codes tell what became of the choice")
  func exitCodes() throws {
    try withTemporaryFolder { folder in
      _ = try run(in: folder)
      for (arguments, code, words) in [
        (["choose", "r", "--subject-to", "size <= 1 B"], Int32(1), "None fits: nearest is baseline"),
        (["choose", "r", "--subject-to", "size.fiel <= 1 B"], 64, "did you mean 'size.file'?"),
        (["choose", "r", "--subject-to", "latency <= 0 ms"], 64, "no model can meet"),
        (["choose", "r", "--priority", "sped"], 64, "sped"), (["choose", "nowhere"], 64, "nowhere"),
        (["choose", "r", "--baseline", "n"], 64, "no baseline 'n'"),
        (["choose", "r", "--batch", "7"], 64, "No group"),
      ] {
        let outcome = try assay(arguments, in: folder)
        #expect(outcome.exitCode == code, "\(arguments): \(outcome.error)")
        #expect((outcome.output + outcome.error).contains(words), "\(arguments): \(outcome.output)\(outcome.error)")
      }
    }
  }

  @Test("A record of another schema and one without trials are told, not chosen from")
  func strangeRecords() throws {
    try withTemporaryFolder { folder in
      _ = try run(in: folder)
      let text = String(
        decoding: try #require(FileManager.default.contents(atPath: "\(folder)/r/run.json")), as: UTF8.self)
      try FileManager.default.createDirectory(atPath: "\(folder)/old", withIntermediateDirectories: true)
      try SmallSuite.file(text.replacing("\"schema\" : 1", with: "\"schema\" : 0"), "\(folder)/old/run.json")
      let old = try assay(["choose", "old"], in: folder)
      #expect(old.exitCode == 65 && old.error.contains("schema 0"), "\(old.error)")
    }
  }

  @Test("A search stops as soon as the goal is met, and a resumed run measures the rest")
  func until() throws {
    try withTemporaryFolder { folder in
      let first = try run(in: folder, ["--until", "size <= 1 MB"])
      #expect(first.exitCode == 0, "\(first.error)")
      let record = try RunStore.load("\(folder)/r")
      let skipped = record.trials.filter {
        if case .skipped(let reason) = $0.result { reason.hasPrefix("not tried: the goal was met") } else { false }
      }
      #expect(skipped.map(\.trial.variant) == ["half", "most"], "the baseline meets it")
      #expect(record.finishedAt != nil && first.output.contains("not tried yet: half, most"))
      let resumed = try assay(["run", "s.yaml", "-o", "r", "--resume", "--quiet"], in: folder)
      #expect(resumed.exitCode == 0, "\(resumed.error)")
      #expect(try RunStore.load("\(folder)/r").trials.allSatisfy { $0.result.data != nil })
    }
  }

  @Test("A goal that nothing meets tries everything; without time only the baseline is begun")
  func untilTheEnd() throws {
    try withTemporaryFolder { folder in
      let all = try run(in: folder, ["--until", "size <= 1 B"])
      #expect(all.exitCode == 0 && all.output.contains("None fits"), "\(all.output)\(all.error)")
      #expect(try RunStore.load("\(folder)/r").trials.count { $0.result.data != nil } == 3)
      let none = try assay(["run", "s.yaml", "-o", "q", "--quiet", "--budget", "0.000001s"], in: folder)
      #expect(none.exitCode == 0 || none.exitCode == 2, "\(none.error)")
      let record = try RunStore.load("\(folder)/q")
      #expect(
        record.trials.allSatisfy {
          if case .skipped(let reason) = $0.result { reason.contains("the time was over") } else { false }
        })
      for (option, value, words) in [("--budget", "soon", "budget"), ("--until", "latency", "no limit")] {
        let outcome = try assay(["run", "s.yaml", "-o", "x", option, value], in: folder)
        #expect(outcome.exitCode == 64 && outcome.error.contains(words), "\(option): \(outcome.error)")
      }
    }
  }

  @Test("A goal of the suite that cannot be read is the suite's mistake")
  func suiteGoal() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(
        to: folder,
        replacing: [("engines: [ reference ]", "engines: [ reference ]\ngoal: { subject-to: [ size.fiel <= 1 B ] }")])
      let outcome = try assay(["run", "s.yaml", "-o", "r"], in: folder)
      #expect(
        outcome.exitCode == 65 && outcome.error.contains("s.yaml:11: there is no metric 'size.fiel'"),
        "\(outcome.error)")
    }
  }
}

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct PlanCommandTests {
  @Test("From a model and a table to a recommendation in two commands")
  func twoCommands() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let plan = try assay(
        ["plan", "m.onnx", "--data", "t.csv", "-o", "p.yaml", "--goal", "size"], in: folder)
      #expect(plan.exitCode == 0 && plan.output.contains("wrote p.yaml"), "\(plan.error)")
      let text = String(decoding: try #require(FileManager.default.contents(atPath: "\(folder)/p.yaml")), as: UTF8.self)
      #expect(text.contains("goal: { priority: size }") && text.contains("baseline: { model: m.onnx }"))
      // Measured with the reference engine and little of everything: what counts is that it goes through.
      try SmallSuite.file(
        text.replacing("engines: [ onnxruntime ]", with: "engines: [ reference ]")
          .replacing("measure: {", with: "measure: { launches: 2, rounds: 2, block: 1 ms,"), "\(folder)/p.yaml")
      let run = try assay(["run", "p.yaml", "-o", "r", "--quiet"], in: folder)
      #expect([0, 2].contains(run.exitCode), "\(run.error)")
      #expect(run.output.contains("\nFor size: "), "\(run.output)")
    }
  }

  @Test("Without data rows of noise stand in, and the suite says what they are worth")
  func noData() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let plan = try assay(["plan", "m.onnx", "-o", "out.yaml"], in: folder)
      #expect(plan.exitCode == 0, "\(plan.error)")
      let suite = try AssayPipeline.Suite.read(path: "\(folder)/out.yaml", environment: [:])
      #expect(try suite.baselines[0].test.get().open().count == 256)
      let text = String(
        decoding: try #require(FileManager.default.contents(atPath: "\(folder)/out.yaml")), as: UTF8.self)
      #expect(text.contains("noise"))
    }
  }

  @Test("What is wrong is told, and nothing is written over")
  func bad() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      for (arguments, code, words) in [
        (["plan", "none.onnx", "-o", "p.yaml"], Int32(65), "none.onnx"),
        (["plan", "t.csv", "-o", "p.yaml"], 65, "t.csv"),
        (["plan", "m.onnx", "--data", "none.csv", "-o", "p.yaml"], 65, "none.csv"),
        (["plan", "m.onnx", "--data", "t.parquet", "-o", "p.yaml"], 65, "FORMAT=PATH"),
        (["plan", "m.onnx", "--data", "csv=t.csv,label=2,scael=3", "-o", "p.yaml"], 65, "scale"),
        (["plan", "m.onnx", "--data", "t.csv", "-o", "s.yaml"], 64, "is there already"),
        (["plan", "m.onnx", "--data", "t.csv", "-o", "none/p.yaml"], 73, "cannot be written"),
        (["plan", "m.onnx", "--data", "t.csv", "--budget", "x"], 64, "budget"),
        (["plan", "m.onnx", "--data", "t.csv", "--goal", "fast"], 64, "fast"),
        (["plan", "m.onnx", "--data", "t.csv", "--subject-to", "latenzy.p90<=1ms"], 64, "latency.p90"),
        (["plan", "m.onnx"], 64, "--output"),
      ] {
        let outcome = try assay(arguments, in: folder)
        #expect(outcome.exitCode == code, "\(arguments): \(outcome.error)")
        #expect(outcome.error.contains(words), "\(arguments): \(outcome.error)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/p.yaml"))
      }
      let shown = try assay(["plan", "m.onnx", "--data", "t.csv"], in: folder)
      #expect(
        shown.exitCode == 0 && shown.output.contains("suite: m\n"), "without --output it is printed: \(shown.error)")
    }
  }
}
