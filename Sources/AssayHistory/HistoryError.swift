public import AssayCore
import GRDB

/// What can go wrong with a history.
public enum HistoryErrorCode: String, FaultCode {
  /// There is no file.
  case missing
  /// Not a database, damaged, or without permission.
  case unreadable
  /// A database, but of another program.
  case notAHistory = "not-a-history"
  /// Written by a later version of Assay.
  case newerSchema = "newer-schema"
  /// The run has not ended, so its figures will still change.
  case unfinishedRun = "unfinished-run"
  /// The file or its folder cannot be created.
  case cannotCreate = "cannot-create"
  /// Another process kept the file locked.
  case busy
  /// Writing failed half-way; the history is as it was.
  case writeFailed = "write-failed"

  public var exitStatus: ExitStatus {
    switch self {
    case .missing, .unreadable, .notAHistory, .newerSchema, .unfinishedRun: .badInput
    case .cannotCreate: .cannotCreate
    case .busy, .writeFailed: .inputOutput
    }
  }
}

/// An error of the history.
public typealias HistoryError = Fault<HistoryErrorCode>

extension Fault where Code == HistoryErrorCode {
  static let keepRemedy = "move the file away to begin a new history; it was not changed"

  /// What SQLite said of the file at `path`, as one of ours.
  init(_ error: any Error, _ path: String) {
    let place = Place(file: path)
    if let error = error as? HistoryError {
      self = error.located(at: place)
      return
    }
    guard let error = error as? DatabaseError else {
      // Nothing but a value of another type than the schema's makes GRDB throw anything else.
      self.init(.unreadable, "the history is damaged: \(error)", at: place, remedy: Self.keepRemedy)
      return
    }
    let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_MISMATCH, .SQLITE_ERROR:
      self.init(.unreadable, "the history is damaged: \(reason)", at: place, remedy: Self.keepRemedy)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        .busy, "another process keeps the history locked", at: place, remedy: "try again when it has ended")
    case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      self.init(
        .cannotCreate, "the history cannot be opened: \(reason)", at: place,
        remedy: "check the permissions of the file and its folder, or choose another with --store")
    default:
      self.init(
        .writeFailed, "the history cannot be read or written: \(reason)", at: place,
        remedy: "free disk space and try again; the history is as it was")
    }
  }
}
