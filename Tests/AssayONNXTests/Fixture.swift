import FoundationEssentials

/// Files committed beside the tests.
enum Fixture {
  /// The folder `Fixtures` of this target, found through the path of this source file.
  static func path(_ name: String) -> String {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return "\(folder)/Fixtures/\(name)"
  }

  /// The lines of a text file, each split at spaces.
  static func rows(_ name: String) throws -> [[String]] {
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ").map(String.init) }
  }
}
