import AssayCore
import AssayFiles
import AssayRuntime
import FoundationEssentials
import Glibc

/// Where the engine's shared library is looked for: the first place that has it counts.
///
/// 1. The file named by the environment variable. A wrong one is an error, never skipped.
/// 2. `EngineFolders`, in `onnxruntime`.
/// 3. The system's loader path.
struct LibrarySearch {
  static let variable = "ASSAY_ONNXRUNTIME"
  static let remedy = "run scripts/setup, or set \(variable) to the path of libonnxruntime.so"
  static let systemNames = ["libonnxruntime.so.1", "libonnxruntime.so"]

  var folders: EngineFolders

  /// The search of this process.
  static func current() -> LibrarySearch { LibrarySearch(folders: .current(variable: variable)) }

  /// The library in one of our own folders, or nil.
  func fileInFolders() -> String? { folders.first("onnxruntime", Self.library) }

  /// Opens the library, from the first place that has it.
  func open() throws(EngineError) -> OrtLibrary {
    if let environment = folders.environment {
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

  /// The file of the highest version in `folder`.
  private static func library(in folder: String) -> String? {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
    let prefix = "libonnxruntime.so"
    let found = names.filter { $0 == prefix || $0.hasPrefix(prefix + ".") }
    func version(_ name: String) -> [Int] { name.dropFirst(prefix.count).split(separator: ".").map { Int($0) ?? 0 } }
    return found.max { version($0).lexicographicallyPrecedes(version($1)) }.map { folder + "/" + $0 }
  }
}
