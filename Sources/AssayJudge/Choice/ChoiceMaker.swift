public import AssayCore
import AssayMeasure
import Glibc

/// The choices of a run, one for each comparison group, in the order of the record.
///
/// Values decide what is best: the variant that a search through all values finds is the one recommended, but that among
/// variants shown to be the same the more accurate, then the smaller and then the faster one goes first. Intervals decide how
/// sure that is.
///
/// - Parameter goal: What is wanted. Without a constraint on accuracy a drop of at most 1 point (or 5 % of an error, or 99 %
///   of the same answers) is assumed and said, unless accuracy is the priority; a balanced choice without a constraint on
///   time assumes at most 5 % more of it than the baseline takes.
/// - Complexity: O(n log n) for n samples, O(v²) in variants of a group.
public func choices(_ record: RunRecord, goal: Goal, confidence: Double = 0.95) -> [Choice] {
  let table = EvidenceTable(record)
  var seen: Set<ComparisonGroup> = []
  let groups = table.order.map(\.group).filter { seen.insert($0).inserted }
  return groups.map { ChoiceMaker(ChoiceTable(table, $0, confidence: confidence), goal).make() }
}

/// Makes the choice of one group.
struct ChoiceMaker {
  let table: ChoiceTable
  let goal: Goal
  let constraints: [ChoiceConstraint]
  let judge: ConstraintJudge
  let objective: Objective?

  /// A member with its standing.
  struct Placed {
    let member: ChoiceMember
    var candidate: ChoiceCandidate
  }

  init(_ table: ChoiceTable, _ goal: Goal) {
    self.table = table
    self.goal = goal
    judge = ConstraintJudge(table: table)
    objective = Objective(goal.priority, table)
    constraints =
      goal.constraints.map { ChoiceConstraint($0) }
      + [Self.assumedQuality(goal, table), Self.assumedTime(goal, table)].compactMap { text in
        text.flatMap { try? Gate(parsing: $0, metrics: MetricCatalog.all) }.map {
          ChoiceConstraint($0, isAssumed: true)
        }
      }
  }

  /// The constraint on quality where nothing is said of it: the fastest net would be one that always answers the same.
  private static func assumedQuality(_ goal: Goal, _ table: ChoiceTable) -> String? {
    let isSaid = goal.constraints.contains { $0.metric.hasPrefix("accuracy.") || $0.metric.hasPrefix("drift.") }
    guard goal.priority != .accuracy, !isSaid, let quality = table.quality else { return nil }
    switch quality.name {
    case "drift.agreement", "drift.cosine": return "\(quality.name) >= 99 %"
    case _ where table.baseline == nil: return nil
    case "accuracy.mse": return "accuracy.mse rise <= 5 %"
    default: return "\(quality.name) drop <= 1 pp"
    }
  }

  /// A balance may pay time with bytes; who said nothing does not expect a slower model.
  private static func assumedTime(_ goal: Goal, _ table: ChoiceTable) -> String? {
    let isSaid = goal.constraints.contains { $0.metric.hasPrefix("latency.") || $0.metric == "throughput" }
    guard goal.priority == .balanced, !isSaid, table.baseline?.value(table.time) != nil else { return nil }
    return "\(table.time.name) \(table.time.direction == .higherIsBetter ? "drop" : "rise") <= 5 %"
  }

  func make() -> Choice {
    guard let objective else {
      return nothing("no variant was judged for accuracy: the data have no labels, or judging failed")
    }
    guard !table.measured.isEmpty else { return nothing(reasonForNothing) }
    let placed = place(objective)
    guard placed.contains(where: { $0.candidate.value != nil }) else {
      var choice = nothing("no variant has a value of \(objective.name)")
      choice.candidates = placed.map(\.candidate)
      return choice
    }
    let finder = LeadFinder(table, objective)
    let fitting = placed.filter(\.candidate.fits)
    var choice = nothing("")
    choice.objective = objective.name
    guard let winner = Winner(fitting.map(\.member), finder) else {
      return noneFits(placed, choice)
    }
    choice.answer = winner.answer
    choice.candidates = ordered(placed, winner: winner).map(\.candidate)
    let words = ChoiceWords(table: table, objective: objective, finder: finder)
    choice.headline = words.headline(winner, goal.priority)
    choice.runnerUp = winner.second.map { words.runnerUp($0, behind: winner.best) }
    choice.constraintCosts = costs(placed, winner, finder, words)
    let advice = ChoiceAdvice(table: table, goal: goal, words: words)
    choice.reasons = advice.reasons(for: winner.best)
    choice.remarks =
      words.remarks(winner, constraints, candidates: choice.candidates) + advice.remarks(fitting: fitting.map(\.member))
    choice.next = advice.next(
      winner, finder: finder, checks: placed.first { $0.member.variant == winner.best.variant }?.candidate.checks ?? [])
    return choice
  }

  private var reasonForNothing: String {
    guard !table.members.isEmpty else { return "the group has no trial" }
    let failed = table.members.compactMap(\.evidence.failure)
    if failed.count == table.members.count {
      return failed.count == 1 ? "the only trial \(failed[0])" : "no trial was completed; the first \(failed[0])"
    }
    return "no trial was measured"
  }

  private func nothing(_ reason: String) -> Choice {
    Choice(
      group: table.group, priority: goal.priority, constraints: constraints, answer: .nothing(reason: reason),
      headline: "Nothing to choose from: \(reason).", objective: objective?.name ?? goal.priority.rawValue,
      candidates: table.members.map {
        ChoiceCandidate(
          variant: $0.variant, steps: $0.summary.steps, standing: .unknown($0.evidence.failure ?? reason), value: nil,
          change: nil, checks: [], isOnFront: false)
      }, front: front, runnerUp: nil, constraintCosts: [], reasons: [], remarks: [], next: [])
  }

  // MARK: Standing

  private func place(_ objective: Objective) -> [Placed] {
    let front = Set(front)
    let finder = LeadFinder(table, objective)
    return table.members.map { member in
      let checks = constraints.map { judge.check($0.gate, member) }
      let value = objective.value(of: member, in: table)
      var standing = ChoiceCandidate.Standing.fits
      if let failure = member.evidence.failure {
        standing = .unknown(failure)
      } else if value == nil {
        standing = .unknown(missing(objective, member))
      } else if checks.contains(where: { !$0.isMet }) {
        let unknown = checks.lazy.compactMap { check -> String? in
          if case .unknown(let reason) = check.result { "\(check.gate.metric): \(reason)" } else { nil }
        }.first
        // A constraint that is missed for sure says more than one without a value.
        let isMissed = checks.contains { $0.result == .missed || $0.result == .missedNotShown }
        standing = isMissed ? .misses : .unknown(unknown ?? "not measured")
      }
      var change: Change?
      if !member.isBaseline, let baseline = table.baseline {
        switch objective {
        case .metric(let metric): change = member.summary[metric]?.change
        case .balanced:
          change = finder.lead(of: baseline, over: member).map {
            Change(.ratio, .value(exp($0.amount)), interval: $0.factorInterval)
          }
        }
      }
      return Placed(
        member: member,
        candidate: ChoiceCandidate(
          variant: member.variant, steps: member.summary.steps, standing: standing,
          value: member.evidence.failure == nil ? value : nil, change: change, checks: checks,
          isOnFront: front.contains(member.variant)))
    }
  }

  private func missing(_ objective: Objective, _ member: ChoiceMember) -> String {
    switch objective {
    case .metric(let metric): "\(metric.name): \(member.summary[metric]?.reason ?? "not measured")"
    case .balanced: "time, size or memory is missing"
    }
  }

  /// Fitting ones, the winner first, then by value; then those that miss, the nearest first; then those without a value.
  private func ordered(_ placed: [Placed], winner: Winner?) -> [Placed] {
    func key(_ item: Placed) -> (Int, Double) {
      switch item.candidate.standing {
      case .fits:
        if item.member.variant == winner?.best.variant { return (0, 0) }
        guard let value = item.candidate.value, let objective else { return (1, .infinity) }
        return (1, objective.isBetter(0, than: 1) ? value : -value)
      case .misses: return (2, Self.excess(item.candidate))
      case .unknown: return (3, 0)
      }
    }
    return placed.enumerated().sorted {
      let (a, b) = (key($0.element), key($1.element))
      return (a.0, a.1, $0.offset) < (b.0, b.1, $1.offset)
    }.map(\.element)
  }

  /// The largest miss of any constraint.
  private static func excess(_ candidate: ChoiceCandidate) -> Double {
    candidate.checks.map(\.excess).max() ?? .infinity
  }

  /// The variants that none beats in both cost and quality.
  private var front: [String] {
    guard let quality = table.quality else { return [] }
    let cost: Metric =
      switch goal.priority {
      case .speed, .accuracy, .balanced: table.time
      case .size: table.size
      case .memory: table.memory
      }
    var names: [String] = []
    var points: [ParetoPoint] = []
    for member in table.measured {
      guard let value = member.value(cost), value > 0 else { continue }
      let benefit =
        Objective.metric(quality).value(of: member, in: table).map { -LaunchTest.sign(quality) * $0 }
      guard let benefit else { continue }
      names.append(member.variant)
      points.append(ParetoPoint(cost: LaunchTest.sign(cost) > 0 ? value : 1 / value, benefit: benefit))
    }
    return paretoFront(points).map { names[$0] }
  }

  // MARK: No fit

  private func noneFits(_ placed: [Placed], _ template: Choice) -> Choice {
    var choice = template
    let order = ordered(placed, winner: nil)
    choice.candidates = order.map(\.candidate)
    // The baseline needs no work, so it is the nearest only where nothing else is.
    let nearest = order.first { $0.candidate.standing == .misses }
    choice.answer = .noneFits(nearest: nearest?.member.variant)
    if let nearest {
      let missed = nearest.candidate.checks.filter { !$0.isMet }.map(judge.miss)
      choice.headline = "None fits: nearest is \(nearest.member.variant), which \(missed.joined(separator: " and "))."
    } else {
      let reason = order.lazy.compactMap(\.unknownReason).first ?? "nothing was measured"
      choice.headline = "None can be shown to fit: \(reason)."
    }
    choice.remarks = conflicts(placed) + ChoiceWords.assumptions(constraints)
    let advice = ChoiceAdvice(
      table: table, goal: goal,
      words: ChoiceWords(
        table: table, objective: objective ?? .balanced, finder: LeadFinder(table, objective ?? .balanced)))
    choice.next = advice.nextWhereNoneFits(nearest?.candidate)
    return choice
  }

  /// Who meets each constraint, where no one meets all.
  private func conflicts(_ placed: [Placed]) -> [String] {
    let known = placed.filter { if case .unknown = $0.candidate.standing { false } else { true } }
    let parts = constraints.indices.map { index in
      let names = known.filter { $0.candidate.checks[index].isMet }.map(\.member.variant)
      return "'\(constraints[index].gate.text)' is met by "
        + (names.isEmpty ? "none" : names.count > 4 ? "\(names.count) variants" : names.joined(separator: ", "))
    }
    guard !known.isEmpty, !parts.isEmpty else { return [] }
    let together = parts.count > 1 ? "; none meets all" : ""
    return [parts.joined(separator: "; ") + together + "."]
  }

  // MARK: What constraints cost

  private func costs(
    _ placed: [Placed], _ winner: Winner, _ finder: LeadFinder, _ words: ChoiceWords
  ) -> [ChoiceConstraintCost] {
    constraints.indices.map { index in
      let gate = constraints[index].gate
      let others = placed.filter { item in
        guard item.candidate.value != nil, item.member.evidence.failure == nil else { return false }
        return item.candidate.checks.enumerated().allSatisfy { $0.offset == index || $0.element.isMet }
      }
      guard let best = Winner(others.map(\.member), finder)?.best, best.variant != winner.best.variant,
        let lead = finder.lead(of: best, over: winner.best), lead.amount > 0
      else {
        return ChoiceConstraintCost(
          gate: gate, variant: winner.best.variant, factor: 1, text: "'\(gate.text)' costs nothing")
      }
      let check = placed.first { $0.member.variant == best.variant }?.candidate.checks[index]
      return ChoiceConstraintCost(
        gate: gate, variant: best.variant, factor: lead.factor ?? 1,
        text: "without '\(gate.text)' it would be \(best.variant), \(words.ahead(lead))"
          + (check.map { " (\($0.text))" } ?? ""))
    }
  }
}

extension ChoiceMaker.Placed {
  fileprivate var unknownReason: String? {
    if case .unknown(let reason) = candidate.standing { "\(member.variant): \(reason)" } else { nil }
  }
}

/// The best of several variants, and what is known of the others against it.
struct Winner {
  let best: ChoiceMember
  /// The best value, where another that is the same was preferred to it for other reasons.
  let tied: [ChoiceMember]
  /// Those that are not told apart from the best, nearest first, with its lead over them.
  let rivals: [(member: ChoiceMember, lead: Lead)]
  /// The second best by value.
  let second: ChoiceMember?
  /// How many fit.
  let count: Int

  init?(_ members: [ChoiceMember], _ finder: LeadFinder) {
    let valued = members.compactMap { member in
      finder.objective.value(of: member, in: finder.table).map { (member: member, value: $0) }
    }
    let order = valued.enumerated().sorted { a, b in
      if finder.objective.isBetter(a.element.value, than: b.element.value) { return true }
      if finder.objective.isBetter(b.element.value, than: a.element.value) { return false }
      return a.offset < b.offset
    }.map(\.element.member)
    guard var first = order.first else { return nil }
    // Launches in turns are not disturbed by what disturbs values.
    for member in order.dropFirst() where finder.lead(of: member, over: first)?.finding == .ahead { first = member }
    let leader = first
    let same = order.filter { member in
      member.variant == leader.variant || finder.lead(of: leader, over: member)?.finding == .same
    }
    // What is the same as the baseline takes its place only where it is worse in nothing else.
    var candidates = same
    if let baseline = same.first(where: \.isBaseline) {
      candidates = same.filter { $0.isBaseline || !Self.isWorse($0, than: baseline, finder.table) }
    }
    var best = candidates.first { $0.variant == leader.variant } ?? candidates.first { $0.isBaseline } ?? leader
    for member in candidates where member.variant != best.variant && Self.isPreferred(member, to: best, finder) {
      best = member
    }
    self.best = best
    count = order.count
    tied = same.filter { $0.variant != best.variant }
    let names = Set(same.map(\.variant))
    var open: [(member: ChoiceMember, lead: Lead)] = []
    for member in order where !names.contains(member.variant) {
      if let lead = finder.lead(of: best, over: member), lead.finding == .open { open.append((member, lead)) }
    }
    rivals = open
    let winner = best.variant
    second = order.first { $0.variant != winner }
  }

  /// Whether a variant is shown to be worse in accuracy, bytes, time or memory.
  private static func isWorse(_ a: ChoiceMember, than b: ChoiceMember, _ table: ChoiceTable) -> Bool {
    [table.quality, MetricCatalog.fileSize, table.time, table.memory].compactMap(\.self).contains { metric in
      LeadFinder(table, .metric(metric)).lead(of: b, over: a)?.finding == .ahead
    }
  }

  /// Of variants that are the same in what the priority compares: the more accurate, then the smaller, then the faster, then the
  /// one with fewer steps.
  private static func isPreferred(_ a: ChoiceMember, to b: ChoiceMember, _ finder: LeadFinder) -> Bool {
    let table = finder.table
    for metric in [table.quality, table.size, table.time].compactMap(\.self) {
      let objective = Objective.metric(metric)
      guard let own = objective.value(of: a, in: table), let other = objective.value(of: b, in: table), own != other
      else {
        continue
      }
      return objective.isBetter(own, than: other)
    }
    return a.summary.steps.count < b.summary.steps.count
  }

  var answer: ChoiceAnswer {
    guard !rivals.isEmpty else { return .recommended(best.variant) }
    return .undecided(best: best.variant, rivals: rivals.map(\.member.variant), moreLaunches: moreLaunches)
  }

  /// Launches that would probably tell the best from every rival; nil where that is too many, or no launch tells.
  var moreLaunches: Int? {
    var most = 0
    for rival in rivals {
      guard rival.lead.answers == nil, !rival.lead.isOfSeeds,
        let more = LaunchEstimate.more(scores: rival.lead.scores, tolerance: rival.lead.tolerance)
      else { return nil }
      most = max(most, more)
    }
    return most > 0 ? most : nil
  }
}
