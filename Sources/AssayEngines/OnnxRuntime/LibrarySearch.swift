import AssayCore
import AssayRuntime
import FoundationEssentials
import Glibc

/// Where the engine's shared library is looked for: the first place that has it counts.
///
/// 1. The file named by the environment variable. A wrong one is an error, never skipped.
/// 2. `.engines/onnxruntime/` in the working folder and its parents, then in the folders above the executable.
/// 3. The system's loader path.
struct LibrarySearch {
  static let variable = "ASSAY_ONNXRUNTIME"
  static let remedy = "run scripts/setup, or set \(variable) to the path of libonnxruntime.so"
  static let systemNames = ["libonnxruntime.so.1", "libonnxruntime.so"]

  var environment: String?
  var workingFolder: String
  var executable: String?

  /// The search of this process.
  static func current() -> LibrarySearch {
    LibrarySearch(
      environment: getenv(variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 },
      workingFolder: FileManager.default.currentDirectoryPath,
      executable: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  }

  /// The library in one of our own folders, or nil.
  func fileInFolders() -> String? {
    var visited: Set<String> = []
    for start in [workingFolder, executable.map(Self.parent)].compactMap({ $0 }) {
      var folder = start
      while visited.insert(folder).inserted {
        if let file = Self.library(in: folder + "/.engines/onnxruntime") { return file }
        folder = Self.parent(folder)
      }
    }
    return nil
  }

  /// Opens the library, from the first place that has it.
  func open() throws(EngineError) -> OrtLibrary {
    if let environment {
      guard access(environment, F_OK) == 0 else {
        throw EngineError(
          .missing, "\(Self.variable) names '\(environment)', which is not there", remedy: Self.remedy)
      }
      return try OrtLibrary(path: environment)
    }
    if let file = fileInFolders() { return try OrtLibrary(path: file) }
    for name in Self.systemNames {
      do { return try OrtLibrary(path: name) } catch {
        // A library that is there but does not fit is told; one that is not there is looked for elsewhere.
        if error.place == nil { throw error }
      }
    }
    throw EngineError(.missing, "the library of onnxruntime was not found", remedy: Self.remedy)
  }

  private static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[..<slash])
  }

  /// The file of the highest version in `folder`.
  private static func library(in folder: String) -> String? {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
    let prefix = "libonnxruntime.so"
    let found = names.filter { $0 == prefix || $0.hasPrefix(prefix + ".") }
    func version(_ name: String) -> [Int] { name.dropFirst(prefix.count).split(separator: ".").map { Int($0) ?? 0 } }
    return found.max { version($0).lexicographicallyPrecedes(version($1)) }.map { folder + "/" + $0 }
  }
}
