public import AssayCore

/// What can go wrong between a dataset on disk and the rows a model reads.
public enum DataErrorCode: String, FaultCode {
  /// A file is not where the description says.
  case missing
  /// A file exists and cannot be read.
  case unreadable
  /// A file is not what its format says: wrong magic, ragged rows, a field that is no number.
  case malformed
  /// A file ends before the data it announces, or announces more than it can hold.
  case truncated
  /// An element type or variant of a format that is not read here.
  case unsupported
  /// Examples and labels differ in number.
  case mismatch
  /// Fewer rows than were asked for.
  case rows
  /// A label that is no class.
  case labels
  /// Examples that do not fit the shape, layout or channels of the preparation.
  case shape
  /// A key or value of a description that is not known.
  case option
  /// A file cannot be created.
  case create
  /// Writing failed half-way.
  case write

  /// 65 for what is wrong with the input, 73 and 74 for what cannot be written.
  public var exitStatus: ExitStatus {
    switch self {
    case .missing, .malformed, .truncated, .unsupported, .mismatch, .rows, .labels, .shape, .option: .badInput
    case .unreadable, .write: .inputOutput
    case .create: .cannotCreate
    }
  }
}

/// An error of reading, preparing or storing data.
public typealias DataError = Fault<DataErrorCode>
