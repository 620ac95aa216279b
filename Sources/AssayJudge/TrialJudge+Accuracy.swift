import AssayCore
import AssayMeasure

extension TrialJudge {
  /// The figure of an accuracy metric; nil where the trial has none of it (no labels, the baseline's own drift).
  ///
  /// Top-1 is counted again from answers and labels, which give it its interval and the flips; the others are as stored.
  /// A trial that failed shows top-1 with the reason.
  func accuracy(_ metric: Metric) -> Figure? {
    let isTop1 = metric.name == "accuracy.top1"
    if let figure = seedFigure(metric) { return figure }
    guard let answers = own.data?.answers else { return isTop1 ? nothing(metric) : nil }
    if isTop1, let figure = top1(metric, answers) { return figure }
    guard let value = answers.metrics[metric.name] else { return nil }
    if let change = seedChange(metric) {
      return Figure(metric, .value(value), count: own.dataset?.rows ?? 0, change: change)
    }
    // Drift is itself a comparison with the baseline.
    let compares = !metric.name.hasPrefix("drift.")
    return Figure(
      metric, .value(value), count: own.dataset?.rows ?? 0,
      change: compares
        ? change(.difference) { baseline in
          Change(
            .difference,
            Reading(baseline.data?.answers?.metrics[metric.name].map { value - $0 }, else: "the baseline has no value"))
        } : nil)
  }

  /// Right answers with Wilson's interval; the change row by row, with McNemar's flips. Nil without a class for each row.
  private func top1(_ metric: Metric, _ answers: Answers) -> Figure? {
    guard let labels = own.dataset?.labels.values, !labels.isEmpty, labels.count == answers.classes.values.count else {
      return nil
    }
    let right = zip(answers.classes.values, labels).count { $0 == $1 }
    return Figure(
      metric, .value(Double(right) / Double(labels.count)),
      interval: wilsonInterval(successes: right, count: labels.count, confidence: confidence), count: labels.count,
      change: seedChange(metric)
        ?? change(.difference) { baseline in
          guard let others = baseline.data?.answers, others.dataset == answers.dataset,
            let flips = PairedAnswers(
              baseline: others.classes.values, variant: answers.classes.values, labels: labels)
          else { return Change(.difference, .unavailable("the baseline did not answer the same rows")) }
          return Change(
            .difference, .value(flips.difference), interval: flips.differenceInterval(confidence: confidence),
            flips: flips)
        })
  }
}
