import AssayCore
import AssayData
import AssayMeasure
import AssayONNX
import AssayRuntime
import CLinux
import FoundationEssentials
import Glibc

/// Measuring the groups of a plan.
extension Runner {
  /// Measures every launch of every group that the record does not have yet, saving after each.
  func measure(_ plan: Plan, _ rows: [String: PreparedRows], _ record: inout RunRecord) throws {
    try measureHarness(&record)
    for group in plan.groups {
      guard let rows = rows[group.baseline] else { continue }
      try measure(group, plan, rows, &record)
    }
  }

  /// The harness' own cost: blocks of the engine that answers at once.
  private func measureHarness(_ record: inout RunRecord) throws(PipelineError) {
    guard record.harness_ns == nil else { return }
    let process = try WorkerProcess(launcher(cpus: []))
    try process.awaitReady()
    let model = WorkerModel(
      path: "", engine: "null", settings: SessionSettings(), rowsPath: "", batch: 1, hotInput: true)
    guard case .opened = try process.ask(.open(.model(model)), timeout_s: 30) else { return }
    var medians: [Double] = []
    for _ in 0..<5 {
      guard case .block(let block) = try process.ask(.block(length_ns: 1_000_000), timeout_s: 30) else { return }
      if let median = SortedValues(block.samples.nanoseconds)?.median { medians.append(median) }
    }
    process.end()
    record.harness_ns = SortedValues(medians)?.median
  }

  /// What the machine grants a group.
  struct Conditions {
    var threads: Int
    /// CPUs of the workers; empty where nothing can be pinned.
    var cpus: [Int]
    var remarks: [String]
  }

  /// Finds out what the machine grants a group, and pins this process out of the workers' way.
  func conditions(of group: ComparisonGroup, _ record: RunRecord) -> Conditions {
    let assignment = CPUAssignment(
      threads: group.threads, allowed: record.environment.allowedCPUs, cgroupCPUs: record.environment.cgroupCPUs)
    var remarks = assignment.remarks
    if assay_may_fix_layout() == 0 {
      remarks.append("address randomization cannot be switched off here: each process has its own memory layout")
    }
    // A machine that does not let the parent be pinned will not let workers be: they then run unpinned, on record.
    let isPinned = assignment.parent.map { pin(to: [$0]) } ?? false
    return Conditions(threads: assignment.threads, cpus: isPinned ? assignment.workers : [], remarks: remarks)
  }

  func launcher(cpus: [Int]) -> WorkerProcess.Launcher {
    WorkerProcess.Launcher(
      command: workerCommand, environment: environment.map { "\($0.key)=\($0.value)" }.sorted(), cpus: cpus,
      isInterrupted: isInterrupted)
  }

  func measure(
    _ group: ComparisonGroup, _ plan: Plan, _ rows: PreparedRows, _ record: inout RunRecord
  ) throws {
    let settings = plan.suite.measure.settings
    let conditions = conditions(of: group, record)
    for remark in conditions.remarks { observe(.note(remark)) }
    let members = members(group, plan, rows, threads: conditions.threads, &record)
    guard !members.isEmpty else { return }
    var groupRecord =
      record.groups.first { $0.group == group } ?? GroupRecord(group: group, remarks: conditions.remarks)
    let runner = GroupRunner(
      launcher: launcher(cpus: conditions.cpus), settings: settings, observe: observe, outputPath: outputPath)
    observe(.group(group, members: members.count))
    for members in GroupPartition.parts(members, memory_B: record.environment.memory_B) {
      // Each launch brings every member that waits one launch nearer to its end, or fails it.
      for _ in 0..<settings.launches {
        let living = members.filter { record.failure(of: $0.trial) == nil }
        let waiting = living.filter { (record.data(of: $0.trial)?.launches.count ?? 0) < settings.launches }
        guard !waiting.isEmpty, !isTimeOver() else { break }
        // The baseline takes part in every launch, also in those that only a retried or a later member still needs.
        let members = living.filter { member in
          member.trial.variant == Trial.baselineVariant || waiting.contains { $0.trial == member.trial }
        }
        let launch = (groupRecord.launches.map(\.launch).max() ?? record.lastSetAside(of: group)) + 1
        let pending = Set(members.map(\.trial).filter { record.needsAnswers($0) })
        let result = try runner.run(
          members, launch: launch, evaluate: pending, offered: groupRecord.offered)
        groupRecord.launches.append(result.group)
        record.merge(groupRecord)
        try merge(result, rows, group, &record)
        try store.save(record)
      }
    }
  }

  /// The members, each with the number of sessions that `replicas(of:rounds:)` finds.
  private func replicated(_ members: [GroupRunner.Member], rounds: Int) -> [GroupRunner.Member] {
    let count = Self.replicas(of: members, rounds: rounds)
    return members.map { member in
      var member = member
      member.model.replicas = count
      return member
    }
  }

  /// Sessions of each member, the same for all: as many as are used three times in a launch and fit into `replicated_B`.
  static func replicas(of members: [GroupRunner.Member], rounds: Int) -> Int {
    let largest_B = members.map { fileSize($0.model.path) }.max() ?? 0
    return max(1, min(mostReplicas, rounds / 3, replicated_B / max(1, largest_B)))
  }

  private static let mostReplicas = 10
  private static let replicated_B = 24 << 20

  func outputPath(_ trial: Trial) -> String {
    let key = ContentHash.sha256(text: "\(trial)").prefix(16)
    return "\(store.outputsFolder)/\(key).npy"
  }

  /// The variants that can take part; those that cannot are recorded with the reason.
  func members(
    _ group: ComparisonGroup, _ plan: Plan, _ rows: PreparedRows, threads: Int, _ record: inout RunRecord
  ) -> [GroupRunner.Member] {
    var members: [GroupRunner.Member] = []
    for planned in plan.variants where planned.baseline.name == group.baseline {
      let trial = Trial(variant: planned.name, group: group)
      let variant = record.variants.first { $0.baseline == group.baseline && $0.name == planned.name }
      switch variant?.build {
      case .built(let built)?:
        if let fixed = fixedBatch(built.path), fixed != group.batch {
          record.set(trial, .skipped(reason: "the model's batch is fixed to \(fixed)"))
          observe(.dropped(units: record.settings.launches * (record.settings.rounds + 1)))
          continue
        }
        // A failure of an earlier run is tried again, from the launch that failed.
        if let failure = record.failure(of: trial) { record.retry(trial, after: failure) }
        members.append(
          GroupRunner.Member(
            trial: trial,
            model: WorkerModel(
              path: built.path, engine: group.engine,
              settings: SessionSettings(device: group.device, threads: threads), rowsPath: rows.path,
              batch: group.batch, hotInput: record.settings.hotInput)))
      case .failed(let message)?:
        record.set(trial, .failed(TrialFailure(stage: .build, message: message)))
        observe(.dropped(units: record.settings.launches * (record.settings.rounds + 1)))
      case nil: continue
      }
    }
    return replicated(members, rounds: record.settings.rounds)
  }

  private static func fileSize(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private func fixedBatch(_ path: String) -> Int? {
    guard let model = try? Model(contentsOf: path), let input = model.graph.requiredInputs.first else { return nil }
    return input.tensorType?.shape?.first?.value
  }

  // MARK: Results

  private func merge(
    _ launch: GroupRunner.Launch, _ rows: PreparedRows, _ group: ComparisonGroup, _ record: inout RunRecord
  ) throws {
    for (trial, failure) in launch.failures {
      var failure = failure
      failure.launches = record.data(of: trial)?.launches
      record.set(trial, .failed(failure))
    }
    let baselineOutputs = outputs(of: Trial(variant: Trial.baselineVariant, group: group))
    for (trial, launchRecord) in launch.records {
      var data =
        record.data(of: trial)
        ?? TrialData(launches: [], answers: nil, execution: ExecutionReport())
      data.launches.append(launchRecord)
      if let execution = launch.execution[trial] { data.execution = execution }
      switch launch.evaluated[trial] {
      case nil: break
      case .some(.some(let failure)): data.answersFailure = failure
      case .some(nil):
        let baseline = trial.variant == Trial.baselineVariant ? nil : baselineOutputs
        do {
          data.answers = try AnswerJudge.judge(outputs(of: trial), rows, baseline: baseline)
        } catch {
          data.answersFailure = "\(error)"
        }
      }
      record.set(trial, .completed(data))
    }
    record.sortTrials()
  }

  private func outputs(of trial: Trial) -> Tensor? { try? NPY.map(outputPath(trial)) }
}

extension RunRecord {
  fileprivate func data(of trial: Trial) -> TrialData? { trials.first { $0.trial == trial }?.result.data }

  /// Whether a trial's answers are still to be judged.
  fileprivate func needsAnswers(_ trial: Trial) -> Bool {
    guard let data = data(of: trial) else { return true }
    return data.answers == nil && data.answersFailure == nil
  }

  fileprivate func failure(of trial: Trial) -> TrialFailure? {
    if case .failed(let failure)? = trials.first(where: { $0.trial == trial })?.result { failure } else { nil }
  }

  /// Forgets a failure, but not what was measured before it.
  fileprivate mutating func retry(_ trial: Trial, after failure: TrialFailure) {
    guard let launches = failure.launches, !launches.isEmpty else {
      trials.removeAll { $0.trial == trial }
      return
    }
    set(trial, .completed(TrialData(launches: launches, answers: nil, execution: ExecutionReport())))
  }

  mutating func set(_ trial: Trial, _ result: TrialResult) {
    if let index = trials.firstIndex(where: { $0.trial == trial }) {
      trials[index].result = result
    } else {
      trials.append(TrialRecord(trial: trial, result: result))
    }
  }

  fileprivate mutating func merge(_ group: GroupRecord) {
    if let index = groups.firstIndex(where: { $0.group == group.group }) {
      groups[index] = group
    } else {
      groups.append(group)
    }
  }

  /// Trials in the order of groups, then of variants, whatever order they ended in.
  mutating func sortTrials() {
    let groupOrder = Dictionary(
      groups.enumerated().map { ($1.group, $0) }, uniquingKeysWith: { first, _ in first })
    let variantOrder = Dictionary(
      variants.enumerated().map { ("\($1.baseline)\u{0}\($1.name)", $0) }, uniquingKeysWith: { first, _ in first })
    func key(_ trial: Trial) -> (Int, Int) {
      (
        groupOrder[trial.group] ?? .max, variantOrder["\(trial.group.baseline)\u{0}\(trial.variant)"] ?? .max
      )
    }
    trials.sort { key($0.trial) < key($1.trial) }
  }
}
