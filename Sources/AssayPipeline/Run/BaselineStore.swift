public import AssayCore
import FoundationEssentials
import Glibc

/// A folder of named run records that later runs are held against: `NAME.json` each, whole at every moment.
///
/// A record is kept as it was measured, raw samples and warm-up with it, so that it is a run like any other; the folder can
/// be committed or cached.
public struct BaselineStore: Sendable {
  /// Where baselines are when nothing else is said.
  public static let defaultFolder = ".assay/baselines"
  /// Names another folder.
  public static let variable = "ASSAY_BASELINES"

  public let folder: String

  public init(folder: String) { self.folder = folder }

  /// The folder given, or that of the environment, or the default one.
  public init(folder: String?, environment: [String: String]) {
    let named = environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
    self.init(folder: folder ?? named ?? Self.defaultFolder)
  }

  /// A baseline as it lies in the folder.
  public struct Entry: Sendable {
    public var name: String
    /// The record, or why it cannot be read.
    public var record: Result<RunRecord, PipelineError>
  }

  /// The file of a baseline.
  ///
  /// - Throws: `unknownName` for what is no name.
  public func path(of name: String) throws(PipelineError) -> String {
    if let reason = Self.objection(to: name) {
      throw PipelineError(
        .unknownName, "'\(Self.visible(name))' cannot be the name of a baseline: \(reason)",
        remedy: "use letters, digits, '-', '_' and '.', for example main")
    }
    return "\(folder)/\(name).json"
  }

  /// Keeps a run under a name.
  ///
  /// - Parameter replaces: Whether a baseline of that name may be overwritten.
  /// - Throws: `unknownName` for what is no name; `recordUnreadable` for a run that has not ended; `cannotCreate` when the
  ///   name is taken or the folder cannot be made; `writeFailed`, the old baseline being as it was.
  public func save(_ record: RunRecord, as name: String, replaces: Bool = false) throws(PipelineError) {
    let path = try path(of: name)
    guard record.finishedAt != nil else {
      throw PipelineError(
        .recordUnreadable, "the run '\(record.suite)' of \(record.startedAt) has not ended, so it cannot be a baseline",
        remedy: "go on with it: assay run SUITE --resume")
    }
    if let reason = Folder.create(folder) {
      throw PipelineError(
        .cannotCreate, "cannot create the folder of the baselines: \(reason)", at: Place(file: folder),
        remedy: "choose another with --store")
    }
    guard replaces || access(path, F_OK) != 0 else {
      throw PipelineError(
        .cannotCreate, "there is a baseline '\(name)' already", at: Place(file: path),
        remedy: "choose another name, or overwrite it with --force")
    }
    do {
      try AtomicJSON.write(record, to: path)
    } catch {
      throw PipelineError(
        .writeFailed, "cannot save the baseline", at: Place(file: path), remedy: "check the folder and free disk space",
        cause: error)
    }
  }

  /// Names of the baselines, sorted; none where there is no folder.
  public func names() -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }
      .filter { Self.objection(to: $0) == nil }.sorted()
  }

  /// All baselines by name; one that cannot be read does not hide the others.
  public func entries() -> [Entry] {
    names().map { name in Entry(name: name, record: Result { () throws(PipelineError) in try load(name) }) }
  }

  /// The record of a baseline.
  ///
  /// - Throws: `unknownName` where there is none of that name; `recordUnreadable`.
  public func load(_ name: String) throws(PipelineError) -> RunRecord {
    let path = try path(of: name)
    guard access(path, F_OK) == 0 else { throw unknown(name, "there is no baseline '\(name)'") }
    return try RunStore.load(path)
  }

  /// Removes a baseline.
  ///
  /// - Throws: `unknownName` where there is none of that name; `cannotCreate` when the file cannot be removed.
  public func delete(_ name: String) throws(PipelineError) {
    let path = try path(of: name)
    guard unlink(path) != 0 else { return }
    guard errno != ENOENT && errno != ENOTDIR else { throw unknown(name, "there is no baseline '\(name)'") }
    throw PipelineError(
      .cannotCreate, "cannot delete the baseline: \(String(cString: strerror(errno)))", at: Place(file: path))
  }

  /// The run that a word on the command line means: a baseline's name, the folder of a run, or its `run.json`.
  ///
  /// A baseline goes before a folder of the same name; `./main` always means the folder.
  ///
  /// - Throws: `unknownName` where the word is neither; `recordUnreadable`.
  public func resolve(_ word: String) throws(PipelineError) -> RunRecord {
    if Self.objection(to: word) == nil, access("\(folder)/\(word).json", F_OK) == 0 { return try load(word) }
    guard access(word, F_OK) == 0 else {
      throw unknown(word, "'\(Self.visible(word))' is neither a baseline nor the folder of a run")
    }
    return try RunStore.load(word)
  }

  private func unknown(_ word: String, _ message: String) -> PipelineError {
    let names = names()
    let remedy: String
    if let nearest = nearestName(to: word, among: names) {
      remedy = "did you mean '\(nearest)'?"
    } else if names.isEmpty {
      remedy = "there are no baselines in \(folder) yet; assay baseline save NAME RUN keeps one"
    } else {
      remedy = "baselines in \(folder): \(names.joined(separator: ", "))"
    }
    return PipelineError(.unknownName, message, at: nil, remedy: remedy)
  }

  /// Why a text cannot name a baseline; nil when it can.
  private static func objection(to name: String) -> String? {
    if name.isEmpty { return "it is empty" }
    if name.utf8.count > 100 { return "it is longer than 100 bytes" }
    for scalar in name.unicodeScalars {
      if scalar == "/" || scalar == "\\" { return "it has a part of a path in it" }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
        return "it has a character in it that cannot be seen"
      default: break
      }
    }
    if name.hasPrefix(".") || name.hasPrefix("-") { return "it begins with '\(name.prefix(1))'" }
    if name.first?.isWhitespace == true || name.last?.isWhitespace == true { return "it begins or ends with a blank" }
    return nil
  }

  /// A text for a message: what cannot be seen as `?`.
  private static func visible(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(120).map { scalar in
          let isLineEnd = scalar == "\u{2028}" || scalar == "\u{2029}"
          return isLineEnd || scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? "?" : scalar
        }))
  }
}
