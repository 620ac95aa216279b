public import AssayCore
import AssayData
import AssayMeasure
import AssayMethods
public import AssayRuntime
import FoundationEssentials

/// Carries out a plan: builds every variant, measures every group, saves the record after every launch.
///
/// Whatever fails is recorded and the rest goes on; what was measured is never thrown away.
public struct Runner: Sendable {
  let engines: [any Engine]
  let store: RunStore
  let cache: VariantCache
  /// Program and arguments that start a worker.
  let workerCommand: [String]
  let environment: [String: String]
  let observe: @Sendable (RunEvent) -> Void
  let isInterrupted: @Sendable () -> Bool
  /// Whether a search must end; asked before each launch.
  var isTimeOver: @Sendable () -> Bool = { false }

  /// - Parameters:
  ///   - engines: The engine catalogue.
  ///   - workerCommand: Program and arguments of a worker process.
  ///   - environment: Variables handed on to workers.
  ///   - observe: Told what happens, for progress.
  ///   - isInterrupted: Whether the user asked to stop.
  public init(
    engines: [any Engine], store: RunStore, cache: VariantCache, workerCommand: [String],
    environment: [String: String], observe: @escaping @Sendable (RunEvent) -> Void,
    isInterrupted: @escaping @Sendable () -> Bool
  ) {
    self.engines = engines
    self.store = store
    self.cache = cache
    self.workerCommand = workerCommand
    self.environment = environment
    self.observe = observe
    self.isInterrupted = isInterrupted
  }

  /// Runs `plan`, going on from `previous` where a record of the same plan is given.
  ///
  /// - Parameter search: When to stop early; nil to measure everything.
  /// - Returns: The finished record, which is also on disk.
  /// - Throws: `engineMissing`, `suiteInvalid` for data or baselines that cannot be used (before anything is measured),
  ///   `interrupted` (everything measured is saved), `writeFailed`.
  public func run(
    _ plan: Plan, command: [String], resuming previous: RunRecord? = nil, search: Search? = nil
  ) throws -> RunRecord {
    try store.prepare()
    try cache.prepare()
    let identities = try requireEngines(plan)
    var record =
      previous
      ?? RunRecord(
        programVersion: ProgramIdentity.version, suite: plan.suite.name, suitePath: plan.suite.path,
        planHash: plan.hash, startedAt: Self.now(), command: command,
        environment: currentEnvironment(engines: identities), settings: plan.suite.measure.settings)
    record.gates = plan.gates.isEmpty ? nil : plan.gates
    record.goal = plan.goal
    let rows = try prepareRows(plan, &record)
    observe(.planned(variants: plan.variants.count, units: units(plan, record)))
    if let search {
      try self.search(search, plan, rows, &record)
    } else {
      try build(plan, &record)
      try store.save(record)
      try measure(plan, rows, &record)
    }
    record.finishedAt = Self.now()
    try store.save(record)
    // Outputs served the comparison with the baseline; the record has what came of it.
    try? FileManager.default.removeItem(atPath: store.outputsFolder)
    observe(.saved(path: store.path))
    return record
  }

  static func now() -> String { Date.now.formatted(.iso8601) }

  /// Launches' worth of work still to do: each member of each launch is loaded once and does its blocks.
  private func units(_ plan: Plan, _ record: RunRecord) -> Int {
    let settings = plan.suite.measure.settings
    return plan.groups.reduce(0) { total, group in
      let done = record.groups.first { $0.group == group }?.launches.count ?? 0
      let members = plan.variants.count { $0.baseline.name == group.baseline }
      return total + max(0, settings.launches - done) * members * (settings.rounds + 1)
    }
  }

  private func requireEngines(_ plan: Plan) throws(PipelineError) -> [EngineIdentity] {
    var identities: [EngineIdentity] = []
    for name in plan.suite.engines {
      switch engines.first(where: { $0.name == name })?.probe() {
      case .found(var identity, _)?:
        identity.library = identity.library.map(Self.seenFromHere)
        identities.append(identity)
      case .missing(let reason, let remedy)?:
        throw PipelineError(.engineMissing, "the engine '\(name)' is missing: \(reason)", remedy: remedy)
      case nil: throw PipelineError(.engineMissing, "there is no engine '\(name)'")
      }
    }
    return identities
  }

  /// A path below the working folder without that folder: records are shared, and where a checkout lies is nobody's business.
  static func seenFromHere(_ path: String) -> String {
    let folder = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  }

  func prepareRows(_ plan: Plan, _ record: inout RunRecord) throws(PipelineError) -> [String: PreparedRows] {
    var rows: [String: PreparedRows] = [:]
    for baseline in plan.suite.baselines {
      let description = try limited(try baseline.test.get(), plan.suite)
      let prepared = try DataPreparer(cache: cache).prepare(description, name: baseline.name)
      try requireFit(baseline, prepared)
      rows[baseline.name] = prepared
      record.datasets.removeAll { $0.name == baseline.name }
      record.datasets.append(prepared.record)
    }
    return rows
  }

  /// Rows that do not fit the baseline are a mistake in the suite; nothing would be measured.
  private func requireFit(_ baseline: SuiteBaseline, _ rows: PreparedRows) throws(PipelineError) {
    guard let features = try? NPY.map(rows.path).shape.dropFirst(),
      let mismatch = RowFit.mismatch(model: try baseline.model.get(), features: Array(features))
    else { return }
    throw PipelineError(
      .suiteInvalid, "the data do not fit the baseline '\(baseline.name)': \(mismatch)", at: baseline.place,
      remedy: RowFit.remedy)
  }

  /// The test rows that `accuracy-rows` leaves.
  private func limited(_ description: DatasetDescription, _ suite: Suite) throws(PipelineError) -> DatasetDescription {
    guard let rows = suite.measure.settings.accuracyRows else { return description }
    if let subset = description.subset, subset.count < rows {
      throw PipelineError(
        .suiteInvalid, "accuracy-rows asks for \(rows) rows, but the test data have count: \(subset.count)",
        at: Place(file: suite.path), remedy: "leave one of the two out")
    }
    var description = description
    description.subset = Subset(count: rows, seed: description.subset?.seed)
    return description
  }
}
