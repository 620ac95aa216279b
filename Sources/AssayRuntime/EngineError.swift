public import AssayCore

/// What can go wrong between Assay and an inference engine.
public enum EngineErrorCode: String, FaultCode {
  /// The engine's library was not found or could not be loaded.
  case missing
  /// The engine refused the model.
  case load
  /// An operator or type the engine does not have.
  case unsupported
  /// An input of the wrong name, type or shape.
  case input
  /// An inference failed.
  case inference
  /// Work was placed elsewhere, or in another precision, than the trial asked for.
  case placement

  /// 69 for a missing engine, 65 for a model or input it cannot take, 2 for a failed inference.
  public var exitStatus: ExitStatus {
    switch self {
    case .missing: .engineMissing
    case .load, .unsupported, .input: .badInput
    case .inference, .placement: .trialFailed
    }
  }
}

/// An error of an engine or of a session.
public typealias EngineError = Fault<EngineErrorCode>
