public import AssayCore

/// What can go wrong when a method is configured or applied.
public enum MethodErrorCode: String, FaultCode {
  /// No method of that name.
  case unknownMethod
  /// An option that the method does not have.
  case unknownOption
  /// An option's value is of the wrong kind or out of range.
  case badOption
  /// The method needs calibration data and there are none, or they do not fit the model.
  case calibration
  /// The model has nothing that the method could work on, or something it must not touch.
  case model
  /// A weight is NaN or infinite.
  case notFinite
  /// The bytes of a packed weight end early or contradict themselves.
  case packed
  /// Nothing that can train is installed.
  case trainer
  /// Training rows are missing, or do not fit the model.
  case training
  /// The loss became NaN or infinite.
  case diverged
  /// Trained numbers that do not fit the weight form that they were made from.
  case parameters
  /// The memory of the host or of the device does not suffice.
  case memory
  /// Writing, running or reading back a model failed underneath.
  case underlying

  public var exitStatus: ExitStatus {
    switch self {
    case .trainer: .engineMissing
    case .memory: .trialFailed
    default: .badInput
    }
  }
}

/// An error of a method.
public typealias MethodError = Fault<MethodErrorCode>
