import AssayCore
import AssayJudge
import AssayMeasure

/// How requests came, where that was not simply one after the other.
func scenarioSentences(_ record: RunRecord) -> [String] {
  var sentences: [String] = []
  let scenarios = Set(record.groups.map(\.group.scenario))
  if scenarios.contains(.multiStream), let streams = record.settings.requests?.streams {
    sentences.append(
      "Multi-stream: a query is \(counted(streams, "inference")) issued together and made one after another; its latency "
        + "is that of the whole query.")
  }
  if scenarios.contains(.offline) {
    sentences.append("Offline: all inferences wait from the start, so throughput counts and there is no latency.")
  }
  if scenarios.contains(.server) {
    sentences.append(
      "Server: requests arrive at random (Poisson), at the same times for all variants of a group; latency counts from the "
        + "scheduled arrival, waiting included.")
  }
  for group in record.groups {
    guard let offered = group.offered else { continue }
    let capacity = offered.capacity_perSecond.map {
      ", \(QuantityText.share(offered.rate_perSecond / $0)) of what the baseline does one after another"
    }
    sentences.append(
      "\(group.group.baseline), \(counted(group.group.threads, "thread")), batch \(group.group.batch), server: "
        + "\(QuantityText.count(offered.rate_perSecond)) requests/s" + (capacity ?? "") + ".")
  }
  return sentences
}

/// What the parent process used of a core while others measured.
func parentSentence(_ record: RunRecord) -> String? {
  let shares = record.groups.flatMap(\.launches).compactMap(\.parentShare)
  guard let largest = shares.max(), let middle = median(shares) else { return nil }
  let percent: (Double) -> String = { QuantityText.fixed($0 * 100, decimals: 2) }
  return "While a worker measures, the parent process uses \(percent(middle)) % of a core "
    + "(median of launches; at most \(percent(largest)) %)."
}

/// Leaks and overloads.
func remarkSentences(_ record: RunRecord) -> [String] {
  trialRemarks(record).map { remark in
    let group = remark.trial.group
    let name =
      "\(remark.trial.variant) of \(group.baseline) (\(counted(group.threads, "thread")), batch \(group.batch), "
      + "\(group.scenario.rawValue))"
    switch remark.kind {
    case .suspectedLeak(let slope_B):
      return "Leak suspected: \(name) grew in every launch, by about \(QuantityText.bytes(slope_B)) an inference."
    case .overloaded(let utilization):
      return "Overloaded: \(name) gets \(QuantityText.ratio(utilization)) s of work a second; its queue grows, and its "
        + "latencies would be longer in longer blocks."
    }
  }
}
