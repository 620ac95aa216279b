import AssayCore

/// What is known of every trial of a run, made ready once.
struct EvidenceTable {
  let record: RunRecord
  /// In the record's order; of trials that occur twice (in a record edited by hand) both.
  let trials: [Evidence]
  private let byTrial: [Trial: Evidence]

  init(_ record: RunRecord) {
    self.record = record
    let sources = Dictionary(
      record.variants.map { (VariantKey(baseline: $0.baseline, variant: $0.name), $0) }, uniquingKeysWith: { $1 })
    let datasets = Dictionary(record.datasets.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    trials = record.trials.map { trial in
      let key = VariantKey(baseline: trial.trial.group.baseline, variant: trial.trial.variant)
      return Evidence(trial, variant: sources[key], datasets: datasets)
    }
    byTrial = Dictionary(trials.map { ($0.trial.trial, $0) }, uniquingKeysWith: { $1 })
  }

  subscript(_ trial: Trial) -> Evidence? { byTrial[trial] }

  /// Each trial once, in the record's order.
  var order: [Trial] {
    var seen: Set<Trial> = []
    return trials.map(\.trial.trial).filter { seen.insert($0).inserted }
  }

  /// The baseline's trial of a group.
  func baseline(of group: ComparisonGroup) -> Evidence? {
    byTrial[Trial(variant: Trial.baselineVariant, group: group)]
  }

  func summary(_ evidence: Evidence, confidence: Double) -> VariantSummary {
    let trial = evidence.trial.trial
    let reference: Reference =
      trial.variant == Trial.baselineVariant ? .itself : baseline(of: trial.group).map(Reference.other) ?? .missing
    return evidence.summary(against: reference, confidence: confidence)
  }
}

private struct VariantKey: Hashable {
  var baseline: String
  var variant: String
}
