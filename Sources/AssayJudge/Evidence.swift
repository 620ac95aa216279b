import AssayCore
import AssayMeasure

/// What a trial is compared with.
enum Reference {
  /// It is the baseline.
  case itself
  case other(Evidence)
  /// The group has no trial of the baseline.
  case missing
}

/// What is known of one trial, made ready once: sorted samples, launches by number, right and wrong answers.
struct Evidence {
  let trial: TrialRecord
  let variant: VariantRecord?
  /// The rows the answers are about, where the record has both.
  let dataset: DatasetRecord?
  let data: TrialData?
  /// Launches that reached the steady state, in order of their number.
  let launches: [LaunchSamples]
  /// All steady-state samples; nil without any.
  let pooled: SortedValues?

  init(_ trial: TrialRecord, variant: VariantRecord?, datasets: [String: DatasetRecord]) {
    self.trial = trial
    self.variant = variant
    data = trial.result.data
    dataset = data?.answers.flatMap { datasets[$0.dataset] }
    let records = (data?.launches ?? []).sorted { $0.launch < $1.launch }
    launches = records.compactMap(LaunchSamples.init)
    pooled = SortedValues(records.flatMap { $0.blocks.flatMap(\.samples.nanoseconds) })
  }

  var figures: ModelFigures? { variant?.build.built?.figures }

  /// Why the trial has not measured anything; nil when it was completed.
  var failure: String? {
    switch trial.result {
    case .completed: nil
    case .failed(let failure): "failed: \(failure.message)"
    case .skipped(let reason): "skipped: \(reason)"
    }
  }

  func summary(against reference: Reference, confidence: Double) -> VariantSummary {
    let judge = TrialJudge(own: self, reference: reference, confidence: confidence)
    let status: VariantSummary.Status =
      switch trial.result {
      case .completed: .completed
      case .failed(let failure): .failed(failure.message)
      case .skipped(let reason): .skipped(reason)
      }
    return VariantSummary(trial: trial.trial, steps: variant?.steps ?? [], status: status, figures: judge.figures())
  }

  /// Of a percentile, from the launches that hold enough samples for one of their own; nil for other metrics.
  func percentileInterval(_ metric: Metric, _ value: Double, confidence: Double) -> ConfidenceInterval? {
    guard case .percentile(let probability)? = LaunchMeasure(metric) else { return nil }
    let values = SortedValues(launches.compactMap { $0.sorted.percentile(probability) })
    return values.flatMap { medianInterval($0, confidence: confidence)?.including(value) }
  }
}

/// The steady state of one launch.
struct LaunchSamples {
  let launch: Int
  let sorted: SortedValues
  /// Median latency of each block round.
  let medians: [BlockScore]
  /// Mean time for an inference of each block round.
  let means: [BlockScore]
  /// Inferences a second.
  let rate: Double?

  /// Nil for a launch without samples.
  init?(_ record: LaunchRecord) {
    let samples = record.blocks.map(\.samples.nanoseconds)
    guard let sorted = SortedValues(samples.flatMap(\.self)) else { return nil }
    launch = record.launch
    self.sorted = sorted
    medians = record.blocks.compactMap(\.medianScore)
    means = record.blocks.compactMap(\.meanScore)
    let elapsed_s = record.blocks.reduce(0) { $0 + Double($1.elapsed_ns) } / 1e9
    let inferences = record.blocks.reduce(0) { $0 + Double($1.answered) } * Double(record.inferencesPerSample ?? 1)
    rate = elapsed_s > 0 ? inferences / elapsed_s : nil
  }
}
