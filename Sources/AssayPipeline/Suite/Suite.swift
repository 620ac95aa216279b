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
  /// SHA-256 of what the file says apart from its gates, hexadecimal: gates change nothing that is measured.
  public var sha256: String
  /// In file order; never empty.
  public var baselines: [SuiteBaseline]
  /// In file order, applied to each baseline.
  public var variants: [SuiteVariant]
  /// Names of engines in file order; never empty.
  public var engines: [String]
  /// Where `engines:` stands, for the error about one that does not exist.
  public var enginesPlace: Place?
  /// How every trial is measured.
  public var measure: SuiteMeasure
  /// What the run must meet, as written; `Plan.gates` has them checked.
  public var gates: [SuiteGate] = []
  /// What selects the best variant, as written; nil when the suite does not say.
  public var goal: SuiteGoal?
}

/// A goal of the suite, whose constraints the suite reader does not know.
public struct SuiteGoal: Sendable, Hashable {
  public var priority: Priority
  /// Constraints as written.
  public var constraints: [String]
  /// Where it is written.
  public var place: Place?
}

/// A gate of the suite, whose metric the suite reader does not know.
public struct SuiteGate: Sendable, Hashable {
  /// `latency.p90 <= 5 ms`.
  public var text: String
  /// Variants it applies to; empty for every one.
  public var variants: [String]
  /// Where it is written.
  public var place: Place?
}

/// A model to compare variants with.
public struct SuiteBaseline: Sendable, Hashable {
  /// The key under `baselines:`; for a single one its `name:`, or else the stem of its file.
  public var name: String
  /// The ONNX file.
  public var model: SuitePath
  /// Rows that accuracy is judged on.
  public var test: SuiteDataset
  /// Rows that methods may look at; nil when the suite names none.
  public var calibration: SuiteDataset?
  /// Where it is written.
  public var place: Place?
}

/// A path from the suite, relative to its folder, with its variables resolved or the first one that is not set.
public enum SuitePath: Sendable, Hashable {
  /// The path, ready to be opened.
  case resolved(String)
  /// `text` uses a variable that is neither set nor has a default; an error only when the path is used, see `get()`.
  case missingVariable(name: String, text: String, place: Place)
}

/// A data set as the suite describes it.
public enum SuiteDataset: Sendable, Hashable {
  /// The description, ready to be opened.
  case resolved(DatasetDescription)
  /// `text`, one of its paths, uses a variable that is neither set nor has a default; see `get()`.
  case missingVariable(name: String, text: String, place: Place)
}

/// A named list of steps, or a model made elsewhere.
public struct SuiteVariant: Sendable, Hashable {
  /// Where the model of a variant comes from.
  public enum Origin: Sendable, Hashable {
    /// Methods applied to the baseline, in order; never empty.
    case steps([Step])
    /// A model made elsewhere.
    case model(SuitePath)
  }
  /// The key under `variants:`; any text but `Trial.baselineVariant`, line ends included.
  public var name: String
  /// How its model is made.
  public var origin: Origin
  /// Where it is written.
  public var place: Place?
}

/// How every trial is measured; lists multiply.
public struct SuiteMeasure: Sendable, Hashable {
  /// Threads of an engine; each at least 1, none twice.
  public var threads: [Int] = [1]
  /// Rows per inference; each at least 1, none twice.
  public var batches: [Int] = [1]
  /// How requests arrive; none twice.
  public var scenarios: [Scenario] = [.singleStream]
  /// Launches, rounds, block length, seed and input.
  public var settings = MeasureSettings()
}
