import AssayCore
public import AssayJudge

/// A self-test as text for a terminal: false alarms first, then what was found, the noise and the thresholds; every line
/// ends with LF.
public func selftestText(_ report: SelftestReport) -> String {
  var text = headline(report) + "\n" + circumstances(report)
  text += "\nthe model against itself\n"
  let outcomes: [(String, ObservedShare)] = [
    ("regressed (a false alarm)", report.itself.regressed),
    ("unconfirmed (a warning)", report.itself.unconfirmed),
    ("improved (not measured again)", report.itself.improved),
  ]
  for (name, share) in outcomes { text += "  \(padded(name, toWidth: 31))\(shareText(share))\n" }
  if !report.slowdowns.isEmpty {
    text += "\ninjected slowdowns\n"
    for tally in report.slowdowns { text += slowdown(tally) }
  }
  if !report.noise.isEmpty { text += "\nnoise of the model against itself\n" + noise(report.noise) }
  text += "\n" + suggestion(report)
  return text
}

private func headline(_ report: SelftestReport) -> String {
  let rate = report.itself.regressed
  let most = QuantityText.percent(rate.high, decimals: 1)
  return rate.count == 0
    ? "no false alarm in \(counted(rate.total, "comparison")) at a floor of \(percent(report.floor)) (95 % CI up to \(most))"
    : "\(counted(rate.count, "false alarm")) in \(counted(rate.total, "comparison")) at a floor of \(percent(report.floor))"
}

private func circumstances(_ report: SelftestReport) -> String {
  let record = report.record
  let engine = record.environment.engines.first { $0.name == record.engine }
  let settings = record.settings
  let cpus = listed(record.workerCPUs.map(String.init))
  var rows = [
    ("model", visibleLine(record.model ?? "784-300-100-10, made here")),
    ("engine", "\(record.engine) \(engine?.version ?? ""), \(counted(record.threads, "thread"))"),
    ("machine", visibleLine(record.environment.cpuModel)),
    (
      "design",
      "\(counted(settings.launches, "launch", "launches")) of \(counted(settings.rounds, "round")), blocks of "
        + "\(QuantityText.duration(Double(settings.block_ns))), seed \(settings.seed)"
    ),
    ("pinned", cpus.isEmpty ? "no: the machine does not grant it" : "workers to CPU \(cpus)"),
    ("noise", record.noiseCPU.map { "another process is busy on CPU \($0) every other second" } ?? "none of ours"),
    ("time", durations(report.durations)),
  ]
  if record.comparisons.count < record.plannedComparisons {
    rows.append(("stopped", "after \(record.comparisons.count) of \(counted(record.plannedComparisons, "comparison"))"))
  }
  rows += record.remarks.map { ("remark", visibleLine($0)) }
  return rows.map { "  \(padded($0.0, toWidth: 10))\($0.1)\n" }.joined()
}

private func durations(_ durations: SelftestDurations) -> String {
  let pair = "\(seconds(durations.pair_s)) for a pair (at most \(seconds(durations.longestPair_s)))"
  let all = "\(seconds(durations.comparison_s)) with the slowdowns"
  guard let again = durations.confirmation_s else { return "\(pair), \(all); no second measurement" }
  return "\(pair), \(all); \(counted(durations.confirmations, "second measurement")) of \(seconds(again))"
}

private func slowdown(_ tally: SelftestTally) -> String {
  let estimates = tally.estimates.sorted()
  var line = "  " + padded("found +\(percent(tally.slowdown ?? 0))", toWidth: 31) + shareText(tally.regressed)
  if tally.unconfirmed.count > 0 { line += ", \(tally.unconfirmed.count) unconfirmed" }
  if let low = estimates.first, let high = estimates.last {
    line += ", median \(change(median(estimates))) (\(change(low)) to \(change(high)))"
  }
  return line + "\n"
}

private func noise(_ floors: [NoiseFloor]) -> String {
  func cell(_ value: Double?) -> String { value.map { QuantityText.percent($0) } ?? "–" }
  let rows =
    [["metric", "spread", "largest", "resolution", "threshold"]]
    + floors.map { floor in
      [
        floor.metric, cell(floor.spread), cell(floor.largest), cell(floor.resolution),
        floor.threshold.map(percent) ?? "above \(percent(NoiseFloor.candidates.last ?? 0))",
      ]
    }
  let widths = rows[0].indices.map { column in rows.map { displayWidth($0[column]) }.max() ?? 0 }
  return rows.map { row in
    let cells = row.enumerated().map { padded($1, toWidth: widths[$0], right: $0 > 0) }
    return "  " + cells.joined(separator: "  ") + "\n"
  }.joined()
}

private func suggestion(_ report: SelftestReport) -> String {
  var lines: [String] = []
  if let latency = report.noise.first(where: { $0.metric == MetricCatalog.latencyP50.name }) {
    lines.append(
      latency.threshold.map { "gate to begin with on this machine: latency.p50 regression <= \(percent($0))" }
        ?? "no threshold up to \(percent(NoiseFloor.candidates.last ?? 0)) can be kept here: gate on counted metrics, "
        + "or measure on a quieter machine or with more launches")
  }
  lines.append(
    "threshold: the smallest of \(listed(NoiseFloor.candidates.map(percent))) at which no comparison of the model with")
  lines.append("itself looked changed in either direction, and none had an interval wider than that to either side.")
  if report.itself.regressed.total < 20 {
    lines.append("This rests on \(counted(report.itself.regressed.total, "comparison")) only; 40 and more tell a rate.")
  }
  return lines.map { $0 + "\n" }.joined()
}

/// `1 of 40  2.5 % [0.4, 12.9]`.
private func shareText(_ share: ObservedShare) -> String {
  guard let observed = share.share else { return "0 of 0" }
  func number(_ value: Double) -> String { QuantityText.fixed(value * 100, decimals: 1) }
  return
    "\(share.count) of \(share.total), \(number(observed)) % [95 % CI \(number(share.low)) to \(number(share.high))]"
}

private func change(_ fraction: Double) -> String { QuantityText.signed(fraction * 100, decimals: 2) + " %" }

/// `2 %`, `0.5 %`.
private func percent(_ fraction: Double) -> String {
  let value = fraction * 100
  let isWhole = abs(value - value.rounded()) < 1e-9
  return QuantityText.fixed(value, decimals: isWhole ? 0 : 1) + " %"
}

private func seconds(_ seconds: Double) -> String { QuantityText.fixed(seconds, decimals: 1) + " s" }

private func median(_ sorted: [Double]) -> Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }
