import AssayCore
import FoundationEssentials
import Glibc

/// Where the bridge to libtorch is looked for: the first place that has it counts.
///
/// 1. The file named by the environment variable. A wrong one is an error, never skipped.
/// 2. `.engines/libtorch/` in the working folder and its parents, then in the folders above the executable.
struct TorchLibrarySearch {
  static let variable = "ASSAY_LIBTORCH"
  static let fileName = "libassay_torch.so"
  static let remedy = "run scripts/setup, or set \(variable) to the path of \(fileName)"

  var environment: String?
  var workingFolder: String
  var executable: String?

  /// The search of this process.
  static func current() -> TorchLibrarySearch {
    TorchLibrarySearch(
      environment: getenv(variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 },
      workingFolder: FileManager.default.currentDirectoryPath,
      executable: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  }

  /// The bridge in one of our own folders, or nil.
  func fileInFolders() -> String? {
    var visited: Set<String> = []
    for start in [workingFolder, executable.map(Self.parent)].compactMap({ $0 }) {
      var folder = start
      while visited.insert(folder).inserted {
        let file = "\(folder)/.engines/libtorch/\(Self.fileName)"
        if access(file, F_OK) == 0 { return file }
        folder = Self.parent(folder)
      }
    }
    return nil
  }

  /// The bridge's path, from the first place that has it; nothing is loaded.
  func path() throws(TorchError) -> String {
    if let environment {
      guard access(environment, F_OK) == 0 else {
        throw TorchError(.missing, "\(Self.variable) names '\(environment)', which is not there", remedy: Self.remedy)
      }
      return environment
    }
    guard let file = fileInFolders() else {
      throw TorchError(.missing, "libtorch was not found", remedy: Self.remedy)
    }
    return file
  }

  /// Loads the bridge, from the first place that has it.
  func open() throws(TorchError) -> TorchLibrary { try TorchLibrary(path: path()) }

  private static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[..<slash])
  }
}
