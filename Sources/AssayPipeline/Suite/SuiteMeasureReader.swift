import AssayCore

extension SuiteMeasure {
  /// Reads the section `measure:`; what it does not say keeps its default.
  init(_ value: SuiteValue) throws(PipelineError) {
    let keys = try value.mapping()
    try keys.refuseUnknown([
      "threads", "batch", "scenario", "launches", "rounds", "block", "seed", "accuracy-rows", "hot-input", "streams",
      "rate", "load",
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
    settings.requests = try requests(keys)
  }

  /// How requests come; nil when no scenario needs to know.
  private func requests(_ keys: SuiteMapping) throws(PipelineError) -> RequestSettings? {
    for (key, scenario) in [("streams", Scenario.multiStream), ("rate", .server), ("load", .server)] {
      guard let entry = keys.entries.first(where: { $0.key == key }), !scenarios.contains(scenario) else { continue }
      throw PipelineError(
        .suiteInvalid, "\(entry.value.name) belongs to the scenario \(scenario.rawValue), which is not asked for",
        at: entry.place, remedy: "add \(scenario.rawValue) to scenario, or leave \(key) out")
    }
    if keys["rate"] != nil, let load = keys.entries.first(where: { $0.key == "load" }) {
      throw PipelineError(
        .suiteInvalid, "\(load.value.name) and 'measure.rate' both say how fast requests arrive", at: load.place,
        remedy: "leave one of the two out")
    }
    guard scenarios.contains(.multiStream) || scenarios.contains(.server) else { return nil }
    var requests = RequestSettings()
    if let streams = try keys["streams"]?.integer(1...10_000) { requests.streams = streams }
    requests.rate_perSecond = try keys["rate"]?.rate_perSecond(0.1...1_000_000)
    if let load = keys["load"] { requests.load = try load.share() }
    if keys["block"] != nil { requests.serverBlock_ns = settings.block_ns }
    return requests
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

  /// How often something comes, `500 /s`, a second.
  func rate_perSecond(_ range: ClosedRange<Double>) throws(PipelineError) -> Double {
    let takes = "requests a second from \(range.lowerBound) to \(Int(range.upperBound)), like 500 /s"
    let text = try text(takes)
    let number = text.prefix { "0123456789+-.eE".contains($0) }
    guard text.dropFirst(number.count).drop(while: { $0 == " " }) == "/s", let value = finiteNumber(String(number)),
      range.contains(value)
    else { throw wrong(takes: takes) }
    return value
  }

  /// A number between 0 and 1, both excluded.
  fileprivate func share() throws(PipelineError) -> Double {
    let takes = "a number between 0 and 1, like 0.7"
    guard let value = finiteNumber(try text(takes)), value > 0, value < 1 else { throw wrong(takes: takes) }
    return value
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
