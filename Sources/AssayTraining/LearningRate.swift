import AssayMethods
import Glibc

/// The learning rate of every step, by its schedule.
///
/// t counts steps from 0, T is their number after the warm-up, E the steps of an epoch, η the rate of the optimizer.
struct LearningRate: Sendable {
  private let rate: Double
  private let schedule: ScheduleSettings
  private let stepsPerEpoch: Int
  private let steps: Int
  private let warmupSteps: Int

  /// - Parameter steps: Of the whole training, 1 or more.
  init(_ settings: TrainingSettings, stepsPerEpoch: Int, steps: Int) {
    rate = settings.optimizer.rate
    schedule = settings.schedule
    self.stepsPerEpoch = max(1, stepsPerEpoch)
    self.steps = max(1, steps)
    warmupSteps = min(self.steps, Int((schedule.warmup_epochs * Double(self.stepsPerEpoch)).rounded()))
  }

  /// - Parameter step: 0-based, in the whole training.
  subscript(_ step: Int) -> Double {
    // Rises linearly to the rate (Goyal and others, "Accurate, Large Minibatch SGD", 2017, section 2.2).
    if step < warmupSteps { return rate * Double(step + 1) / Double(warmupSteps) }
    let time = step - warmupSteps
    let total = max(1, steps - warmupSteps)
    let epochs = Double(time) / Double(stepsPerEpoch)
    switch schedule.kind {
    case .constant: return rate
    case .step: return rate * pow(schedule.factor, (epochs / Double(schedule.every_epochs)).rounded(.down))
    case .exponential: return rate * exp(-schedule.decay * epochs)
    case .cosine: return rate * (1 + cos(.pi * Double(time) / Double(total))) / 2
    case .oneCycle: return oneCycle(time, total)
    }
  }

  /// Up from η/25 to η in the first 30 % of the steps, then down to η/250000, each half a cosine (Smith, Topin, "Super-
  /// Convergence", 2018, with the shape and the numbers that PyTorch's OneCycleLR has). Momentum stays as it is.
  private func oneCycle(_ time: Int, _ total: Int) -> Double {
    let (start, end) = (rate / 25, rate / 250_000)
    let top = max(0, 0.3 * Double(total) - 1)
    let last = Double(total - 1)
    let now = Double(time)
    if now <= top { return Self.between(start, rate, top == 0 ? 1 : now / top) }
    return Self.between(rate, end, last == top ? 1 : min(1, (now - top) / (last - top)))
  }

  private static func between(_ start: Double, _ end: Double, _ share: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(.pi * share))
  }
}
