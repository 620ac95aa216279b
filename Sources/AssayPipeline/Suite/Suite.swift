public import AssayCore
public import AssayData

/// A checked suite file: what to compare, on what, and how it is measured.
///
/// Nothing after the suite reader looks at the file again.
public struct Suite: Sendable, Hashable {
  /// The value of `suite:`.
  public var name: String
  /// Path of the file, as it was given.
  public var path: String
  /// SHA-256 of the file's bytes, hexadecimal.
  public var sha256: String
  /// In file order; never empty.
  public var baselines: [SuiteBaseline]
  /// In file order, applied to each baseline.
  public var variants: [SuiteVariant]
  /// Names of engines in file order; never empty.
  public var engines: [String]
  /// Where `engines:` stands, for the error about one that does not exist.
  public var enginesPlace: Place?
  public var measure: SuiteMeasure
}

/// A model to compare variants with.
public struct SuiteBaseline: Sendable, Hashable {
  public var name: String
  public var model: SuitePath
  /// Rows that accuracy is judged on.
  public var test: SuiteDataset
  /// Rows that methods may look at; nil when the suite names none.
  public var calibration: SuiteDataset?
  public var place: Place?
}

/// A path from the suite, relative to its folder, with its variables resolved or the first one that is not set.
public enum SuitePath: Sendable, Hashable {
  case resolved(String)
  case missingVariable(name: String, text: String, place: Place)
}

/// A data set as the suite describes it.
public enum SuiteDataset: Sendable, Hashable {
  case resolved(DatasetDescription)
  case missingVariable(name: String, text: String, place: Place)
}

/// A named list of steps, or a model made elsewhere.
public struct SuiteVariant: Sendable, Hashable {
  public enum Origin: Sendable, Hashable {
    case steps([Step])
    case model(SuitePath)
  }
  public var name: String
  public var origin: Origin
  public var place: Place?
}

/// How every trial is measured; lists multiply.
public struct SuiteMeasure: Sendable, Hashable {
  public var threads: [Int] = [1]
  /// Rows per inference.
  public var batches: [Int] = [1]
  public var scenarios: [Scenario] = [.singleStream]
  public var settings = MeasureSettings()
}
