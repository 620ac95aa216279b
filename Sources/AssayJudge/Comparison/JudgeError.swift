public import AssayCore

/// Why two runs cannot be compared at all.
public enum JudgeErrorCode: String, FaultCode {
  /// The runs come from different machines, and nobody allowed that.
  case otherMachine = "other-machine"
  /// A run holds no trial.
  case emptyRun = "empty-run"
  /// The runs have no trial in common.
  case nothingInCommon = "nothing-in-common"

  public var exitStatus: ExitStatus {
    switch self {
    case .otherMachine: .otherMachine
    case .emptyRun, .nothingInCommon: .badInput
    }
  }
}

/// An error of comparing.
public typealias JudgeError = Fault<JudgeErrorCode>
