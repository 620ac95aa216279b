public import AssayCore
import AssayMeasure
public import AssayRuntime
import CLinux
import FoundationEssentials

/// What a self-test compares, how often and how.
public struct SelftestPlan: Sendable {
  /// Model file; nil for one made here.
  public var model: String?
  public var engine: String
  public var threads: Int
  public var comparisons: Int
  /// Injected slowdowns, 0.1 for 10 %.
  public var slowdowns: [Double]
  public var settings: MeasureSettings
  /// Whether another process works on another CPU every other second.
  public var hasNoise: Bool

  public init(
    model: String? = nil, engine: String, threads: Int, comparisons: Int, slowdowns: [Double],
    settings: MeasureSettings, hasNoise: Bool
  ) {
    self.model = model
    self.engine = engine
    self.threads = threads
    self.comparisons = comparisons
    self.slowdowns = slowdowns
    self.settings = settings
    self.hasNoise = hasNoise
  }
}

/// Carries out a self-test with the same launches, blocks and processes that suites are measured with.
///
/// One comparison is one group: the model, the model again, and the model once for each slowdown, all alive together. Every
/// member opens the same file.
public struct SelftestRunner: Sendable {
  private let engines: [any Engine]
  private let workerCommand: [String]
  private let environment: [String: String]
  private let observe: @Sendable (RunEvent) -> Void
  private let isInterrupted: @Sendable () -> Bool

  /// - Parameters:
  ///   - engines: The engine catalogue.
  ///   - workerCommand: Program and arguments of a worker process.
  ///   - environment: Variables handed on to workers.
  ///   - observe: Told what happens, for progress.
  ///   - isInterrupted: Whether the user asked to stop.
  public init(
    engines: [any Engine], workerCommand: [String], environment: [String: String],
    observe: @escaping @Sendable (RunEvent) -> Void, isInterrupted: @escaping @Sendable () -> Bool
  ) {
    self.engines = engines
    self.workerCommand = workerCommand
    self.environment = environment
    self.observe = observe
    self.isInterrupted = isInterrupted
  }

  /// Makes the comparisons one after another.
  ///
  /// - Parameter callsForConfirmation: Whether the launch scores of `latency.p50` of a first measurement make a subject
  ///   look worse, so that it is measured a second time with a new seed.
  /// - Returns: The record; when interrupted, with the comparisons that were finished.
  /// - Throws: `engineMissing`; `suiteInvalid` for a model that cannot be used; `worker` when a member fails;
  ///   `interrupted` before the first comparison is finished; `cannotCreate` or `writeFailed` for temporary files.
  public func run(
    _ plan: SelftestPlan, callsForConfirmation: (_ launchScores: [Double]) -> Bool
  ) throws(PipelineError) -> SelftestRecord {
    let identity = try requireEngine(plan.engine)
    let folder = "\(FileManager.default.temporaryDirectory.path)/assay-selftest-\(UUID().uuidString)"
    if let reason = Folder.create(folder) {
      throw PipelineError(.cannotCreate, "cannot create a temporary folder: \(reason)", at: Place(file: folder))
    }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let model = try SelftestModel(model: plan.model, folder: folder, seed: plan.settings.seed)
    let machine = currentEnvironment(engines: [identity])
    let assignment = CPUAssignment(
      threads: plan.threads, allowed: machine.allowedCPUs, cgroupCPUs: machine.cgroupCPUs)
    // As in a run: a machine that does not let the parent be pinned will not let workers be.
    let isPinned = assignment.parent.map { pin(to: [$0]) } ?? false
    let launcher = WorkerProcess.Launcher(
      command: workerCommand, environment: environment.map { "\($0.key)=\($0.value)" }.sorted(),
      cpus: isPinned ? assignment.workers : [], isInterrupted: isInterrupted)
    var record = SelftestRecord(
      programVersion: ProgramIdentity.version, startedAt: Runner.now(), environment: machine, model: plan.model,
      engine: plan.engine, threads: assignment.threads, workerCPUs: launcher.cpus, parentCPU: assignment.parent,
      noiseCPU: plan.hasNoise ? assignment.parent : nil, settings: plan.settings,
      plannedComparisons: plan.comparisons, remarks: assignment.remarks)
    if assay_may_fix_layout() == 0 {
      record.remarks.append("address randomization cannot be switched off: each process has its own memory layout")
    }
    for remark in record.remarks { observe(.note(remark)) }
    let noise = plan.hasNoise ? try NoiseProcess(launcher, cpu: isPinned ? assignment.parent : nil) : nil
    defer { withExtendedLifetime(noise) {} }

    let session = SelftestSession(
      plan: plan, model: model, threads: assignment.threads, launcher: launcher, observe: observe)
    session.begin()
    for index in 0..<plan.comparisons {
      do {
        record.comparisons.append(try session.compare(index, callsForConfirmation))
      } catch {
        // What was compared before Ctrl-C is worth telling.
        guard error.code == .interrupted, !record.comparisons.isEmpty else { throw error }
        break
      }
    }
    return record
  }

  private func requireEngine(_ name: String) throws(PipelineError) -> EngineIdentity {
    switch engines.first(where: { $0.name == name })?.probe() {
    case .found(var identity, _)?:
      identity.library = identity.library.map(Runner.seenFromHere)
      return identity
    case .missing(let reason, let remedy)?:
      throw PipelineError(.engineMissing, "the engine '\(name)' is missing: \(reason)", remedy: remedy)
    case nil:
      throw PipelineError(
        .unknownName, "there is no engine '\(name)'",
        remedy: "there are: \(engines.map(\.name).joined(separator: ", "))")
    }
  }
}
