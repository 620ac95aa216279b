public import AssayCore

/// What can go wrong between a run record and its files.
public enum ReportErrorCode: String, FaultCode {
  /// The program that draws the charts is not installed.
  case gnuplotMissing = "gnuplot-missing"
  /// gnuplot refused a script.
  case drawingFailed = "drawing-failed"
  /// A folder or file cannot be created.
  case cannotCreate = "cannot-create"
  /// Writing failed half-way.
  case writeFailed = "write-failed"
  /// A file name that leaves the folder, or is empty.
  case badName = "bad-name"
  /// A picture was asked for of what has no numbers.
  case nothingToDraw = "nothing-to-draw"

  public var exitStatus: ExitStatus {
    switch self {
    case .gnuplotMissing: .cannotCreate
    case .drawingFailed, .badName: .internalFault
    case .nothingToDraw: .badInput
    case .cannotCreate: .cannotCreate
    case .writeFailed: .inputOutput
    }
  }
}

public typealias ReportError = Fault<ReportErrorCode>
