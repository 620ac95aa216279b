public import AssayCore
public import AssayJudge
import FoundationEssentials
import GRDB
import Glibc

/// An append-only database of runs: adding is all that can be done to it.
///
/// One file of SQLite with a rollback journal, not a write-ahead log, so that nothing but that file has to be kept or
/// cached. Writers wait for each other.
public final class HistoryStore: Sendable {
  /// Where the history is when nothing else is said.
  public static let defaultPath = ".assay/history.sqlite"
  /// Names another file, or `off`.
  public static let variable = "ASSAY_HISTORY"

  /// Seconds a process waits for another one that writes.
  private static let patience_s = 20.0

  public let path: String
  private let queue: DatabaseQueue

  /// The file that the environment asks for; nil when it asks for none (`ASSAY_HISTORY=off`).
  public static func path(in environment: [String: String]) -> String? {
    switch environment[variable] {
    case nil, "": defaultPath
    case "off": nil
    case let path?: path
    }
  }

  /// Opens a history to add to it; file and folder are created where they are missing.
  ///
  /// - Throws: `cannotCreate`; `unreadable`, `notAHistory`, `newerSchema`, the file being as it was; `busy`.
  public static func forAdding(_ path: String) throws(HistoryError) -> HistoryStore {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let folder = parts.joined(separator: "/")
    if !folder.isEmpty {
      do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw HistoryError(
          .cannotCreate, "the folder of the history cannot be created", at: Place(file: folder),
          remedy: "choose another with --store")
      }
    }
    let store = try HistoryStore(path, isReadOnly: false)
    try store.perform { queue in
      try queue.read(HistorySchema.check)
      try Self.migrate(queue)
    }
    return store
  }

  /// Opens a history to read it.
  ///
  /// - Throws: `missing`, `unreadable`, `notAHistory`, `newerSchema`, `busy`.
  public static func forReading(_ path: String) throws(HistoryError) -> HistoryStore {
    guard access(path, F_OK) == 0 else {
      throw HistoryError(
        .missing, "there is no history yet", at: Place(file: path),
        remedy: "'assay run' begins one; 'assay history add RUN' adds earlier runs")
    }
    // A journal that a killed process left behind can only be rolled back by one that may write.
    let store = try HistoryStore(path, isReadOnly: access(path, W_OK) != 0)
    try store.perform { try $0.read(HistorySchema.check) }
    return store
  }

  private init(_ path: String, isReadOnly: Bool) throws(HistoryError) {
    // SQLite would take an empty path and names like this for databases in memory.
    guard !path.isEmpty, !path.hasPrefix(":"), !path.hasPrefix("file:"), !path.utf8.contains(0) else {
      throw HistoryError(
        .cannotCreate, "this is not the name of a file", at: Place(file: path), remedy: "choose another with --store")
    }
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .timeout(Self.patience_s)
    self.path = path
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
    } catch {
      throw HistoryError(error, path)
    }
  }

  /// Brings the schema to this version; another process that does so at the same moment does no harm.
  private static func migrate(_ queue: DatabaseQueue) throws {
    let migrator = HistorySchema.migrator
    guard try !queue.read(migrator.hasCompletedMigrations) else { return }
    do {
      try migrator.migrate(queue)
    } catch {
      guard try queue.read(migrator.hasCompletedMigrations) else { throw error }
    }
  }

  /// What adding a run came to.
  public enum Addition: Sendable, Hashable {
    case added
    /// The run was there, with other outcomes of these trials: failed ones that were measured again since.
    case completed(trials: Int)
    case wasThere
  }

  /// Adds a run; one that is there already changes nothing.
  ///
  /// A trial that failed before and has been measured since is added beside its failure.
  ///
  /// - Throws: `busy`, `writeFailed`, `unreadable`; the history is then as it was.
  @discardableResult
  public func add(_ run: HistoryRun) throws(HistoryError) -> Addition {
    try perform { try $0.write { db in try Self.insert(run, into: db) } }
  }

  /// Adds a run with the verdicts it came to.
  ///
  /// - Throws: `unfinishedRun`, and what `add(_:)` throws.
  @discardableResult
  public func add(
    _ record: RunRecord, commit: String?, comparison: Comparison? = nil
  ) throws(HistoryError) -> Addition {
    guard record.finishedAt != nil else {
      throw HistoryError(
        .unfinishedRun, "the run '\(record.suite)' of \(record.startedAt) has not ended",
        remedy: "go on with it: 'assay run SUITE --resume'")
    }
    return try add(HistoryRun(record, commit: commit, comparison: comparison))
  }

  /// The runs, oldest first, the last `limit` of them.
  ///
  /// - Parameters:
  ///   - suite: Only runs of this suite; nil for all.
  ///   - metrics: Only figures of these; empty for all.
  /// - Throws: `unreadable`, `busy`.
  public func runs(
    suite: String? = nil, metrics: [String] = [], last limit: Int? = nil
  ) throws(HistoryError) -> [HistoryRun] {
    try perform { queue in
      try queue.read { db in
        // A file that was created and not yet filled.
        guard try db.tableExists("run") else { return [] }
        return try Self.fetch(from: db, suite: suite, metrics: metrics, last: limit)
      }
    }
  }

  private func perform<T>(_ work: (DatabaseQueue) throws -> T) throws(HistoryError) -> T {
    do {
      return try work(queue)
    } catch {
      throw HistoryError(error, path)
    }
  }
}
