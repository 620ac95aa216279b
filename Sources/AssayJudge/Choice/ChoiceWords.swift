import AssayCore
import AssayMeasure
import Glibc

/// The sentences of a choice, with the measured numbers in them.
struct ChoiceWords {
  let table: ChoiceTable
  let objective: Objective
  let finder: LeadFinder

  // MARK: The answer

  func headline(_ winner: Winner, _ priority: Priority) -> String {
    let best = winner.best
    if let rival = winner.rivals.first {
      let others = winner.rivals.count > 1 ? " (and \(winner.rivals.count - 1) more)" : ""
      return "Not enough evidence between \(best.variant) and \(rival.member.variant)\(others): \(remedy(winner)). "
        + "Until then \(best.isBaseline ? "keep" : "take") \(best.variant)\(numbersOrNothing(best))."
    }
    if best.isBaseline {
      if table.members.count == 1 { return "Keep the baseline: nothing else was tried." }
      return winner.count == 1
        ? "Keep the baseline: no other variant fits."
        : "Keep the baseline: no variant that fits is \(better(priority))."
    }
    return "Take \(best.variant)\(numbersOrNothing(best))."
  }

  private func remedy(_ winner: Winner) -> String {
    if winner.rivals.contains(where: { $0.lead.answers != nil }), let lead = winner.rivals.first?.lead,
      let answers = lead.answers
    {
      return "\(Self.rows(answers.gained)) against \(answers.lost) that only one of them has right, of "
        + "\(answers.rows.grouped) (\(JudgeText.p(answers.exactP))); more test rows would tell, more launches would not"
    }
    if let lead = winner.rivals.first(where: \.lead.isOfSeeds)?.lead {
      let unit = kind?.unit ?? "fraction"
      let interval = lead.interval.map {
        ", \(JudgeText.coverage($0)) % CI \(JudgeText.difference($0.low, unit)) to \(JudgeText.difference($0.high, unit))"
      }
      return
        "\(JudgeText.difference(lead.amount, unit)) over the training seeds\(interval ?? ""); more seeds would tell, "
        + "more launches would not"
    }
    if let more = winner.moreLaunches { return "run \(more) more \(more == 1 ? "launch" : "launches")" }
    return "more than \(LaunchEstimate.most) further launches would be needed, so treat them as equal"
  }

  private func better(_ priority: Priority) -> String {
    switch priority {
    case .speed: "faster"
    case .accuracy: "more accurate"
    case .size: "smaller"
    case .memory: "content with less memory"
    case .balanced: "better on balance"
    }
  }

  private func numbersOrNothing(_ member: ChoiceMember) -> String {
    let text = numbers(member)
    return text.isEmpty ? "" : ": " + text
  }

  /// What a variant brings against the baseline, the priority's own number first.
  func numbers(_ member: ChoiceMember) -> String {
    guard !member.isBaseline, table.baseline != nil else { return absolute(member) }
    var parts: [String] = []
    let own: [Metric] = if case .metric(let metric) = objective { [metric] } else { [] }
    let all = own + [table.time, MetricCatalog.fileSize, table.memory].filter { metric in !own.contains(metric) }
    for metric in all where metric.kind != .quality {
      // Beside the priority's own number only what differs is worth a word.
      if let text = change(member, metric, isMain: own.contains(metric)) { parts.append(text) }
    }
    if let quality = table.quality, let text = qualityChange(member, quality) {
      if own.contains(quality) { parts.insert(text, at: 0) } else { parts.append(text) }
    }
    return parts.joined(separator: ", ")
  }

  /// The values themselves, where there is no baseline to compare with.
  private func absolute(_ member: ChoiceMember) -> String {
    let size = if case .metric(MetricCatalog.packedSize) = objective { table.size } else { MetricCatalog.fileSize }
    return [table.time, size, table.memory, table.quality].compactMap(\.self).compactMap { metric in
      member.value(metric).map { "\(noun(metric)) \(JudgeText.quantity($0, metric.unit))" }
    }.joined(separator: ", ")
  }

  /// `1.79 times as fast (95 % CI 1.77 to 1.82)`, `26 % of the bytes`.
  func change(_ member: ChoiceMember, _ metric: Metric, isMain: Bool) -> String? {
    guard let change = member.summary[metric]?.change, change.kind == .ratio, let ratio = change.value, ratio > 0 else {
      return nil
    }
    switch metric.kind {
    case .timed:
      let isTime = LaunchTest.sign(metric) > 0
      let interval = isMain ? change.interval.map { isTime ? inverse($0) : $0 } : nil
      let speed = isTime ? 1 / ratio : ratio
      if abs(log(speed)) < 0.005 { return "as fast\(self.interval(interval))" }
      // What is not told from no change must not read like one.
      let isOpen = !isMain && change.interval?.contains(1) == true
      if isOpen, abs(log(speed)) < 0.1 { return "about as fast" }
      let note = isOpen ? " (not told from no change)" : ""
      guard speed < 1 else { return "\(JudgeText.plain(speed)) times as fast\(self.interval(interval))\(note)" }
      return "\(JudgeText.plain(1 / speed)) times as slow\(self.interval(interval.map(inverse)))\(note)"
    case .memory:
      guard isMain || abs(log(ratio)) > 0.05 else { return nil }
      return "\(JudgeText.percent(ratio)) of the memory\(isMain ? interval(change.interval, percent: true) : "")"
    case .exact:
      guard isMain || ratio != 1, let value = member.value(metric) else { return nil }
      return "\(JudgeText.percent(ratio)) of the bytes\(metric == MetricCatalog.packedSize ? " packed" : "")"
        + (isMain ? " (\(JudgeText.quantity(value, metric.unit)))" : "")
    case .quality: return nil
    }
  }

  /// `accuracy −0.06 pp (2 rows lost, 1 gained of 1,797)`.
  func qualityChange(_ member: ChoiceMember, _ metric: Metric) -> String? {
    if metric.name.hasPrefix("drift.") {
      return member.value(metric).map { "\(noun(metric)) \(JudgeText.quantity($0, metric.unit))" }
    }
    guard let change = member.summary[metric]?.change, let value = change.value else { return nil }
    let rows =
      change.flips.map { flips in
        flips.lost + flips.gained == 0
          ? "" : " (\(Self.rows(flips.lost)) lost, \(flips.gained) gained of \(flips.rows.grouped))"
      } ?? change.interval.map { interval in
        // Of seeds, which have no rows in common.
        " (\(JudgeText.coverage(interval)) % CI \(JudgeText.difference(interval.low, metric.unit)) to "
          + "\(JudgeText.difference(interval.high, metric.unit)))"
      } ?? ""
    return "\(noun(metric)) \(value == 0 ? "the same" : JudgeText.difference(value, metric.unit))\(rows)"
  }

  /// What a metric is called in a sentence.
  func noun(_ metric: Metric) -> String {
    switch metric.name {
    case "accuracy.top1": "accuracy"
    case "latency.p50": "time"
    case "size.file": "file"
    case "size.packed": "packed file"
    case "memory.peak": "memory"
    default: metric.name
    }
  }

  // MARK: Pairs

  func runnerUp(_ second: ChoiceMember, behind best: ChoiceMember) -> ChoiceRunnerUp {
    guard let lead = finder.lead(of: best, over: second) else {
      return ChoiceRunnerUp(variant: second.variant, factor: nil, interval: nil, text: second.variant)
    }
    var text = "\(second.variant): \(behind(lead))"
    if case .metric(let metric) = objective, metric.kind == .quality {
    } else if let quality = table.quality,
      let own = Objective.metric(quality).value(of: second, in: table),
      let other = Objective.metric(quality).value(of: best, in: table)
    {
      text +=
        own == other
        ? ", \(noun(quality)) the same"
        : ", \(noun(quality)) \(JudgeText.difference(own - other, quality.unit))"
    }
    return ChoiceRunnerUp(variant: second.variant, factor: lead.factor, interval: lead.factorInterval, text: text)
  }

  /// How the second stands: `3.1 % slower (95 % CI 1.2 to 4.4)`.
  private func behind(_ lead: Lead) -> String {
    if lead.finding == .same { return lead.amount == 0 ? "the same" : "the same within the tolerance" }
    if let answers = lead.answers {
      return "\(Self.rows(answers.gained - answers.lost)) of \(answers.rows.grouped) fewer right "
        + "(\(JudgeText.p(answers.exactP)))"
    }
    guard let factor = lead.factor else {
      guard lead.isOfSeeds else { return "\(JudgeText.plain(lead.amount)) behind" }
      return "\(JudgeText.difference(-lead.amount, kind?.unit ?? "fraction")) over the training seeds"
    }
    return share(factor, lead, words: worseWord)
  }

  /// How a better one stands: `12 % faster`.
  func ahead(_ lead: Lead) -> String {
    if let answers = lead.answers {
      return "\(Self.rows(answers.gained - answers.lost)) of \(answers.rows.grouped) more right"
    }
    guard let factor = lead.factor else { return "\(JudgeText.plain(lead.amount)) better" }
    return "\(JudgeText.plain(factor)) times as \(betterWord)"
  }

  private func share(_ factor: Double, _ lead: Lead, words: String) -> String {
    let interval = lead.factorInterval.map { interval in
      " (\(JudgeText.percents(ConfidenceInterval(low: interval.low - 1, high: interval.high - 1, coverage: interval.coverage))))"
    }
    return factor < 2
      ? "\(JudgeText.percent(abs(factor - 1))) \(factor >= 1 ? words : betterShare)\(interval ?? "")"
      : "\(JudgeText.plain(factor)) times as \(worseTimes)"
  }

  private var kind: Metric? { if case .metric(let metric) = objective { metric } else { nil } }
  private var worseWord: String {
    switch kind?.kind {
    case .timed: "slower"
    case .exact: "larger"
    case .memory: "more memory"
    case .quality: "worse"
    case nil: "behind on balance"
    }
  }
  private var betterShare: String {
    switch kind?.kind {
    case .timed: "faster"
    case .exact: "smaller"
    case .memory: "less memory"
    case .quality: "better"
    case nil: "ahead on balance"
    }
  }
  private var worseTimes: String {
    switch kind?.kind {
    case .timed: "slow"
    case .exact: "large"
    case .memory: "much memory"
    case .quality, nil: "far"
    }
  }
  private var betterWord: String {
    switch kind?.kind {
    case .timed: "fast"
    case .exact: "small"
    case .memory: "sparing of memory"
    case .quality, nil: "good"
    }
  }

  private func inverse(_ interval: ConfidenceInterval) -> ConfidenceInterval {
    ConfidenceInterval(low: 1 / interval.high, high: 1 / interval.low, coverage: interval.coverage)
  }

  private func interval(_ interval: ConfidenceInterval?, percent: Bool = false) -> String {
    guard let interval else { return "" }
    let (low, high) =
      percent
      ? (JudgeText.plain(interval.low * 100), JudgeText.plain(interval.high * 100))
      : (JudgeText.plain(interval.low), JudgeText.plain(interval.high))
    return " (\(JudgeText.coverage(interval)) % CI \(low) to \(high))"
  }

  /// `1 row`, `1,200 rows`.
  static func rows(_ count: Int) -> String { "\(count.grouped) \(count == 1 ? "row" : "rows")" }

  // MARK: Remarks

  /// What nobody asked for and still holds, in one sentence.
  static func assumptions(_ constraints: [ChoiceConstraint]) -> [String] {
    let assumed = constraints.filter(\.isAssumed).map(\.gate)
    guard !assumed.isEmpty else { return [] }
    let things = assumed.map { MetricCatalog.metric(named: $0.metric)?.kind == .quality ? "accuracy" : "time" }
    let texts = assumed.map { "'\($0.text)'" }
    return [
      "Nothing was said of \(things.joined(separator: " or ")), so \(texts.joined(separator: " and ")) "
        + (assumed.count == 1
          ? "is assumed; --subject-to sets another limit." : "are assumed; --subject-to sets other limits.")
    ]
  }

  func remarks(_ winner: Winner, _ constraints: [ChoiceConstraint], candidates: [ChoiceCandidate]) -> [String] {
    var remarks = Self.assumptions(constraints)
    if table.quality == nil {
      remarks.append("Accuracy was not judged, so it does not count here: give the test data labels.")
    }
    if let doubt { remarks.append(doubt) }
    if table.baseline == nil { remarks.append("The baseline was not measured, so nothing is held against it.") }
    if !winner.tied.isEmpty {
      let names = winner.tied.map(\.variant).joined(separator: ", ")
      remarks.append(
        "\(names) \(winner.tied.count == 1 ? "is" : "are") the same in \(objective.name) within the tolerance; "
          + "\(winner.best.variant) goes first for its \(tieReason(winner)).")
    }
    for check in candidates.first?.checks ?? [] where check.result == .metNotShown {
      let sure = candidates.dropFirst().first { candidate in
        candidate.fits && candidate.checks.allSatisfy { $0.result == .met }
      }
      remarks.append(
        "That \(winner.best.variant) fits is not shown: \(check.text)."
          + (sure.map { " \($0.variant) fits for sure." } ?? ""))
    }
    // What a search did not come to is named among the next steps.
    let lost = candidates.filter { candidate in
      if case .unknown(let reason) = candidate.standing { !reason.contains(RunRecord.notTried) } else { false }
    }
    if !lost.isEmpty {
      remarks.append("Left out without a value: \(lost.map(\.variant).joined(separator: ", ")).")
    }
    return remarks
  }

  /// A baseline that guesses has most likely been given rows that were prepared otherwise than for its training.
  private var doubt: String? {
    guard table.quality?.name == "accuracy.top1", let baseline = table.baseline,
      let value = baseline.value(MetricCatalog.top1),
      let classes = baseline.evidence.dataset?.classCount, classes > 1
    else { return nil }
    let chance = 1 / Double(classes)
    guard value < chance + 0.1 * (1 - chance) else { return nil }
    return
      "The baseline itself has only \(JudgeText.quantity(value, "fraction")) of its answers right, about what guessing gives: "
      + "check scale, mean, std, layout and the label column of the data."
  }

  private func tieReason(_ winner: Winner) -> String {
    // The first of those that are the same is the one with the best value.
    guard let leader = winner.tied.first else { return "fewer steps" }
    for (metric, word) in [(table.quality, "accuracy"), (table.size, "size"), (table.time, "speed")] {
      guard let metric else { continue }
      let objective = Objective.metric(metric)
      guard let own = objective.value(of: winner.best, in: table), let other = objective.value(of: leader, in: table)
      else { continue }
      if objective.isBetter(own, than: other) { return word }
    }
    return winner.best.isBaseline ? "needing no work" : "fewer steps"
  }
}
