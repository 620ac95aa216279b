import AssayCore
import AssayMeasure

/// What is read around a block, outside its timed part.
struct BlockMeter {
  /// Which readings beside the time.
  enum Scope { case timeOnly, timeMemoryEnergy }

  /// Readings just before a block.
  struct Begin {
    fileprivate var usage: ResourceUsage
    fileprivate var energy: EnergyCounter.Reading?
  }

  private let scope: Scope
  private let counter: EnergyCounter?

  init(of scope: Scope) {
    self.scope = scope
    counter = scope == .timeOnly ? nil : try? EnergyCounter()
  }

  func begin() -> Begin { Begin(usage: .now(), energy: counter?.now()) }

  /// The block that began with `begin` and has just ended.
  func end(
    _ begin: Begin, _ latencies_ns: [UInt64], elapsed_ns: UInt64, server: ServerBlockRecord? = nil
  ) -> WorkerBlock {
    var energy_uJ: UInt64?
    if let counter, let before = begin.energy, let after = counter.now() {
      energy_uJ = counter.energy_uJ(from: before, to: after)
    }
    let usage = ResourceUsage.now().since(begin.usage)
    return WorkerBlock(
      samples: Samples(latencies_ns), elapsed_ns: elapsed_ns, involuntarySwitches: usage.involuntarySwitches,
      anonymous_B: scope == .timeOnly ? nil : ProcessMemory.anonymous_B(), energy_uJ: energy_uJ, server: server)
  }
}

extension PoissonArrivals {
  init(_ asked: WorkerArrivals, limit: Int) {
    self.init(rate_perSecond: asked.rate_perSecond, window_ns: asked.window_ns, seed: asked.seed, limit: limit)
  }
}

extension ServerBlockRecord {
  init(_ timing: ServerTiming, _ arrivals: PoissonArrivals) {
    self.init(
      window_ns: arrivals.window_ns, busy_ns: timing.busy_ns, backlog: timing.backlog, unanswered: timing.unanswered)
  }
}
