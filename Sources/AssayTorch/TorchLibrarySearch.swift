import AssayCore
import AssayFiles
import Glibc

/// Where the bridge to libtorch is looked for: the first place that has it counts.
///
/// 1. The file named by the environment variable. A wrong one is an error, never skipped.
/// 2. `EngineFolders`, in `libtorch`.
struct TorchLibrarySearch {
  static let variable = "ASSAY_LIBTORCH"
  static let fileName = "libassay_torch.so"
  static let remedy = "run scripts/setup, or set \(variable) to the path of \(fileName)"

  var folders: EngineFolders

  /// The search of this process.
  static func current() -> TorchLibrarySearch { TorchLibrarySearch(folders: .current(variable: variable)) }

  /// The bridge in one of our own folders, or nil.
  func fileInFolders() -> String? {
    folders.first("libtorch") { folder in
      let file = "\(folder)/\(Self.fileName)"
      return access(file, F_OK) == 0 ? file : nil
    }
  }

  /// The bridge's path, from the first place that has it; nothing is loaded.
  func path() throws(TorchError) -> String {
    if let environment = folders.environment {
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
}
