public import AssayCore

extension Goal {
  /// Reads a goal as people write it.
  ///
  /// A constraint has the grammar of a gate; `accuracy.drop` stands for `accuracy.top1 drop`, `latency`, `accuracy`, `size` and
  /// `memory` for `latency.p50`, `accuracy.top1`, `size.file` and `memory.peak`. A text may hold several, with commas between.
  ///
  /// - Throws: what is wrong with a constraint: an unknown metric with the nearest name, a limit nothing can meet, two limits that
  ///   contradict each other, a comparison with an earlier run.
  public init(_ priority: Priority = .balanced, constraints texts: [String], at place: Place? = nil) throws(GateError) {
    var gates: [Gate] = []
    for text in texts.flatMap({ $0.split(separator: ",") }) {
      let written = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      guard !written.isEmpty else { continue }
      let gate = try Gate(parsing: Self.spelledOut(written), metrics: MetricCatalog.all, at: place)
      if !gates.contains(gate) { gates.append(gate) }
    }
    self.init(priority, subjectTo: gates)
    do {
      try refuseImpossible()
    } catch {
      throw place.map(error.located) ?? error
    }
  }

  /// A constraint with the short names written out.
  private static func spelledOut(_ text: String) -> String {
    guard let bound = text.firstIndex(where: { "<>=≤≥".contains($0) }) else { return text }
    var words = text[..<bound].split(separator: " ").map(String.init)
    guard let first = words.first else { return text }
    for change in ["drop", "rise"] where first.hasSuffix("." + change) && words.count == 1 {
      words = [String(first.dropLast(change.count + 1)), change]
    }
    let short = ["latency": "latency.p50", "accuracy": "accuracy.top1", "size": "size.file", "memory": "memory.peak"]
    words[0] = short[words[0]] ?? words[0]
    return words.joined(separator: " ") + " " + text[bound...]
  }

  /// Refuses what no model can meet, before anybody waits for a measurement.
  private func refuseImpossible() throws(GateError) {
    for gate in constraints {
      guard let metric = MetricCatalog.metric(named: gate.metric) else { continue }
      if gate.reference == .earlierRun {
        throw GateError(
          .impossible, "'\(gate.text)' compares with an earlier run, but a choice is made within one run",
          remedy: "write \(metric.direction == .higherIsBetter ? "drop" : "rise"), which is against the baseline")
      }
      guard gate.reference == .limit else { continue }
      if gate.bound == .atMost, gate.limit <= 0, metric.unit == "ns" || metric.name.hasPrefix("size.") {
        throw GateError(
          .impossible, "no model can meet '\(gate.text)': \(metric.name) is always above 0",
          remedy: "raise the limit")
      }
      if metric.unit == "fraction", metric.kind == .quality || metric.direction == .neutral,
        gate.bound == .atLeast ? gate.limit > 1 : gate.limit < 0
      {
        throw GateError(
          .impossible, "no model can meet '\(gate.text)': \(metric.name) lies between 0 and 100 %",
          remedy: "\(gate.bound == .atLeast ? "lower" : "raise") the limit")
      }
    }
    for lower in constraints where lower.reference == .limit && lower.bound == .atLeast {
      for upper in constraints where upper.reference == .limit && upper.bound == .atMost {
        guard lower.metric == upper.metric, lower.limit > upper.limit else { continue }
        throw GateError(
          .contradictory, "'\(lower.text)' and '\(upper.text)' contradict each other",
          remedy: "leave one of the two out")
      }
    }
  }
}
