public import AssayCore
import FoundationEssentials

/// Where a suite is written, and how it names files that are given as seen from here.
public struct SuitePlace: Sendable {
  /// Folder of the suite as it was given; empty for the working folder.
  private let folder: String

  public init(suite: String) {
    let parts = suite.split(separator: "/", omittingEmptySubsequences: false)
    folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : ""
  }

  /// The path as the suite shall write it: as given where the suite lies in the working folder, or else below or above its own
  /// folder where that can be said, or else absolute.
  public func path(_ path: String) -> String {
    if folder.isEmpty || path.hasPrefix("/") || path.hasPrefix("$") { return path }
    if path.hasPrefix(folder), path.count > folder.count { return String(path.dropFirst(folder.count)) }
    let steps = folder.split(separator: "/")
    if !folder.hasPrefix("/"), !steps.contains(".."), !steps.contains(".") {
      return String(repeating: "../", count: steps.count) + path
    }
    return FileManager.default.currentDirectoryPath + "/" + path
  }

  /// Writes a suite, whole or not at all.
  ///
  /// - Throws: `cannotCreate`.
  public static func write(_ text: String, to path: String) throws(PipelineError) {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw PipelineError(
        .cannotCreate, "the suite cannot be written", at: Place(file: path), remedy: "choose another --output",
        cause: error)
    }
  }
}
