import AssayMethods

/// Turns steps into reports with rates and the time left, a few times a second.
struct ProgressMeter {
  /// On the held-out rows, after the last epoch.
  var validationAccuracy: Double?
  private let epochs: Int
  private let stepsPerEpoch: Int
  private let report: (TrainingProgress) -> Void
  private let clock = ContinuousClock()
  private var started: ContinuousClock.Instant
  private var lastReport: ContinuousClock.Instant
  private var firstStep = 0
  private var rowsSinceStart = 0
  private var sums = EpochSums()
  private var epochSums = EpochSums()

  private static let interval = Duration.milliseconds(250)

  init(_ settings: TrainingSettings, stepsPerEpoch: Int, _ report: @escaping (TrainingProgress) -> Void) {
    epochs = settings.epochs
    self.stepsPerEpoch = stepsPerEpoch
    self.report = report
    started = clock.now
    lastReport = started
  }

  /// Steps before this one were made by an earlier process.
  mutating func start(atStep step: Int) {
    firstStep = step
    started = clock.now
  }

  mutating func stepDone(epoch: Int, step: Int, _ result: StepResult, rows: Int, rate: Double) {
    sums.add(result, rows: rows)
    epochSums.add(result, rows: rows)
    let endsEpoch = step % stepsPerEpoch == 0
    defer { if endsEpoch { epochSums = EpochSums() } }
    if rowsSinceStart == 0 { started = clock.now }
    rowsSinceStart += rows
    let now = clock.now
    let total = epochs * stepsPerEpoch
    guard lastReport.duration(to: now) >= Self.interval || endsEpoch else { return }
    let shown = endsEpoch ? epochSums : sums
    let elapsed_s = Self.seconds(started.duration(to: now))
    // The first step, at whose end the clock was started, is not among those timed.
    let timed = step - firstStep - 1
    let secondsAStep = timed > 0 && elapsed_s > 0 ? elapsed_s / Double(timed) : nil
    report(
      TrainingProgress(
        epoch: epoch, epochs: epochs, step: step, steps: total, loss: shown.loss, accuracy: shown.accuracy,
        validationAccuracy: validationAccuracy, rate: rate,
        rowsPerSecond: secondsAStep.map { Double(rowsSinceStart) / Double(timed + 1) / $0 },
        secondsLeft: secondsAStep.map { $0 * Double(total - step) }))
    lastReport = now
    sums = EpochSums()
  }

  /// The teacher has answered so many rows.
  mutating func softTargets(_ rows: Int, of count: Int) {
    let now = clock.now
    guard lastReport.duration(to: now) >= Self.interval || rows == count else { return }
    lastReport = now
    report(
      TrainingProgress(phase: .softTargets, epoch: 1, epochs: 1, step: rows, steps: count, loss: 0, rate: 0))
  }

  private static func seconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
  }
}
