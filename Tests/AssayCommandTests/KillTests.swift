import AssayCore
import AssayTestSupport
import FoundationEssentials
import Glibc
import Testing

@testable import AssayPipeline

/// Power cuts, simulated by SIGKILL, and workers that die late. ASSAY_KILLS sets how many cuts there are; 40 by default.
@Suite(.serialized, .enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct KillTests {
  private func trial(_ record: RunRecord, _ variant: String) -> TrialRecord? {
    record.trials.first { $0.trial.variant == variant }
  }

  @Test("Killed many times at random points, a run never leaves an unreadable record nor loses a launch, and ends")
  func randomPoints() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(seed: 200)
      try SmallSuite.write(to: folder, replacing: [("launches: 2", "launches: 9000")])
      var measured: [GroupLaunch] = []
      var kept: [LaunchRecord] = []
      var timesWithProgress = 0
      // On a busy machine a launch takes longer; kills that come too early for any would test little.
      var longest_us = 400_000
      var timesInVain = 0
      let times = getenv("ASSAY_KILLS").flatMap { Int(String(cString: $0)) } ?? 40
      for time in 0..<times {
        let isBegun = access("\(folder)/r/run.json", F_OK) == 0
        let command = try Command(
          ["run", "s.yaml", "-o", "r", "--only", "half"] + (isBegun ? ["--resume"] : []), in: folder)
        usleep(UInt32(generator.index(below: longest_us)))
        kill(command.pid, SIGKILL)
        let outcome = command.finish()
        guard outcome.signal == SIGKILL else {
          Issue.record("time \(time): ended by itself: \(outcome.error)")
          return
        }
        timesInVain += 1
        if timesInVain == 3 { (longest_us, timesInVain) = (min(longest_us * 2, 6_400_000), 0) }
        guard access("\(folder)/r/run.json", F_OK) == 0 else {
          #expect(!isBegun, "time \(time): the record is gone")
          continue
        }
        let record = try RunStore.load("\(folder)/r")
        let launches = record.groups.first?.launches ?? []
        let own = trial(record, "half")?.result.data?.launches ?? []
        #expect(Array(launches.prefix(measured.count)) == measured, "time \(time): a launch was lost or changed")
        #expect(Array(own.prefix(kept.count)) == kept, "time \(time): samples were lost or changed")
        if launches.count > measured.count { (timesWithProgress, timesInVain) = (timesWithProgress + 1, 0) }
        (measured, kept) = (launches, own)
      }
      #expect(
        times < 10 || timesWithProgress > times / 20,
        "too few launches ended between the kills for this to mean anything")
      #expect(
        processes(childrenOf: 1).filter(isWorker).isEmpty || wait { processes(childrenOf: 1).filter(isWorker).isEmpty })
    }
  }

  /// Whether a process is a worker of the command under test.
  private func isWorker(_ pid: pid_t) -> Bool {
    guard let file = fopen("/proc/\(pid)/cmdline", "r") else { return false }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let words = bytes.prefix(fread(&bytes, 1, bytes.count, file)).split(separator: 0).map {
      String(decoding: $0, as: UTF8.self)
    }
    return words == [Repository.executable ?? "", "worker"]
  }

  @Test("A worker that dies in a later launch leaves what it measured before, and --resume goes on from there")
  func diesLate() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder, replacing: [("launches: 2", "launches: 30")])
      let command = try Command(["run", "s.yaml", "-o", "r"], in: folder)
      var victim: pid_t?
      let isFound = wait {
        guard !command.hasEnded, let record = try? RunStore.load("\(folder)/r") else { return command.hasEnded }
        guard (record.groups.first?.launches.count ?? 0) >= 2, command.children.count == 4 else { return false }
        victim = command.children.last
        return true
      }
      try #require(isFound && victim != nil)
      kill(try #require(victim), SIGKILL)
      #expect(command.finish().exitCode == 2)
      let record = try RunStore.load("\(folder)/r")
      guard case .failed(let failure)? = trial(record, "most")?.result else {
        Issue.record("the trial of the dead worker did not fail")
        return
      }
      let before = try #require(failure.launches)
      #expect(before.count >= 2 && before.count < 30 && failure.signal == SIGKILL)
      let resumed = try assay(["run", "s.yaml", "-o", "r", "--resume"], in: folder)
      #expect(resumed.exitCode == 0, "\(resumed.error)")
      let whole = try #require(trial(try RunStore.load("\(folder)/r"), "most")?.result.data)
      #expect(Array(whole.launches.prefix(before.count)) == before && whole.launches.count == 30)
      #expect(whole.answers != nil)
    }
  }

  @Test("A confirmation measures the asked trials beside the baseline, with another seed, and leaves the run as it was")
  func confirmation() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      #expect(try assay(["run", "\(folder)/s.yaml", "-o", "\(folder)/r", "--quiet"], in: folder).exitCode == 0)
      let suite = try AssayPipeline.Suite.read(path: "\(folder)/s.yaml", environment: [:])
      let plan = try Plan(suite, Plan.Selection(), engines: ["reference"])
      let runner = runner(folder)
      let before = try RunStore.load("\(folder)/r")
      var record = before
      let asked = try #require(trial(record, "half")?.trial)
      try runner.confirm([asked], of: plan, &record)
      let confirmation = try #require(record.confirmations?.first)
      #expect(record.confirmations?.count == 1 && confirmation.group == asked.group)
      #expect(confirmation.members.map(\.variant) == ["baseline", "half"])
      #expect(confirmation.members.allSatisfy { $0.launches.map(\.blocks.count) == [2, 2, 2, 2, 2, 2, 2] })
      #expect(Set(confirmation.launches.map(\.seed)).isDisjoint(with: before.groups[0].launches.map(\.seed)))
      #expect(try RunStore.load("\(folder)/r") == record)
      record.confirmations = nil
      #expect(record == before)
    }
  }

  @Test("A contaminated group is measured once more, in new launches; the first measurement is kept aside")
  func measuredAgain() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      #expect(try assay(["run", "\(folder)/s.yaml", "-o", "\(folder)/r"], in: folder).exitCode == 0)
      let plan = try Plan(
        try AssayPipeline.Suite.read(path: "\(folder)/s.yaml", environment: [:]), Plan.Selection(),
        engines: ["reference"])
      let runner = runner(folder)
      let before = try RunStore.load("\(folder)/r")
      var record = before
      let group = try #require(before.groups.first)
      try runner.measureAgain([group.group], of: plan, &record)
      let first = try #require(record.setAside?.first)
      #expect(record.setAside?.count == 1 && first.group == group.group && first.launches == group.launches)
      #expect(first.members.map(\.launches) == before.trials.map { $0.result.data?.launches ?? [] })
      let again = try #require(record.groups.first)
      #expect(again.launches.count == group.launches.count)
      #expect(Set(again.launches.map(\.seed)).isDisjoint(with: group.launches.map(\.seed)))
      #expect(Set(again.launches.map(\.launch)).isDisjoint(with: group.launches.map(\.launch)))
      #expect(record.trials.map(\.result.data?.answers) == before.trials.map(\.result.data?.answers))
      #expect(try RunStore.load("\(folder)/r") == record)
      // Once is enough: who repeats what displeases until it pleases measures his patience.
      let once = record
      try runner.measureAgain([group.group], of: plan, &record)
      record.finishedAt = once.finishedAt
      #expect(record == once)
    }
  }

  private func runner(_ folder: String) -> Runner {
    Runner(
      engines: [], store: RunStore(folder: "\(folder)/r"),
      cache: VariantCache(environment: ["ASSAY_CACHE": "\(folder)/cache"]),
      workerCommand: [Repository.executable ?? "", "worker"], environment: ["PATH": "/usr/bin:/bin"],
      observe: { _ in }, isInterrupted: { false })
  }
}
