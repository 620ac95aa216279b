import AssayCore

/// The shortest names that tell the trials of a comparison apart.
struct TrialLabel {
  private let parts: [(ComparisonGroup) -> String]

  init(_ trials: [Trial]) {
    let all: [(ComparisonGroup) -> String] = [
      { visibleLine($0.baseline) }, { visibleLine($0.engine) }, { visibleLine($0.device) },
      { counted($0.threads, "thread") }, { "batch \($0.batch)" }, { $0.scenario.rawValue },
    ]
    let groups = Set(trials.map(\.group))
    parts = all.filter { part in Set(groups.map(part)).count > 1 }
  }

  /// `int8`, or `digits-cnn, batch 32: int8`.
  func text(_ trial: Trial) -> String {
    let group = parts.map { $0(trial.group) }.joined(separator: ", ")
    return (group.isEmpty ? "" : group + ": ") + visibleLine(trial.variant)
  }
}
