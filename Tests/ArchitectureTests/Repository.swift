import FoundationEssentials

/// This repository's own files, found from where this source file lies.
enum Repository {
  /// The folder of the package.
  static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  /// Paths of the files under a folder of the repository, relative to the root and sorted; empty without the folder.
  static func files(under folder: String, suffixes: [String] = [""]) -> [String] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
    // Hidden folders hold what tools installed (a virtual environment), not what belongs to the project.
    let own = paths.filter { path in !path.split(separator: "/").contains { $0.hasPrefix(".") } }
    return own.filter { path in suffixes.contains { path.hasSuffix($0) } }.sorted().map { "\(folder)/\($0)" }
  }

  /// The text of a file, by its path relative to the root; nil for a folder and for bytes that are not UTF-8.
  static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: "\(root)/\(path)").flatMap { String(validating: $0, as: UTF8.self) }
  }
}
