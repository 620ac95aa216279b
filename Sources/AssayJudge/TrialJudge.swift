import AssayCore
import AssayMeasure
import Glibc

/// Finds the figures of one trial against its reference.
struct TrialJudge {
  let own: Evidence
  let reference: Reference
  let confidence: Double

  /// All figures, in the order of `MetricCatalog.all`.
  func figures() -> [Figure] {
    var figures = [
      medianLatency(),
      percentile(MetricCatalog.latencyP10, 0.1), percentile(MetricCatalog.latencyP90, 0.9),
      percentile(MetricCatalog.latencyP99, 0.99),
      percentileBound(MetricCatalog.latencyP90Bound, 0.9), percentileBound(MetricCatalog.latencyP99Bound, 0.99),
      throughput(),
    ]
    figures += server()
    figures += [
      overLaunches(MetricCatalog.processStart) { Double($0.phases.processStart_ns) },
      overLaunches(MetricCatalog.load) { Double($0.phases.load_ns) },
      overLaunches(MetricCatalog.firstInference) { Double($0.phases.firstInference_ns) },
      exact(MetricCatalog.fileSize) { $0.file_B }, exact(MetricCatalog.packedSize) { $0.packed?.total_B },
      exact(MetricCatalog.packedValues) { $0.packed?.values_B },
      exact(MetricCatalog.packedIndices) { $0.packed?.indices_B },
      exact(MetricCatalog.packedCodebooks) { $0.packed?.codebooks_B },
      exact(MetricCatalog.packedHeader) { $0.packed?.header_B },
      exact(MetricCatalog.parameters) { $0.parameters },
      exact(MetricCatalog.nonzeros) { $0.nonzeros }, exact(MetricCatalog.macs) { $0.macs },
      exact(MetricCatalog.effectiveMacs) { $0.effectiveMacs },
      int8Share(),
    ]
    figures += memory() + [energy()]
    figures += AccuracyMetricCatalog.all.map(\.metric).compactMap(accuracy)
    return figures
  }

  /// The change, unless this is the baseline; without a baseline the reason.
  func change(_ kind: Change.Kind = .ratio, _ compare: (Evidence) -> Change) -> Change? {
    switch reference {
    case .itself: nil
    case .missing: Change(kind, .unavailable("the baseline was not measured"))
    case .other(let baseline):
      if let failure = baseline.failure { Change(kind, .unavailable("baseline \(failure)")) } else { compare(baseline) }
    }
  }

  /// Pooled median; interval from the launches' medians; ratio by launch scores.
  private func medianLatency() -> Figure {
    guard let pooled = latencies else { return nothing(MetricCatalog.latencyP50) }
    let medians = SortedValues(own.launches.map(\.sorted.median))
    return Figure(
      MetricCatalog.latencyP50, percentileReading(pooled, 0.5),
      interval: medians.flatMap { medianInterval($0, confidence: confidence)?.including(pooled.median) },
      count: pooled.count,
      change: change { ratio(over: pairs(with: $0), by: \.medians) })
  }

  private func percentile(_ metric: Metric, _ probability: Double) -> Figure {
    guard let pooled = latencies else { return nothing(metric) }
    let reading = percentileReading(pooled, probability)
    return Figure(
      metric, reading, count: pooled.count,
      change: change { baseline in
        // A launch that holds too few samples for the percentile gives no score of it.
        let scores = pairs(with: baseline).compactMap { own, base -> Double? in
          guard let value = own.sorted.percentile(probability), let other = base.sorted.percentile(probability),
            value > 0, other > 0
          else { return nil }
          return log(value / other)
        }
        if scores.count > 1, let estimate = RatioEstimate(launchScores: scores, confidence: confidence) {
          return Change(estimate)
        }
        return .ratio(reading.value, to: baseline.pooled.flatMap { $0.percentile(probability) })
      })
  }

  private func percentileReading(_ pooled: SortedValues, _ probability: Double) -> Reading {
    Reading(pooled.percentile(probability), else: tooFew(pooled, probability))
  }

  private func percentileBound(_ metric: Metric, _ probability: Double) -> Figure {
    guard let pooled = latencies else { return nothing(metric) }
    let reading = Reading(pooled.percentileUpperBound(probability), else: tooFew(pooled, probability))
    return Figure(
      metric, reading, count: pooled.count,
      change: change { .ratio(reading.value, to: $0.pooled.flatMap { $0.percentileUpperBound(probability) }) })
  }

  private func tooFew(_ pooled: SortedValues, _ probability: Double) -> String {
    "not enough samples (\(pooled.count) of \(minimumSamples(forPercentile: probability) ?? 0))"
  }

  /// All steady-state samples, where they are latencies: in the offline scenario nobody waits for a single inference.
  private var latencies: SortedValues? { scenario == .offline ? nil : own.pooled }

  var scenario: Scenario { own.trial.trial.group.scenario }

  /// Rows a second: median over launches of batch · inferences / time in blocks.
  private func throughput() -> Figure {
    let batch = Double(own.trial.trial.group.batch)
    guard let rates = SortedValues(own.launches.compactMap { $0.rate.map { $0 * batch } }) else {
      return nothing(MetricCatalog.throughput)
    }
    return Figure(
      MetricCatalog.throughput, .value(rates.median), interval: medianInterval(rates, confidence: confidence),
      count: rates.count,
      change: change { baseline in
        // Throughput is the inverse of time for an inference.
        let scores = pairs(with: baseline).map { own, base in roundLogRatios(of: base.means, to: own.means) }
        return RatioEstimate(roundLogRatios: scores, confidence: confidence).map(Change.init) ?? noCommonRounds
      })
  }

  private func ratio(
    over pairs: [(LaunchSamples, LaunchSamples)], by scores: KeyPath<LaunchSamples, [BlockScore]>
  ) -> Change {
    let ratios = pairs.map { own, base in roundLogRatios(of: own[keyPath: scores], to: base[keyPath: scores]) }
    return RatioEstimate(roundLogRatios: ratios, confidence: confidence).map(Change.init) ?? noCommonRounds
  }

  private var noCommonRounds: Change { Change(.ratio, .unavailable("no block round in common with the baseline")) }

  /// The launches that both have, paired by number.
  private func pairs(with baseline: Evidence) -> [(LaunchSamples, LaunchSamples)] {
    let others = Dictionary(baseline.launches.map { ($0.launch, $0) }, uniquingKeysWith: { $1 })
    return own.launches.compactMap { launch in others[launch.launch].map { (launch, $0) } }
  }

  /// Median over launches of something each launch has once; the ratio pairs launches by number.
  func overLaunches(_ metric: Metric, _ value: (LaunchRecord) -> Double?) -> Figure {
    guard let launches = own.data?.launches else { return nothing(metric) }
    guard let values = SortedValues(launches.compactMap(value)) else { return nothing(metric) }
    return Figure(
      metric, .value(values.median), interval: medianInterval(values, confidence: confidence), count: values.count,
      change: change { baseline in
        let others = Dictionary(
          (baseline.data?.launches ?? []).map { ($0.launch, value($0)) }, uniquingKeysWith: { $1 })
        let scores = launches.compactMap { launch -> Double? in
          guard let mine = value(launch), let other = others[launch.launch] ?? nil, mine > 0, other > 0 else {
            return nil
          }
          return log(mine / other)
        }
        if let estimate = RatioEstimate(launchScores: scores, confidence: confidence) { return Change(estimate) }
        return .ratio(values.median, to: SortedValues(others.values.compactMap(\.self))?.median)
      })
  }

  /// A count of the file, there also when the trial failed.
  private func exact(_ metric: Metric, _ count: (ModelFigures) -> Int?) -> Figure {
    guard let figures = own.figures else {
      let reason =
        if case .failed(let message)? = own.variant?.build { "build failed: \(message)" } else { "not built" }
      return Figure(metric, .unavailable(reason), count: 0)
    }
    guard let value = count(figures) else {
      let unknown = figures.unknownOperators
      let isOlder = figures.packed == nil && metric.name.hasPrefix(MetricCatalog.packedSize.name)
      let reason =
        isOlder
        ? "the record is older than this figure"
        : unknown.isEmpty ? "not known" : "not known for \(unknown.sorted().joined(separator: ", "))"
      return Figure(metric, .unavailable(reason), count: 0)
    }
    let change: Change? =
      switch reference {
      case .itself: nil
      case .missing: Change(.ratio, .unavailable("the baseline was not measured"))
      case .other(let baseline): .ratio(Double(value), to: baseline.figures.flatMap(count).map { Double($0) })
      }
    return Figure(metric, .value(Double(value)), count: 1, change: change)
  }

  private func int8Share() -> Figure {
    guard let data = own.data else { return nothing(MetricCatalog.int8Share) }
    guard let share = data.execution.int8Share else {
      return Figure(MetricCatalog.int8Share, .unavailable("the engine does not tell"), count: 0)
    }
    return Figure(
      MetricCatalog.int8Share, .value(share), count: 1,
      change: change(.difference) { baseline in
        guard let base = baseline.data?.execution.int8Share else {
          return Change(.difference, .unavailable("the baseline has no value"))
        }
        return Change(.difference, .value(share - base))
      })
  }

  /// A figure without a value, with the reason the trial gives.
  func nothing(_ metric: Metric) -> Figure {
    if own.failure == nil, own.pooled != nil, metric.name.hasPrefix("latency.") {
      return Figure(metric, .unavailable("the offline scenario is judged by throughput"), count: 0)
    }
    return Figure(metric, .unavailable(own.failure ?? "not measured"), count: 0)
  }
}
