import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Glibc
import Testing

@testable import AssayPipeline

/// Launches enough that a test can step in while they go on.
private let longer = [("launches: 2", "launches: 300")]

/// The control kernel, the baseline and two variants.
private let workers = 4

private func killed(_ record: RunRecord) -> [(variant: String, failure: TrialFailure)] {
  record.trials.compactMap { trial in
    if case .failed(let failure) = trial.result { (trial.trial.variant, failure) } else { nil }
  }
}

private func launches(_ record: RunRecord, _ variant: String) -> [LaunchRecord] {
  record.trials.first { $0.trial.variant == variant }?.result.data?.launches ?? []
}

@Suite(.serialized, .enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct ProcessTests {
  @Test("A run measures everything, and report renders it again")
  func run() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let outcome = try assay(["run", "s.yaml", "-o", "r"], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      let record = try RunStore.load("\(folder)/r")
      #expect(record.finishedAt != nil && record.trials.map(\.trial.variant) == ["baseline", "half", "most"])
      for variant in ["baseline", "half", "most"] { #expect(launches(record, variant).map(\.blocks.count) == [2, 2]) }
      #expect(record.trials.allSatisfy { $0.result.data?.answers?.classes.values.count == 4 })
      #expect((record.harness_ns ?? 0) > 0)
      let again = try assay(["report", "r", "-o", "again"], in: folder)
      #expect(again.exitCode == 0, "\(again.error)")
      #expect(
        again.output.replacing("again/", with: "r/").hasSuffix(
          outcome.output.suffix(300).split(separator: "\n").last.map(String.init).map { $0 + "\n" } ?? "?"))
      func csv(_ name: String) -> Data? { FileManager.default.contents(atPath: "\(folder)/\(name)/results.csv") }
      #expect(csv("r") != nil && csv("r") == csv("again"))
    }
  }

  @Test("accuracy-rows judges a subset, labelled as one")
  func accuracyRows() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder, replacing: [("block: 1 ms", "block: 1 ms, accuracy-rows: 2")])
      let outcome = try assay(["run", "s.yaml", "-o", "r", "--only", "half"], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      let dataset = try #require(try RunStore.load("\(folder)/r").datasets.first)
      #expect(dataset.rows == 2 && dataset.availableRows == 4 && dataset.labels.values == [1, 0])
    }
  }

  @Test("Regression is judged by its errors")
  func regression() throws {
    try withTemporaryFolder { folder in
      let change = ("test: { csv: t.csv }", "test: { csv: t.csv, regression: true }")
      try SmallSuite.write(to: folder, replacing: [change])
      // One output a row, so that rows and targets match.
      try SmallSuite.model(outputs: 1).write(to: "\(folder)/m.onnx")
      let outcome = try assay(["run", "s.yaml", "-o", "r", "--only", "half"], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      let record = try RunStore.load("\(folder)/r")
      let metrics = try #require(record.trials.first?.result.data?.answers?.metrics)
      let error = try #require(metrics["accuracy.mse"])
      let absolute = try #require(metrics["accuracy.mae"])
      #expect(error > 0 && absolute > 0 && absolute * absolute <= error * (1 + 1e-9))
      #expect(metrics["accuracy.top1"] == nil && record.datasets[0].classCount == nil)
    }
  }

  @Test("A worker that is killed costs its own trial only")
  func killedWorker() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let command = try Command(["run", "s.yaml", "-o", "r"], in: folder)
      var victim: pid_t?
      #expect(
        wait {
          let children = command.children
          if children.count == workers { victim = children.last }
          return victim != nil || command.hasEnded
        })
      kill(try #require(victim), SIGKILL)
      let outcome = command.finish()
      #expect(outcome.exitCode == 2, "\(outcome.error)")
      let record = try RunStore.load("\(folder)/r")
      let failures = killed(record)
      #expect(failures.map(\.variant) == ["most"])
      #expect(failures.first?.failure.message.contains("was ended by signal 9 (Killed)") == true)
      for variant in ["baseline", "half"] { #expect(launches(record, variant).count == 2) }
      #expect(outcome.output.contains("most failed: "))

      // Going on tries the failed one again and keeps the rest.
      let resumed = try assay(["run", "s.yaml", "-o", "r", "--resume"], in: folder)
      #expect(resumed.exitCode == 0, "\(resumed.error)")
      let whole = try RunStore.load("\(folder)/r")
      #expect(launches(whole, "half") == launches(record, "half"))
      #expect(launches(whole, "most").count == 2)
      // Each of its launches has the baseline's to be compared with.
      let compared = Set(launches(whole, "baseline").map(\.launch))
      #expect(launches(whole, "most").allSatisfy { compared.contains($0.launch) })
    }
  }

  /// Starts a long run and waits for its first launch to be saved.
  private func started(in folder: String) throws -> Command {
    try SmallSuite.write(to: folder, replacing: longer)
    let command = try Command(["run", "s.yaml", "-o", "r"], in: folder)
    let isMeasuring = wait {
      if command.hasEnded { return true }
      guard command.children.count >= 2, let record = try? RunStore.load("\(folder)/r") else { return false }
      return (record.groups.first?.launches.count ?? 0) >= 1
    }
    try #require(isMeasuring && !command.hasEnded)
    return command
  }

  /// What is there stays as it is, and the rest is measured. To be quick, the record is made one that lacks a launch.
  private func resumes(in folder: String, _ before: RunRecord) throws {
    let done = try #require(before.groups.first?.launches.count)
    var shorter = before
    // The plan of the long run would take minutes; its record is continued under a plan that wants one launch more.
    try SmallSuite.write(to: folder, replacing: [("launches: 2", "launches: \(done + 1)")])
    let suite = try AssayPipeline.Suite.read(path: "\(folder)/s.yaml", environment: [:])
    shorter.planHash = try Plan(suite, Plan.Selection(), engines: ["reference"]).hash
    shorter.settings.launches = done + 1
    try RunStore(folder: "\(folder)/r").save(shorter)
    let outcome = try assay(["run", "s.yaml", "-o", "r", "--resume"], in: folder)
    #expect(outcome.exitCode == 0, "\(outcome.error)")
    #expect(outcome.error.contains("going on with r, begun \(before.startedAt)"))
    let after = try RunStore.load("\(folder)/r")
    #expect(after.finishedAt != nil && after.startedAt == before.startedAt)
    #expect(after.groups[0].launches.count == done + 1)
    #expect(Array(after.groups[0].launches.prefix(done)) == before.groups[0].launches)
    for variant in ["baseline", "half", "most"] {
      #expect(Array(launches(after, variant).prefix(done)) == launches(before, variant))
      #expect(launches(after, variant).count == done + 1)
    }
    #expect(after.trials.allSatisfy { $0.result.data?.answers != nil })
  }

  @Test("Ctrl-C saves what was measured, leaves no process, and the run goes on later")
  func interrupted() throws {
    try withTemporaryFolder { folder in
      let command = try started(in: folder)
      let children = command.children
      kill(command.pid, SIGINT)
      let outcome = command.finish()
      #expect(outcome.exitCode == 130, "\(outcome.error)")
      #expect(outcome.error.contains("assay: interrupted; what was measured is in r, --resume goes on"))
      #expect(!children.isEmpty && children.allSatisfy { !isAlive($0) })
      let record = try RunStore.load("\(folder)/r")
      #expect(record.finishedAt == nil)
      try resumes(in: folder, record)
    }
  }

  @Test("When the parent is killed its workers go with it, and the run goes on later")
  func killedParent() throws {
    try withTemporaryFolder { folder in
      let command = try started(in: folder)
      let children = command.children
      kill(command.pid, SIGKILL)
      #expect(command.finish().signal == SIGKILL)
      #expect(!children.isEmpty && wait { children.allSatisfy { !isAlive($0) } })
      try resumes(in: folder, try RunStore.load("\(folder)/r"))
    }
  }

  @Test("Without a name the newest unfinished run of the same plan goes on; a finished one does not")
  func newest() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let nothing = try assay(["run", "s.yaml", "--resume"], in: folder)
      #expect(nothing.exitCode == 65)
      #expect(
        nothing.error == "assay: error: there is no unfinished run of this suite and these options under reports/ "
          + "(name its folder with --output, or run without --resume)\n")
      #expect(try assay(["run", "s.yaml", "--only", "half", "--quiet"], in: folder).exitCode == 0)
      #expect(try assay(["run", "s.yaml", "--only", "half", "--resume"], in: folder).exitCode == 65)
      let name = try #require(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/reports").first)
      let store = RunStore(folder: "\(folder)/reports/\(name)")
      var record = try RunStore.load(store.folder)
      record.finishedAt = nil
      try store.save(record)
      let resumed = try assay(["run", "s.yaml", "--only", "half", "--resume"], in: folder)
      #expect(resumed.exitCode == 0, "\(resumed.error)")
      #expect(try RunStore.load(store.folder).trials == record.trials)
      #expect(
        try assay(["run", "s.yaml", "--only", "most", "-o", store.folder, "--resume"], in: folder).exitCode == 65)
    }
  }
}
