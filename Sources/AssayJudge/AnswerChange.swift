public import AssayCore
public import AssayMeasure

/// How the answers of a variant differ from the baseline's on the same rows, and which classes they confuse.
public struct AnswerChange: Sendable, Hashable {
  /// The first trial of the variant in an engine; other threads and batches give the same answers.
  public var trial: Trial
  /// Rows lost and gained, with McNemar's p; nil for the baseline itself.
  public var flips: PairedAnswers?
  /// Interval of the change of top-1 accuracy by the paired bootstrap; nil for the baseline itself.
  public var top1Interval: ConfidenceInterval?
  /// Change of macro F1, variant minus baseline, and its interval by the paired bootstrap.
  public var f1Difference: Double?
  public var f1Interval: ConfidenceInterval?
  /// Change of recall of each class that occurs, by label; empty for the baseline itself.
  public var classes: [ClassChange]
  /// Rows of each label and answer that occur together, by label, then answer. An answer that is no class is a NaN.
  public var confusion: [Confusion]

  /// Rows of one label that were given one answer.
  public struct Confusion: Sendable, Hashable {
    public var label: UInt64
    public var answer: UInt64
    public var rows: Int

    public init(label: UInt64, answer: UInt64, rows: Int) {
      self.label = label
      self.answer = answer
      self.rows = rows
    }
  }
}

/// The answers of every variant in every engine against the baseline's; nothing of variants without classes to answer.
///
/// - Complexity: O(replicates · rows) for each variant and engine.
public func answerChanges(_ record: RunRecord, replicates: Int = 1000) -> [AnswerChange] {
  let datasets = Dictionary(record.datasets.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  var baselines: [ComparisonGroup: Answers] = [:]
  for trial in record.trials where trial.trial.variant == Trial.baselineVariant {
    baselines[trial.trial.group] = trial.result.data?.answers
  }
  var seen: Set<String> = []
  var changes: [AnswerChange] = []
  for trial in record.trials {
    guard let answers = trial.result.data?.answers, let dataset = datasets[answers.dataset],
      !dataset.labels.values.isEmpty, dataset.labels.values.count == answers.classes.values.count
    else { continue }
    let group = trial.trial.group
    guard seen.insert("\(group.baseline)\u{0}\(group.engine)\u{0}\(group.device)\u{0}\(trial.trial.variant)").inserted
    else { continue }
    let baseline = trial.trial.variant == Trial.baselineVariant ? nil : baselines[group]
    changes.append(
      answerChange(trial.trial, answers, baseline, dataset, replicates: replicates))
  }
  return changes
}

private func answerChange(
  _ trial: Trial, _ answers: Answers, _ baseline: Answers?, _ dataset: DatasetRecord, replicates: Int
) -> AnswerChange {
  let (labels, own) = (dataset.labels.values, answers.classes.values)
  var change = AnswerChange(trial: trial, classes: [], confusion: confusion(labels, own))
  guard let baseline, baseline.dataset == answers.dataset else { return change }
  let other = baseline.classes.values
  change.flips = PairedAnswers(baseline: other, variant: own, labels: labels)
  change.classes = classChanges(labels: labels, baseline: other, variant: own) ?? []
  if let pairs = PairedClasses(labels: labels, baseline: other, variant: own, classes: dataset.classCount) {
    change.top1Interval = pairs.bootstrapInterval(.top1, replicates: replicates)
    change.f1Difference = pairs.difference(.macroF1)
    change.f1Interval = pairs.bootstrapInterval(.macroF1, replicates: replicates)
  }
  return change
}

private func confusion(_ labels: [UInt64], _ answers: [UInt64]) -> [AnswerChange.Confusion] {
  struct Cell: Hashable {
    var label: UInt64
    var answer: UInt64
  }
  var counts: [Cell: Int] = [:]
  for (label, answer) in zip(labels, answers) { counts[Cell(label: label, answer: answer), default: 0] += 1 }
  return counts.map { AnswerChange.Confusion(label: $0.key.label, answer: $0.key.answer, rows: $0.value) }
    .sorted { ($0.label, $0.answer) < ($1.label, $1.answer) }
}
