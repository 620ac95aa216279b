import AssayCore

extension SuiteMeasure {
  /// Reads the section `measure:`; what it does not say keeps its default.
  init(_ value: SuiteValue) throws(PipelineError) {
    let keys = try value.mapping()
    try keys.refuseUnknown([
      "threads", "batch", "scenario", "launches", "rounds", "block", "seed", "accuracy-rows", "hot-input",
    ])
    self.init()
    if let threads = keys["threads"] {
      self.threads = try threads.oneOrMore("a whole number") { value throws(PipelineError) in
        try value.integer(1...1024)
      }
    }
    if let batch = keys["batch"] {
      batches = try batch.oneOrMore("a whole number") { value throws(PipelineError) in try value.integer(1...1_000_000)
      }
    }
    if let scenario = keys["scenario"] {
      scenarios = try scenario.oneOrMore("a scenario") { value throws(PipelineError) in try value.choice(Scenario.self)
      }
    }
    if let launches = try keys["launches"]?.integer(1...10_000) { settings.launches = launches }
    if let rounds = try keys["rounds"]?.integer(1...100_000) { settings.rounds = rounds }
    if let block = try keys["block"]?.duration_ns(1_000...60_000_000_000) { settings.block_ns = block }
    if let seed = try keys["seed"]?.integer(0...UInt64.max) { settings.seed = seed }
    if let rows = try keys["accuracy-rows"]?.integer(1...Int(Int32.max)) { settings.accuracyRows = rows }
    if let isHot = try keys["hot-input"]?.bool() { settings.hotInput = isHot }
  }
}

extension SuiteValue {
  /// A time with its unit, `10 ms`, in nanoseconds.
  func duration_ns(_ range: ClosedRange<UInt64>) throws(PipelineError) -> UInt64 {
    let takes = "a time from \(Self.duration(range.lowerBound)) to \(Self.duration(range.upperBound)), like 10 ms"
    let text = try text(takes)
    let number = text.prefix { "0123456789+-.eE".contains($0) }
    let unit = text.dropFirst(number.count).drop { $0 == " " }
    guard let unit_ns = Self.units_ns.first(where: { $0.names.contains(String(unit)) })?.value,
      let value = finiteNumber(String(number)), let duration_ns = UInt64(exactly: (value * unit_ns).rounded()),
      range.contains(duration_ns)
    else { throw wrong(takes: takes) }
    return duration_ns
  }

  /// Both letters that look like µ are written for micro: U+00B5 and U+03BC.
  private static let units_ns: [(names: [String], value: Double)] = [
    (["ns"], 1), (["us", "\u{b5}s", "\u{3bc}s"], 1e3), (["ms"], 1e6), (["s"], 1e9),
  ]

  private static func duration(_ value_ns: UInt64) -> String {
    let unit = units_ns.last { UInt64($0.value) <= value_ns } ?? units_ns[0]
    return "\(value_ns / UInt64(unit.value)) \(unit.names[0])"
  }
}
