public import AssayCore

/// What there is to know about a method before using it.
public struct MethodDescription: Sendable {
  /// Name in suites: `prune`.
  public var name: String
  /// One sentence.
  public var summary: String
  /// Formula, estimator and paper.
  public var source: String
  public var options: [OptionDescription]
  /// What becomes of calibration data with the given options.
  public var calibration: @Sendable (StepOptions) -> CalibrationUse
  /// Whether the step trains with the given options: it then needs `MethodContext.trainer` and `.training`.
  public var learns: @Sendable (StepOptions) -> Bool
  /// Whether the step times models with the given options, so that its outcome depends on engine and machine.
  public var timesModels: @Sendable (StepOptions) -> Bool

  public init(
    name: String, summary: String, source: String, options: [OptionDescription],
    calibration: @escaping @Sendable (StepOptions) -> CalibrationUse = { _ in .none },
    learns: @escaping @Sendable (StepOptions) -> Bool = { _ in false },
    timesModels: @escaping @Sendable (StepOptions) -> Bool = { _ in false }
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.options = options
    self.calibration = calibration
    self.learns = learns
    self.timesModels = timesModels
  }
}

/// Whether a step looks at calibration data.
public enum CalibrationUse: Sendable, Hashable {
  case none
  /// Used where there are some; the step does something else without.
  case optional
  case required
}

/// One option of a method.
public struct OptionDescription: Sendable {
  /// What values an option takes.
  public enum Kind: Sendable, Equatable {
    case bool
    case choice([String])
    case integer(ClosedRange<Int>)
    /// A real number in a closed range.
    case number(ClosedRange<Double>)
    /// Names of nodes or weights; `*` stands for any run of letters.
    case names
    /// A value of a form of its own, given in words, which the method itself checks.
    case form(String)
  }

  public var name: String
  public var kind: Kind
  /// nil when the method decides, as the summary then says, or when the option must be given.
  public var defaultValue: OptionValue?
  public var isRequired: Bool
  public var summary: String

  public init(
    _ name: String, _ kind: Kind, default defaultValue: OptionValue? = nil, isRequired: Bool = false,
    _ summary: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.isRequired = isRequired
    self.summary = summary
  }
}
