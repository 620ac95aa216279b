import AssayCore
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
  /// What trains, where something is to be trained; a suite that trains fails before anything is measured where nothing can.
  func requireTrainer(_ plan: Plan) throws(PipelineError) -> TrainerFinding {
    // Libraries that train are large: they are looked for only here.
    guard let first = plan.buildOrder.first(where: \.learns) else { return .notHandedIn }
    let trainer = findTrainer()
    guard case .missing(let reason, let remedy) = trainer else { return trainer }
    throw PipelineError(
      .engineMissing,
      "\(first.isBaseline ? "the baseline \(quoted(first.baseline.name))" : quoted(first.name)) is trained, and \(reason)",
      at: first.place, remedy: remedy)
  }
}
