import AssayMethods

/// Where a training stands, in words.
enum TrainingText {
  /// `digits-mlp/student, seed 2`.
  static func label(baseline: String, variant: String, seed: UInt64?) -> String {
    "\(baseline)/\(variant)" + (seed.map { ", seed \($0)" } ?? "")
  }

  /// The line that a terminal shows and renews.
  static func bar(_ label: String, _ progress: TrainingProgress) -> String {
    let width = 16
    let share = progress.steps > 0 ? min(1, max(0, Double(progress.step) / Double(progress.steps))) : 0
    let filled = Int(share * Double(width))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    return "\(label): \(bar) \(figures(progress).joined(separator: "  "))"
  }

  /// The line of an epoch where there is no terminal.
  static func line(_ label: String, _ progress: TrainingProgress) -> String {
    "\(label): \(figures(progress).joined(separator: ", "))"
  }

  private static func figures(_ progress: TrainingProgress) -> [String] {
    guard progress.phase == .training else {
      return ["soft targets of the teacher"] + (progress.secondsLeft.map { [left($0)] } ?? [])
    }
    var figures = ["epoch \(progress.epoch) of \(progress.epochs)", "loss \(number(progress.loss))"]
    if let accuracy = progress.accuracy { figures.append("accuracy \(percent(accuracy))") }
    if let accuracy = progress.validationAccuracy { figures.append("held out \(percent(accuracy))") }
    figures.append("rate \(number(progress.rate))")
    if let rows = progress.rowsPerSecond, rows.isFinite, rows < 1e15 { figures.append("\(Int(rows.rounded())) rows/s") }
    if let seconds = progress.secondsLeft { figures.append(left(seconds)) }
    return figures
  }

  private static func left(_ seconds: Double) -> String {
    seconds.isFinite && seconds >= 0 && seconds < 1e9 ? "\(ProgressBar.duration(seconds)) left" : "? left"
  }

  private static func percent(_ share: Double) -> String { tenths(share * 100) + " %" }

  /// Three significant digits.
  private static func number(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    var scale = 1.0
    while abs(value) * scale < 100, scale < 1e15 { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }

  private static func tenths(_ value: Double) -> String {
    value.isFinite && abs(value) < 1e12 ? "\((value * 10).rounded() / 10)" : "\(value)"
  }
}
