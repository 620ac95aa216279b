public import AssayCore
import FoundationEssentials
import Glibc

/// Where a run record lives: `run.json` in the folder of the run, whole at every moment.
public struct RunStore: Sendable {
  public let folder: String

  public init(folder: String) { self.folder = folder }

  public var path: String { folder + "/run.json" }

  /// Where the outputs of models on all rows lie.
  var outputsFolder: String { folder + "/outputs" }

  /// Creates the folder where it is missing.
  ///
  /// - Throws: `cannotCreate` when it cannot be created or written to.
  public func prepare() throws(PipelineError) {
    if let reason = Folder.create(outputsFolder) {
      throw PipelineError(
        .cannotCreate, "cannot create the output folder: \(reason)", at: Place(file: folder),
        remedy: "choose another with --output")
    }
    guard access(folder, W_OK) == 0 else {
      throw PipelineError(
        .cannotCreate, "cannot write to the output folder: \(String(cString: strerror(errno)))",
        at: Place(file: folder), remedy: "choose another with --output")
    }
  }

  /// Replaces `run.json`: written beside it, synced, renamed.
  ///
  /// - Throws: `writeFailed`; the previous record is then still there, whole.
  public func save(_ record: RunRecord) throws(PipelineError) {
    do {
      try AtomicJSON.write(record, to: path)
    } catch {
      throw PipelineError(
        .writeFailed, "cannot save the run record", at: Place(file: path),
        remedy: "free disk space and continue with --resume", cause: error)
    }
  }

  /// Reads the record of a run; `path` is its folder or the file itself.
  ///
  /// - Throws: `recordUnreadable`, saying whether the file is missing, cut off, edited, or of a newer version.
  public static func load(_ path: String) throws(PipelineError) -> RunRecord {
    var isFolder = stat()
    let file = stat(path, &isFolder) == 0 && isFolder.st_mode & S_IFMT == S_IFDIR ? path + "/run.json" : path
    guard let data = FileManager.default.contents(atPath: file) else {
      throw PipelineError(
        .recordUnreadable, "there is no readable run record", at: Place(file: file),
        remedy: "name the folder of a run, or its run.json")
    }
    struct Version: Decodable { var schema: Int }
    guard let version = try? JSONDecoder().decode(Version.self, from: data) else {
      throw PipelineError(
        .recordUnreadable, "not a run record: no JSON with a schema number", at: Place(file: file),
        remedy: "the file was cut off or edited; run the suite again")
    }
    guard version.schema == RunRecord.currentSchema else {
      throw PipelineError(
        .recordUnreadable,
        "the run record has schema \(version.schema), this version of Assay reads \(RunRecord.currentSchema)",
        at: Place(file: file), remedy: "read it with the version of Assay that wrote it")
    }
    do {
      return try JSONDecoder().decode(RunRecord.self, from: data)
    } catch {
      throw PipelineError(
        .recordUnreadable, "the run record is damaged: \(Self.explain(error))", at: Place(file: file),
        remedy: "it was edited by hand; run the suite again")
    }
  }

  private static func explain(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func text(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    }
    switch error {
    case .keyNotFound(let key, let context): return "'\(text(context.codingPath)).\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return "'\(text(context.codingPath))': \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
