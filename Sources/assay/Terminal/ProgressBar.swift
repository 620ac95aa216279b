import AssayCore
import AssayMeasure
import AssayMethods
import AssayPipeline
import Glibc
import Synchronization

/// Shows a run's progress on standard error: a bar with rate and time left on a terminal, plain lines elsewhere.
final class ProgressBar: Sendable {
  private struct State {
    var done = 0
    var total = 0
    var label = ""
    var begin_ns: UInt64 = 0
    var shown_ns: UInt64 = 0
    var isShown = false
    /// Those told already.
    var warnings: Set<String> = []
    /// The last that was heard of the training under way.
    var training: (label: String, progress: TrainingProgress)?
  }

  private let state = Mutex(State())
  private let isTerminal: Bool
  private let isQuiet: Bool
  private static let width = 28
  private static let refresh_ns: UInt64 = 100_000_000

  init(isTerminal: Bool, isQuiet: Bool) {
    self.isTerminal = isTerminal
    self.isQuiet = isQuiet
  }

  /// Takes an event of a run.
  func observe(_ event: RunEvent) {
    guard !isQuiet else { return }
    state.withLock { state in
      switch event {
      case .planned(let variants, let units):
        state.total = units
        if variants > 0 { line("building \(variants) models", &state) }
      case .building(let baseline, let variant):
        endEpoch(&state)
        state.label = "\(baseline)/\(variant)"
        draw("building \(state.label)", &state)
      case .training(let baseline, let variant, let seed, let progress):
        let label = TrainingText.label(baseline: baseline, variant: variant, seed: seed)
        if let last = state.training, last.label != label || last.progress.epoch != progress.epoch {
          endEpoch(&state)
        }
        state.training = (label, progress)
        draw(TrainingText.bar(label, progress), &state)
      case .answering(let baseline, let variant, let seed):
        draw("answering: \(TrainingText.label(baseline: baseline, variant: variant, seed: seed))", &state)
      case .built(let record):
        endEpoch(&state)
        if case .failed(let message) = record.build {
          line("\(record.baseline)/\(record.name) was not built: \(message)", &state)
        }
        warn(record, &state)
      case .group(let group, let members):
        if state.begin_ns == 0 { state.begin_ns = MachineClock().now_ns() }
        line(
          "measuring \(group.baseline) on \(group.engine), \(group.threads) thread\(group.threads == 1 ? "" : "s"), "
            + "batch \(group.batch): \(members) models take turns", &state)
      case .unit(let label):
        state.done += 1
        state.label = label
        refresh(&state)
      case .dropped(let units): state.total -= units
      case .failed(let trial, let failure):
        line("\(trial.group.baseline)/\(trial.variant) failed (\(failure.stage.rawValue)): \(failure.message)", &state)
      case .note(let text): line(text, &state)
      case .saved: clear(&state)
      }
    }
  }

  /// What a variant's steps warn of, before it is measured; each text once.
  private func warn(_ record: VariantRecord, _ state: inout State) {
    for warning in (record.build.built?.reports ?? []).flatMap(\.warnings) where state.warnings.insert(warning).inserted
    {
      line("\(record.baseline)/\(record.name): \(warning)", &state)
    }
  }

  /// Removes the bar, before something else is printed.
  func finish() { state.withLock { clear(&$0) } }

  /// Says what the epoch came to where no bar shows it.
  private func endEpoch(_ state: inout State) {
    guard let (label, progress) = state.training else { return }
    state.training = nil
    if !isTerminal, progress.phase == .training { Console.note(TrainingText.line(label, progress)) }
  }

  private func line(_ text: String, _ state: inout State) {
    clear(&state)
    Console.note(text)
  }

  private func clear(_ state: inout State) {
    guard state.isShown else { return }
    Console.write("\r\u{1b}[2K", to: STDERR_FILENO)
    state.isShown = false
  }

  private func refresh(_ state: inout State) {
    let now_ns = MachineClock().now_ns()
    guard now_ns &- state.shown_ns > Self.refresh_ns || state.done >= state.total else { return }
    state.shown_ns = now_ns
    let elapsed_s = Double(now_ns &- state.begin_ns) / 1e9
    let rate = elapsed_s > 0 ? Double(state.done) / elapsed_s : 0
    let share = state.total > 0 ? min(1, Double(state.done) / Double(state.total)) : 0
    let filled = Int(share * Double(Self.width))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
    let left = rate > 0 ? Self.duration(Double(max(0, state.total - state.done)) / rate) : "?"
    draw("\(bar) \(Int(share * 100)) %  \(Int(rate)) blocks/s  \(left) left  \(state.label)", &state)
  }

  private func draw(_ text: String, _ state: inout State) {
    guard isTerminal else { return }
    var columns = 80
    var size = winsize()
    if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { columns = Int(size.ws_col) }
    let flat = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    Console.write("\r\u{1b}[2K" + flat.prefix(columns - 1), to: STDERR_FILENO)
    state.isShown = true
  }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}
