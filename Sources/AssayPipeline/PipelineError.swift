public import AssayCore

/// What can go wrong between a suite file and its run record.
public enum PipelineErrorCode: String, FaultCode {
  /// The suite file cannot be read or is not YAML.
  case suiteUnreadable
  /// A key, value or name in the suite is wrong.
  case suiteInvalid
  /// An environment variable that the suite uses is not set.
  case variableMissing
  /// A name given on the command line (variant, baseline, engine) does not exist.
  case unknownName
  /// A run record cannot be read, or is of another version or plan.
  case recordUnreadable
  /// The output folder or a file in it cannot be created.
  case cannotCreate
  /// Writing failed half-way.
  case writeFailed
  /// A worker process could not be started, died, hung or answered nonsense.
  case worker
  /// Stopped by Ctrl-C.
  case interrupted
  /// An engine that was asked for is missing.
  case engineMissing

  public var exitStatus: ExitStatus {
    switch self {
    case .suiteUnreadable, .suiteInvalid, .variableMissing, .recordUnreadable: .badInput
    case .unknownName: .usage
    case .cannotCreate: .cannotCreate
    case .writeFailed: .inputOutput
    case .worker: .trialFailed
    case .interrupted: .interrupted
    case .engineMissing: .engineMissing
    }
  }
}

/// An error of the pipeline.
public typealias PipelineError = Fault<PipelineErrorCode>
