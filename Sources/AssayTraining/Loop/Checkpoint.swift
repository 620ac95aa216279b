import AssayCore
import AssayFiles
import AssayMethods
import AssayONNX
import Glibc

/// The file that a training goes on from when it was killed.
struct Checkpoint {
  /// What of the state is not a tensor.
  struct Facts: Codable, Sendable {
    var epochs: [TrainedEpoch] = []
    var bestLoss: Double?
    /// 1-based.
    var bestEpoch: Int?
  }

  private let path: String?
  private let fingerprint: UInt64
  private let interval_s: Double
  private let clock = ContinuousClock()
  private let lastSave: Moment

  private final class Moment {
    var instant: ContinuousClock.Instant
    init(_ instant: ContinuousClock.Instant) { self.instant = instant }
  }

  /// - Parameter interval_s: Least time between two files, so that short epochs do not wait for the disk.
  init(_ request: TrainingRequest, _ data: any TrainingData, libraryVersion: String, interval_s: Double) {
    self.interval_s = interval_s
    lastSave = Moment(clock.now)
    guard let stem = request.checkpoint else {
      (path, fingerprint) = (nil, 0)
      return
    }
    var print = Fingerprint()
    print.combine(request.model)
    print.combine("\(request.settings) \(data.identity) \(data.rowCount) \(libraryVersion)")
    print.combine("\(request.frozen.sorted())")
    for name in request.weights.keys.sorted() {
      print.combine(name)
      guard let weight = request.weights[name] else { continue }
      for parameter in weight.parameters { print.combine(parameter) }
      weight.value.combine(into: &print)
    }
    if let distillation = request.distillation {
      for teacher in distillation.teachers { print.combine(teacher) }
      print.combine(
        "\(distillation.temperature) \(distillation.alpha) \(distillation.hints) \(distillation.hintWeight)")
    }
    fingerprint = print.value
    // Several steps and variants of a run keep theirs in one place.
    path = "\(stem)-\(String(fingerprint, radix: 16))"
  }

  /// Whether anything is kept at all.
  var isKept: Bool { path != nil }

  /// Whether the last file is old enough.
  var isDue: Bool {
    let age = lastSave.instant.duration(to: clock.now).components
    return Double(age.seconds) + Double(age.attoseconds) * 1e-18 >= interval_s
  }

  func read() -> SavedTensors<Facts>? {
    path.flatMap { SavedTensors(contentsOf: $0, fingerprint: fingerprint) }
  }

  func write(_ facts: Facts, _ tensors: [Tensor]) throws {
    guard let path else { return }
    try SavedTensors(fingerprint: fingerprint, facts: facts, tensors: tensors).write(to: path)
    lastSave.instant = clock.now
  }

  /// Keeps the values after the last good epoch beside the checkpoint, for whoever wants to look at them.
  ///
  /// - Returns: The end of a sentence that names the file.
  func keepValues(_ facts: Facts, _ tensors: [Tensor]) throws -> String {
    guard let path else { return "" }
    let kept = "\(path).good"
    try SavedTensors(fingerprint: fingerprint, facts: facts, tensors: tensors).write(to: kept)
    return "; the values after epoch \(facts.epochs.count) are kept in \(kept)"
  }

  func remove() {
    if let path { unlink(path) }
  }
}
