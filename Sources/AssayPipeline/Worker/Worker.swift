import AssayCore
import AssayData
import AssayMeasure
public import AssayRuntime
import FoundationEssentials
import Glibc

/// The child's side of a measurement: reads requests from standard input, answers on standard output, sleeps between.
///
/// The engine is opened, fed and timed on this one thread; everything that takes part in a block is allocated before it.
public struct Worker {
  private let engines: [any Engine]

  public init(engines: [any Engine]) { self.engines = engines }

  /// Serves until the parent says `end` or closes the pipe.
  public func serve() {
    ProcessLayout.apply()
    reply(.ready)
    var subject: Subject?
    while let line = readLine(strippingNewline: true) {
      guard let request = try? JSONDecoder().decode(WorkerRequest.self, from: Data(line.utf8)) else {
        reply(.failed(stage: .start, message: "a request cannot be decoded"))
        continue
      }
      if case .end = request { break }
      reply(answer(request, &subject))
    }
  }

  private func reply(_ message: WorkerReply) {
    guard var line = try? JSONEncoder().encode(message) else { return }
    line.append(UInt8(ascii: "\n"))
    var sent = 0
    while sent < line.count {
      let count = line.withUnsafeBytes { write(1, $0.baseAddress.map { $0 + sent }, line.count - sent) }
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      sent += count
    }
  }

  private func answer(_ request: WorkerRequest, _ subject: inout Subject?) -> WorkerReply {
    do {
      switch request {
      case .open(.control):
        subject = .control(ControlMember())
        return .opened(WorkerOpened(load_ns: 0, firstInference_ns: 0))
      case .open(.model(let model)):
        let member = try ModelMember(model, engines: engines)
        subject = .model(member)
        return .opened(member.opened)
      case .end: return .ready
      case .warmUp, .block, .queries, .serve, .memory, .execution, .evaluate: break
      }
      switch subject {
      case .control(let member)?: return member.answer(request)
      case .model(let member)?: return try member.answer(request)
      case nil: return .failed(stage: .start, message: "nothing is open")
      }
    } catch {
      return .failed(stage: Self.stage(of: request), message: "\(error)")
    }
  }

  private static func stage(of request: WorkerRequest) -> TrialFailure.Stage {
    switch request {
    case .open: .load
    case .warmUp, .block, .queries, .serve: .inference
    case .evaluate: .accuracy
    case .memory, .execution, .end: .measure
    }
  }

  private enum Subject {
    case control(ControlMember)
    case model(ModelMember)
  }
}

/// The calibration kernel as a member of a group.
private final class ControlMember {
  private let kernel = ControlKernel()
  private let buffer = LatencyBuffer(capacity: 1 << 12)
  private let meter = BlockMeter(of: .timeOnly)
  private var timer = BlockTimer(clock: MachineClock(), slotCount: 1)

  func answer(_ request: WorkerRequest) -> WorkerReply {
    switch request {
    case .warmUp:
      let warmUp = timer.warmUp(until: WarmUpRule()) { _ in kernel.run() }
      return .warm(samples: Samples(warmUp.latencies_ns), end: warmUp.end.rawValue)
    case .block(let length_ns):
      let begin = meter.begin()
      let timing = timer.run(block_ns: length_ns, into: buffer) { _ in kernel.run() }
      return .block(meter.end(begin, buffer.prefix(timing.count), elapsed_ns: timing.elapsed_ns))
    case .memory: return .memory(MemoryFigures())
    case .open, .queries, .serve, .execution, .evaluate, .end:
      return .failed(stage: .measure, message: "the control kernel cannot do that")
    }
  }
}

/// A loaded model as a member of a group.
private final class ModelMember {
  let opened: WorkerOpened
  private let model: WorkerModel
  private let engine: any Engine
  private let session: any Session
  private let input: WorkerInput?
  /// The session and its replicas, as blocks use them in turn; see `WorkerModel.replicas`.
  private var bound: [any BoundInference]
  /// Replicas are only kept alive by this.
  private var replicas: [any Session] = []
  private var turn = 0
  private var timer: BlockTimer<MachineClock>
  private var server: ServerTimer<MachineClock>
  private let meter = BlockMeter(of: .timeMemoryEnergy)
  private let buffer = LatencyBuffer(capacity: 1 << 16)
  private var memory = MemoryFigures()
  /// Memory that no file backs when the steady state began.
  private var settled_B: Int?

  /// Memory of inputs that blocks walk through: more than most last-level caches hold.
  private static let pool_B = 48 << 20

  init(_ model: WorkerModel, engines: [any Engine]) throws(EngineError) {
    guard let engine = engines.first(where: { $0.name == model.engine }) else {
      throw EngineError(.missing, "there is no engine '\(model.engine)'")
    }
    self.model = model
    self.engine = engine
    let clock = MachineClock()
    // The library is not the model: its time and memory are not charged to it.
    try engine.start()
    _ = ProcessMemory.resetPeak()
    memory.beforeLoad_B = ProcessMemory.now().resident_B
    let begin = clock.now_ns()
    session = try engine.open(path: model.path, settings: model.settings)
    let load_ns = clock.now_ns() - begin
    memory.afterLoad_B = ProcessMemory.now().resident_B

    if session.inputs.isEmpty {
      // The null engine takes no input; it measures the harness.
      input = nil
    } else {
      input = try WorkerInput(rows: Self.rows(model), session: session, batch: model.batch)
    }
    let bound = try Self.bind(session, model, input, part: 0)
    self.bound = [bound]
    let first = clock.now_ns()
    try bound.infer(0)
    let firstInference_ns = clock.now_ns() - first
    memory.afterFirstInference_B = ProcessMemory.now().resident_B
    memory.peak_B = ProcessMemory.now().peak_B
    timer = BlockTimer(clock: clock, slotCount: bound.poolCount)
    server = ServerTimer(clock: clock, slotCount: bound.poolCount)
    opened = WorkerOpened(load_ns: load_ns, firstInference_ns: firstInference_ns)
  }

  /// Replicas walk through a share of the inputs each: what is bound costs time and memory for every session.
  private static func bind(
    _ session: any Session, _ model: WorkerModel, _ input: WorkerInput?, part: Int
  ) throws(EngineError) -> any BoundInference {
    let limit_B = model.hotInput ? 1 : pool_B
    let inputs = input?.pool(limit_B: limit_B, part: part, of: max(1, model.replicas ?? 1))
    let bound = try session.bind(inputs ?? [[:]])
    return slowed(bound, by: model.slowdown)
  }

  /// Opens the replicas and warms them, after everything that is told of a single session was measured.
  private func replicate() throws(EngineError) -> [UInt64] {
    var latencies_ns: [UInt64] = []
    for part in bound.count..<max(1, model.replicas ?? 1) {
      let session = try engine.open(path: model.path, settings: model.settings)
      let bound = try Self.bind(session, model, input, part: part)
      let rule = WarmUpRule(window_ns: 1_000_000, tolerance: 0.05, maximum_ns: 100_000_000)
      let warmUp = try timer.warmUp(until: rule) { slot throws(EngineError) in try bound.infer(slot) }
      latencies_ns += warmUp.latencies_ns
      replicas.append(session)
      self.bound.append(bound)
    }
    return latencies_ns
  }

  /// The session of the next block.
  private func nextBound() -> any BoundInference {
    defer { turn = (turn + 1) % bound.count }
    return bound[turn]
  }

  private static func rows(_ model: WorkerModel) throws(EngineError) -> Tensor {
    do {
      return try NPY.map(model.rowsPath)
    } catch {
      throw EngineError(.input, "the prepared rows cannot be read", cause: error)
    }
  }

  func answer(_ request: WorkerRequest) throws(EngineError) -> WorkerReply {
    switch request {
    case .warmUp:
      let bound = bound[0]
      let warmUp = try timer.warmUp(until: WarmUpRule()) { slot throws(EngineError) in try bound.infer(slot) }
      // Of one session, as everything else that is told of memory.
      memory.proportional_B = ProcessMemory.now(withProportional: true).proportional_B
      let latencies_ns = warmUp.latencies_ns + (try replicate())
      settled_B = ProcessMemory.anonymous_B()
      return .warm(samples: Samples(latencies_ns), end: warmUp.end.rawValue)
    case .block(let length_ns):
      let bound = nextBound()
      let begin = meter.begin()
      let timing = try timer.run(block_ns: length_ns, into: buffer) { slot throws(EngineError) in try bound.infer(slot)
      }
      return .block(meter.end(begin, buffer.prefix(timing.count), elapsed_ns: timing.elapsed_ns))
    case .queries(let length_ns, let inferences):
      let bound = nextBound()
      let begin = meter.begin()
      let timing = try timer.runQueries(of: inferences, block_ns: length_ns, into: buffer) {
        slot throws(EngineError) in try bound.infer(slot)
      }
      return .block(meter.end(begin, buffer.prefix(timing.count), elapsed_ns: timing.elapsed_ns))
    case .serve(let asked):
      let bound = nextBound()
      MachineClock.wakeOnTime()
      let arrivals = PoissonArrivals(asked, limit: buffer.capacity)
      let begin = meter.begin()
      let timing = try server.run(arrivals, limit_ns: asked.limit_ns, into: buffer) { slot throws(EngineError) in
        try bound.infer(slot)
      }
      return .block(
        meter.end(
          begin, buffer.prefix(timing.count), elapsed_ns: timing.elapsed_ns, server: ServerBlockRecord(timing, arrivals)
        ))
    case .memory:
      if let now_B = ProcessMemory.anonymous_B(), let settled_B {
        memory.steadyStateGrowth_B = now_B - settled_B
        if let peak_B = memory.peak_B, let resident_B = memory.afterFirstInference_B {
          memory.peak_B = max(peak_B, resident_B + now_B - settled_B)
        }
      }
      return .memory(memory)
    case .execution: return .execution(try session.executionReport())
    case .evaluate(let path): return try evaluate(to: path)
    case .open, .end: return .failed(stage: .measure, message: "a model is open already")
    }
  }

  /// Answers every row with the session and the batch that were timed; a last, smaller batch where the model admits it.
  private func evaluate(to path: String) throws(EngineError) -> WorkerReply {
    guard let input else { return .failed(stage: .accuracy, message: "the engine answers nothing") }
    var values: [Float] = []
    var start = 0
    while start < input.rowCount {
      let count = min(input.batch, input.rowCount - start)
      let outputs = try session.run(input.batch(from: start, count: count))
      guard let output = outputs.first, output.elementType == .float, output.count % count == 0 else {
        throw EngineError(.inference, "the first output is not float, or not one row for each row of input")
      }
      output.withElements(Float.self) { values.append(contentsOf: $0) }
      start += count
    }
    do {
      let width = values.count / max(1, input.rowCount)
      try NPY.write(Tensor(values, shape: [input.rowCount, width]), to: path)
    } catch {
      throw EngineError(.inference, "the outputs cannot be written", cause: error)
    }
    return .evaluated(rows: input.rowCount)
  }
}
