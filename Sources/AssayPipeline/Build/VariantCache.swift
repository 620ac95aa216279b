import AssayCore
import Glibc

/// The folder of things built from other things, each under the hash of what it was made from.
///
/// Anything in it may be deleted at any time; it is built again.
public struct VariantCache: Sendable {
  public let folder: String

  /// Uses `$ASSAY_CACHE`, or else `.assay-cache` in the working folder.
  public init(environment: [String: String]) {
    folder = environment["ASSAY_CACHE"].flatMap { $0.isEmpty ? nil : $0 } ?? ".assay-cache"
  }

  /// Creates the folder.
  ///
  /// - Throws: `cannotCreate`.
  func prepare() throws(PipelineError) {
    if let reason = Folder.create(folder) {
      throw PipelineError(
        .cannotCreate, "cannot create the cache folder: \(reason)", at: Place(file: folder),
        remedy: "set ASSAY_CACHE to a folder that can be written")
    }
    guard access(folder, W_OK) == 0 else {
      throw PipelineError(
        .cannotCreate, "cannot write to the cache folder: \(String(cString: strerror(errno)))",
        at: Place(file: folder), remedy: "set ASSAY_CACHE to a folder that can be written")
    }
  }

  func path(kind: String, key: String, extension suffix: String) -> String {
    "\(folder)/\(kind)-\(key.prefix(32)).\(suffix)"
  }
}
