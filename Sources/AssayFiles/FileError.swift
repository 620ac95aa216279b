public import AssayCore

/// What can go wrong with a file, whatever is in it.
public enum FileErrorCode: String, FaultCode {
  case missing
  /// There, but a folder, a pipe, or without permission.
  case unreadable
  case cannotCreate
  /// Writing failed half-way, on a full disk for example; an older file is as it was.
  case writeFailed

  public var exitStatus: ExitStatus {
    switch self {
    case .missing, .unreadable: .badInput
    case .cannotCreate: .cannotCreate
    case .writeFailed: .inputOutput
    }
  }
}

/// An error of reading or writing a file.
public typealias FileError = Fault<FileErrorCode>

extension Fault {
  /// The same error under another module's code.
  public init(_ code: Code, from error: FileError) {
    self.init(code, error.message, at: error.place, remedy: error.remedy, cause: error.cause)
  }
}
