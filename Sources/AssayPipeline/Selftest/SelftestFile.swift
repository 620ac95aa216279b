public import AssayCore
import Glibc

/// The file in which a self-test is kept for programs.
public enum SelftestFile {
  /// Whether the file could be written later, so that minutes of measuring are not lost to a mistyped path.
  ///
  /// - Throws: `cannotCreate` when its folder is not there or may not be written to.
  public static func check(_ path: String) throws(PipelineError) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard access(folder, W_OK | X_OK) == 0 else {
      throw PipelineError(
        .cannotCreate, "cannot write to the folder '\(folder)': \(String(cString: strerror(errno)))",
        at: Place(file: path), remedy: "choose another file with --json")
    }
  }

  /// Writes `value` as JSON with sorted keys, whole or not at all.
  ///
  /// - Throws: `writeFailed`.
  public static func write(_ value: some Encodable, to path: String) throws(PipelineError) {
    do {
      try AtomicJSON.write(value, to: path)
    } catch {
      throw PipelineError(
        .writeFailed, "cannot write the result of the self-test", at: Place(file: path),
        remedy: "choose another file with --json", cause: error)
    }
  }
}
