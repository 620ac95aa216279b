public import AssayCore
public import AssayMethods

/// What can train on this machine.
public enum TrainerFinding: Sendable {
  /// With the version of its library, which is part of what trained models are cached by.
  case found(any Trainer, version: String)
  case missing(reason: String, remedy: String)

  /// Of a program that brings no trainer.
  public static let notHandedIn = TrainerFinding.missing(
    reason: "this program was built without a trainer", remedy: "leave out what trains")

  /// The trainer, where there is one.
  public var trainer: (any Trainer)? { if case .found(let trainer, _) = self { trainer } else { nil } }
  var version: String { if case .found(_, let version) = self { version } else { "" } }
}

extension Plan {
  /// Whether anything is trained.
  var learns: Bool { buildOrder.contains(where: \.learns) }
}

extension Runner {
  /// What trains, where something is to be trained.
  ///
  /// Where nothing can, variants that learn fail in their place and the others are measured.
  ///
  /// - Throws: `engineMissing` where a baseline is to be trained: without it there is nothing to measure against.
  func requireTrainer(_ plan: Plan) throws(PipelineError) -> TrainerFinding {
    // Libraries that train are large: they are looked for only here.
    guard plan.learns else { return .notHandedIn }
    let trainer = findTrainer()
    guard case .missing(let reason, let remedy) = trainer else { return trainer }
    let learning = plan.buildOrder.filter(\.learns)
    if let baseline = learning.first(where: \.isBaseline) {
      throw PipelineError(
        .engineMissing, "the baseline \(quoted(baseline.baseline.name)) is trained, and \(reason)", at: baseline.place,
        remedy: remedy)
    }
    let names = Set(learning.map(\.name)).sorted().map(quoted).joined(separator: ", ")
    observe(.note("\(names): not built, because they learn, and \(reason); \(remedy). The others are measured"))
    return trainer
  }

  /// What `plan` cannot do here and was to: 69 where a trial failed for want of what trains, else `status`.
  public func exitStatus(_ status: ExitStatus, of plan: Plan) -> ExitStatus {
    guard status == .trialFailed, plan.learns, case .missing = findTrainer() else { return status }
    return .engineMissing
  }
}
