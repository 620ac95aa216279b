import AssayCore
import AssayData
import AssayMeasure
import FoundationEssentials

/// Measures the launches of one comparison group: all members alive together, pinned to the same CPUs, exactly one at
/// work, in short blocks of random order.
struct GroupRunner {
  /// A variant that takes part.
  struct Member {
    var trial: Trial
    var model: WorkerModel
  }

  /// What one launch brought.
  struct Launch {
    var group: GroupLaunch
    var records: [Trial: LaunchRecord]
    var execution: [Trial: ExecutionReport]
    var failures: [Trial: TrialFailure]
    /// Members whose outputs on all rows were asked for: nil when they were written, or else why not.
    var evaluated: [Trial: String?]
  }

  let launcher: WorkerProcess.Launcher
  let settings: MeasureSettings
  let observe: @Sendable (RunEvent) -> Void
  /// Outputs of a trial are written here when it is evaluated.
  let outputPath: (Trial) -> String

  /// Longest wait for one answer of a worker, in seconds.
  private static let openTimeout_s = 300.0
  private static let blockTimeout_s = 120.0
  private static let evaluateTimeout_s = 3600.0

  /// A member's process and what it has done so far.
  private final class Seat {
    let trial: Trial?
    let process: WorkerProcess
    var phases = Phases(processStart_ns: 0, load_ns: 0, firstInference_ns: 0)
    var warmUp = Samples()
    var blocks: [BlockRecord] = []
    var waited = WaitedTime()
    var memory = MemoryFigures()

    init(trial: Trial?, process: WorkerProcess) {
      self.trial = trial
      self.process = process
    }
  }

  /// Runs launch number `index`.
  ///
  /// - Parameters:
  ///   - evaluate: Members whose answers on all rows are wanted after the blocks.
  ///   - offered: What earlier launches of the group were offered in the server scenario; nil to find it out.
  /// - Throws: `interrupted`, or `worker` when not even the control kernel can be started.
  func run(
    _ members: [Member], launch index: Int, evaluate: Set<Trial>, offered: OfferedLoad? = nil
  ) throws(PipelineError) -> Launch {
    let schedule = BlockSchedule(
      runSeed: settings.seed, launch: index, members: members.count + 1, rounds: settings.rounds)
    var result = Launch(
      group: GroupLaunch(
        launch: index, seed: schedule.seed, cpus: launcher.cpus, pinned: !launcher.cpus.isEmpty, control: [],
        conditions: []),
      records: [:], execution: [:], failures: [:], evaluated: [:])
    var seats = try open(members, seed: schedule.seed, &result)
    let scenario = members.first?.trial.group.scenario ?? .singleStream
    if scenario == .server { result.group.offered = offered ?? offeredLoad(&seats, &result) }
    let requests = BlockRequests(
      scenario: scenario, settings: settings, seed: schedule.seed, offered: result.group.offered)
    try measure(&seats, schedule, requests, &result)
    try finish(seats, evaluate, requests, &result)
    return result
  }

  // MARK: Opening

  /// Starts the control kernel (seat 0) and every member, one after another, so that no load disturbs another's.
  private func open(
    _ members: [Member], seed: UInt64, _ result: inout Launch
  ) throws(PipelineError) -> [Seat?] {
    let layout = ProcessLayout(seed: seed)
    var seats: [Seat?] = [try openSeat(nil, .control, layout, &result)]
    for member in members {
      let seat = try openSeat(member.trial, .model(member.model), layout, &result)
      if seat == nil { observe(.dropped(units: settings.rounds)) }
      seats.append(seat)
      observe(.unit(label: "loading \(member.trial.variant)"))
    }
    return seats
  }

  private func openSeat(
    _ trial: Trial?, _ subject: WorkerSubject, _ layout: ProcessLayout, _ result: inout Launch
  ) throws(PipelineError) -> Seat? {
    let clock = MachineClock()
    let begin = clock.now_ns()
    guard let process = try start(trial, layout, &result) else { return nil }
    let seat = Seat(trial: trial, process: process)
    seat.phases.processStart_ns = clock.now_ns() - begin
    guard let opened = try ask(seat, .open(subject), Self.openTimeout_s, stage: .load, &result),
      case .opened(let opened) = opened
    else { return nil }
    seat.phases.load_ns = opened.load_ns
    seat.phases.firstInference_ns = opened.firstInference_ns
    guard let warm = try ask(seat, .warmUp, Self.blockTimeout_s, stage: .inference, &result),
      case .warm(let samples, _) = warm
    else { return nil }
    seat.warmUp = samples
    return seat
  }

  /// Starts a member's process; that it cannot is recorded and answered with nil, but thrown for the control kernel.
  private func start(
    _ trial: Trial?, _ layout: ProcessLayout, _ result: inout Launch
  ) throws(PipelineError) -> WorkerProcess? {
    var process: WorkerProcess?
    do {
      let started = try WorkerProcess(launcher, layout: layout)
      process = started
      try started.awaitReady()
      return started
    } catch {
      guard error.code == .worker, let trial else { throw error }
      fail(trial, TrialFailure(stage: .start, message: "\(error)", signal: process?.signal), &result)
      return nil
    }
  }

  /// Asks a member; a failure is recorded and answered with nil, and only an interruption is thrown.
  private func ask(
    _ seat: Seat, _ request: WorkerRequest, _ timeout_s: Double, stage: TrialFailure.Stage, _ result: inout Launch
  ) throws(PipelineError) -> WorkerReply? {
    do {
      let reply = try seat.process.ask(request, timeout_s: timeout_s)
      guard case .failed(let stage, let message) = reply else { return reply }
      if let trial = seat.trial { fail(trial, TrialFailure(stage: stage, message: message), &result) }
      return nil
    } catch {
      guard error.code == .worker, let trial = seat.trial else { throw error }
      fail(trial, TrialFailure(stage: stage, message: "\(error)", signal: seat.process.signal), &result)
      return nil
    }
  }

  private func fail(_ trial: Trial, _ failure: TrialFailure, _ result: inout Launch) {
    result.failures[trial] = failure
    observe(.failed(trial, failure))
  }

  /// The load of the server scenario; without one every member fails.
  private func offeredLoad(_ seats: inout [Seat?], _ result: inout Launch) -> OfferedLoad? {
    let baseline = seats.lazy.compactMap(\.self).first { $0.trial?.variant == Trial.baselineVariant }
    if let load = OfferedLoad(settings.requests ?? RequestSettings(), warmUp: baseline?.warmUp) { return load }
    for (index, seat) in seats.enumerated() {
      guard let trial = seat?.trial else { continue }
      let message =
        "the rate of requests is a share of what the baseline can do, and the baseline has failed (set measure.rate)"
      fail(trial, TrialFailure(stage: .start, message: message), &result)
      observe(.dropped(units: settings.rounds))
      seats[index] = nil
    }
    return nil
  }

  // MARK: Measuring

  private func measure(
    _ seats: inout [Seat?], _ schedule: BlockSchedule, _ requests: BlockRequests, _ result: inout Launch
  ) throws(PipelineError) {
    var disturbance = Disturbance(cpus: launcher.cpus)
    // On a machine that is never quiet, repeating for ever would not help.
    var repeatsLeft = settings.rounds / 3
    for (round, order) in schedule.rounds.enumerated() {
      var repeats = 0
      while true {
        let blocks = try playRound(round, order, requests, &seats, &result)
        let control = blocks[0] ?? nil
        var conditions = disturbance.conditions(ofRound: round, control: control)
        conditions.repeats = repeats
        if repeatsLeft > 0, repeats < 2, disturbance.calls(forRepeating: conditions, control: control) {
          repeats += 1
          repeatsLeft -= 1
          continue
        }
        disturbance.accept(control)
        for (member, block) in blocks { seats[member]?.blocks.append(block) }
        result.group.conditions.append(conditions)
        break
      }
      observeRound(round, launch: result.group.launch, seats)
    }
    result.group.control = seats.first??.blocks ?? []
    result.group.parentShare = seats.compactMap { $0?.waited }.reduce(WaitedTime(), +).share
  }

  /// One block of every living member, in the given order; a member that fails leaves its seat.
  private func playRound(
    _ round: Int, _ order: [Int], _ requests: BlockRequests, _ seats: inout [Seat?], _ result: inout Launch
  ) throws(PipelineError) -> [Int: BlockRecord] {
    var blocks: [Int: BlockRecord] = [:]
    for (position, member) in order.enumerated() {
      guard let seat = seats[member] else { continue }
      // The control kernel does its fixed work in every scenario.
      let request =
        seat.trial == nil ? WorkerRequest.block(length_ns: settings.block_ns) : requests.request(round: round)
      let before = seat.process.waited
      let reply = try ask(seat, request, Self.blockTimeout_s, stage: .inference, &result)
      seat.waited = seat.waited + seat.process.waited.since(before)
      guard case .block(let block)? = reply else {
        seats[member] = nil
        observe(.dropped(units: settings.rounds - round))
        continue
      }
      blocks[member] = BlockRecord(
        round: round, position: position, samples: block.samples, elapsed_ns: block.elapsed_ns,
        involuntarySwitches: block.involuntarySwitches, anonymous_B: block.anonymous_B, energy_uJ: block.energy_uJ,
        server: block.server)
    }
    return blocks
  }

  private func observeRound(_ round: Int, launch: Int, _ seats: [Seat?]) {
    let label = "launch \(launch + 1), round \(round + 1) of \(settings.rounds)"
    for seat in seats where seat?.trial != nil { observe(.unit(label: label)) }
  }

  // MARK: Finishing

  /// Lets a member answer all rows; answers why it could not, which costs its accuracy but not its times.
  private func answerAllRows(_ seat: Seat, _ trial: Trial) throws(PipelineError) -> String? {
    do {
      let request = WorkerRequest.evaluate(outputPath: outputPath(trial))
      switch try seat.process.ask(request, timeout_s: Self.evaluateTimeout_s) {
      case .evaluated: return nil
      case .failed(_, let message): return message
      default: return "the worker answered something else than its outputs"
      }
    } catch {
      guard error.code == .worker else { throw error }
      return "\(error)"
    }
  }

  private func finish(
    _ seats: [Seat?], _ evaluate: Set<Trial>, _ requests: BlockRequests, _ result: inout Launch
  ) throws(PipelineError) {
    for seat in seats {
      guard let seat else { continue }
      defer { seat.process.end() }
      guard let trial = seat.trial else { continue }
      if let reply = try ask(seat, .memory, Self.blockTimeout_s, stage: .measure, &result),
        case .memory(let memory) = reply
      {
        seat.memory = memory
      }
      if evaluate.contains(trial) {
        if let reply = try ask(seat, .execution, Self.blockTimeout_s, stage: .measure, &result),
          case .execution(let report) = reply
        {
          result.execution[trial] = report
        }
        result.evaluated[trial] = .some(try answerAllRows(seat, trial))
      }
      guard result.failures[trial] == nil else { continue }
      result.records[trial] = LaunchRecord(
        launch: result.group.launch, phases: seat.phases, warmUp: seat.warmUp, blocks: seat.blocks,
        memory: seat.memory, inferencesPerSample: requests.inferencesPerSample)
    }
  }
}
