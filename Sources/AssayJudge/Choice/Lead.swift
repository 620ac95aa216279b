import AssayCore
import AssayMeasure
import Glibc

/// How far one variant is ahead of another in what a priority compares.
struct Lead {
  enum Finding {
    /// Shown to be better.
    case ahead
    /// Shown to differ by no more than the tolerance, or equal.
    case same
    /// Neither is shown.
    case open
    /// Shown to be worse.
    case behind
  }

  enum Terms {
    /// Log ratios.
    case ratio
    /// Differences in the metric's unit.
    case difference
  }

  var terms: Terms
  /// Positive where the first is better.
  var amount: Double
  /// In the same terms; nil where there is too little to tell, and for what is counted.
  var interval: ConfidenceInterval?
  /// One number a launch; empty where launches do not tell.
  var scores: [Double] = []
  /// What is too small to count, in the same terms.
  var tolerance = 0.0
  var finding: Finding
  /// Rows that one of the two alone has right, for answers.
  var answers: PairedAnswers?
  /// Whether training seeds tell, which more launches do not change.
  var isOfSeeds = false

  /// How many times better the first is, above 1 where it is ahead; nil for differences.
  var factor: Double? { terms == .ratio ? exp(amount) : nil }
  var factorInterval: ConfidenceInterval? { terms == .ratio ? interval?.mapped { exp($0) } : nil }
}

extension Lead {
  /// Of what launches tell: one log ratio a launch, positive where the first is better.
  init?(scores: [Double], tolerance: Double, confidence: Double) {
    guard let sorted = SortedValues(scores) else { return nil }
    self.init(
      terms: .ratio, amount: sorted.median, interval: medianInterval(sorted, confidence: confidence), scores: scores,
      tolerance: tolerance, finding: .open)
    finding = Self.finding(interval, tolerance)
  }

  /// Of two variants without a launch in common, each against the baseline of its own launches.
  init?(_ first: [Double], over second: [Double], tolerance: Double, confidence: Double) {
    guard let shift = ShiftEstimate(base: second, candidate: first, confidence: confidence) else { return nil }
    // As many numbers as there are pairs, with the spread of a difference.
    let scores = zip(first, second).map { $0 - $1 }
    self.init(
      terms: .ratio, amount: shift.shift, interval: shift.interval, scores: scores, tolerance: tolerance, finding: .open
    )
    finding = Self.finding(interval, tolerance)
  }

  /// Of what is counted.
  init(exact amount: Double, terms: Terms) {
    self.init(terms: terms, amount: amount, finding: amount > 0 ? .ahead : amount < 0 ? .behind : .same)
  }

  /// Of answers to the same rows: shown by McNemar's exact test at 5 %.
  init(_ answers: PairedAnswers) {
    let finding: Finding =
      answers.difference == 0 ? .same : answers.exactP >= 0.05 ? .open : answers.difference > 0 ? .ahead : .behind
    self.init(
      terms: .difference, amount: answers.difference, interval: answers.differenceInterval(), finding: finding,
      answers: answers)
  }

  /// Of qualities over training seeds: shown by an interval without zero.
  ///
  /// - Parameter sign: 1 where more is better, −1 where less is.
  init(_ seeds: MeanDifference, sign: Double) {
    let amount = sign * seeds.difference
    let ends = [sign * seeds.interval.low, sign * seeds.interval.high].sorted()
    self.init(
      terms: .difference, amount: amount,
      interval: ConfidenceInterval(low: ends[0], high: ends[1], coverage: seeds.interval.coverage),
      finding: ends[0] > 0 ? .ahead : ends[1] < 0 ? .behind : seeds.standardError > 0 ? .open : .same, isOfSeeds: true)
  }

  private static func finding(_ interval: ConfidenceInterval?, _ tolerance: Double) -> Finding {
    guard let interval else { return .open }
    if -tolerance <= interval.low, interval.high <= tolerance { return .same }
    return interval.low > 0 ? .ahead : interval.high < 0 ? .behind : .open
  }
}

/// Compares the variants of a group in pairs.
struct LeadFinder {
  let table: ChoiceTable
  let objective: Objective
  private let limits = ComparisonLimits()

  init(_ table: ChoiceTable, _ objective: Objective) {
    self.table = table
    self.objective = objective
  }

  /// How far `first` is ahead of `second`; nil where a value is missing.
  func lead(of first: ChoiceMember, over second: ChoiceMember) -> Lead? {
    guard let a = objective.value(of: first, in: table), let b = objective.value(of: second, in: table) else {
      return nil
    }
    switch objective {
    case .metric(let metric):
      switch metric.kind {
      case .exact: return Lead(exact: Self.logRatio(metric, a, b) ?? 0, terms: .ratio)
      case .quality: return quality(metric, first, second, a, b)
      case .timed, .memory: return launches(metric, first, second, a, b)
      }
    case .balanced: return balanced(first, second, a, b)
    }
  }

  /// ln of how many times better `a` is.
  private static func logRatio(_ metric: Metric, _ a: Double, _ b: Double) -> Double? {
    guard a > 0, b > 0 else { return nil }
    return -LaunchTest.sign(metric) * log(a / b)
  }

  private func tolerance(_ metric: Metric, _ value: Double) -> Double {
    log1p(limits.threshold(for: metric).share(of: value))
  }

  private func quality(
    _ metric: Metric, _ first: ChoiceMember, _ second: ChoiceMember, _ a: Double, _ b: Double
  ) -> Lead {
    let sign = -LaunchTest.sign(metric)
    // Members of the same seed pair where both were made from the baseline of that seed.
    let pairs = [first, second].allSatisfy { $0.isBaseline || $0.evidence.variant?.seeds?.followsBaseline == true }
    switch SeedComparison.find(
      metric.name, own: first.evidence, base: second.evidence, isWithinRun: pairs, confidence: table.confidence)
    {
    case .found(let comparison): return Lead(comparison.difference, sign: sign)
    case .unavailable:
      return Lead(terms: .difference, amount: sign * (a - b), finding: a == b ? .same : .open, isOfSeeds: true)
    case .without: break
    }
    if metric.name == "accuracy.top1", let labels = first.evidence.dataset?.labels.values, !labels.isEmpty,
      let own = first.classes, let other = second.classes,
      let answers = PairedAnswers(baseline: other, variant: own, labels: labels)
    {
      return Lead(answers)
    }
    return Lead(exact: -LaunchTest.sign(metric) * (a - b), terms: .difference)
  }

  private func launches(
    _ metric: Metric, _ first: ChoiceMember, _ second: ChoiceMember, _ a: Double, _ b: Double
  ) -> Lead {
    let tolerance = tolerance(metric, min(a, b))
    let found = scores(metric, first, second)
    if let lead = Lead(scores: found, tolerance: tolerance, confidence: table.confidence) { return lead }
    if let baseline = table.baseline,
      let lead = Lead(
        scores(metric, first, baseline), over: scores(metric, second, baseline), tolerance: tolerance,
        confidence: table.confidence)
    {
      return lead
    }
    return Lead(terms: .ratio, amount: Self.logRatio(metric, a, b) ?? 0, tolerance: tolerance, finding: .open)
  }

  /// One log ratio a launch that both have, positive where `first` is better.
  private func scores(_ metric: Metric, _ first: ChoiceMember, _ second: ChoiceMember) -> [Double] {
    byLaunch(metric, first, second).sorted { $0.key < $1.key }.map(\.value)
  }

  private func byLaunch(_ metric: Metric, _ first: ChoiceMember, _ second: ChoiceMember) -> [Int: Double] {
    guard let measure = LaunchMeasure(metric) else { return [:] }
    let sign = -LaunchTest.sign(metric)
    return Dictionary(
      measure.scores(of: first.launches, to: second.launches).map { ($0.launch, sign * $0.value) },
      uniquingKeysWith: { $1 })
  }

  private func balanced(_ first: ChoiceMember, _ second: ChoiceMember, _ a: Double, _ b: Double) -> Lead {
    let tolerance = log1p(limits.timed)
    let plain = Lead(terms: .ratio, amount: log(b / a), tolerance: tolerance, finding: .open)
    guard let balance = Balance(table) else { return plain }
    func scores(_ member: ChoiceMember, _ other: ChoiceMember) -> [Double] {
      var sums: [Int: Double] = [:]
      var counted = 0.0
      for part in balance.parts where part.kind == .exact {
        if let own = member.value(part), let value = other.value(part) {
          counted += Self.logRatio(part, own, value) ?? 0
        }
      }
      var launches: Set<Int>?
      for part in balance.parts where part.kind != .exact {
        let found = byLaunch(part, member, other)
        launches = launches?.intersection(found.keys) ?? Set(found.keys)
        for (launch, score) in found { sums[launch, default: 0] += score }
      }
      let price = balance.price(of: other) - balance.price(of: member)
      return (launches ?? []).sorted().compactMap { launch in
        sums[launch].map { ($0 + counted) / Double(balance.parts.count) + price }
      }
    }
    if let lead = Lead(scores: scores(first, second), tolerance: tolerance, confidence: table.confidence) {
      return lead
    }
    if let baseline = table.baseline,
      let lead = Lead(
        scores(first, baseline), over: scores(second, baseline), tolerance: tolerance, confidence: table.confidence)
    {
      return lead
    }
    return plain
  }
}

/// How many launches more would probably tell two variants apart.
public enum LaunchEstimate {
  /// Beyond so many nobody should measure: the difference is then too small for anybody to care.
  public static let most = 200
  /// Fewest launches for which the interval of a median reaches 95 %.
  static let fewest = 6

  /// Launches to add to those of `scores`, such that the interval of their median ends on one side of zero, or lies inside the
  /// tolerance, whichever comes first.
  ///
  /// The interval of the median of n launches ends at the k-th smallest and largest score (`medianInterval`), which lie about
  /// s·Φ⁻¹((k − ⅜)/(n + ¼)) from the middle for normal scores (G. Blom, Statistical Estimates and Transformed Beta-Variables, 1958),
  /// with s their standard deviation so far. The least n for which that is below max(|m|, tolerance − |m|), with m the median so far;
  /// nil where more than `most` would have to be added. Oracle: numpy and scipy, in LaunchEstimateTests.
  public static func more(scores: [Double], tolerance: Double, confidence: Double = 0.95) -> Int? {
    let count = scores.count
    guard let middle = median(scores).map({ abs($0) }), count > 1 else { return fewest - count }
    let mean = scores.reduce(0, +) / Double(count)
    let deviation = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    let half = max(middle, tolerance - middle)
    guard half > 0, deviation.isFinite else { return nil }
    for launches in max(fewest, count + 1)...(count + most) {
      let places = SortedValues((1...launches).map { Double($0) })
      guard let rank = places.flatMap({ medianInterval($0, confidence: confidence) })?.low else { return nil }
      let end = -normalQuantile((rank - 0.375) / (Double(launches) + 0.25))
      if end * deviation < half { return launches - count }
    }
    return nil
  }
}
