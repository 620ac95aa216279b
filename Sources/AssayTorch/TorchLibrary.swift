public import AssayCore
import CTorch
import Synchronization

/// libtorch, loaded through the bridge that `scripts/setup` compiles.
///
/// Loading takes a tenth of a second or more, once for the process. Seeds, threads and determinism are the process's.
public final class TorchLibrary: Sendable {
  /// libtorch's version: `2.13.0`.
  public let version: String
  /// Path of the bridge.
  public let path: String
  // The table is constant for the life of the process.
  nonisolated(unsafe) let table: UnsafePointer<AssayTorchFunctions>
  private let live = Atomic<Int>(0)

  /// Loads it from the first place that has it: the file that `ASSAY_LIBTORCH` names, then `.engines/libtorch/` in the
  /// working folder and its parents, then in the folders above the executable.
  ///
  /// - Throws: `missing` with what to do about it, `library` for one that does not fit.
  public static func load() throws(TorchError) -> TorchLibrary { try TorchLibrarySearch.current().open() }

  /// Loads the bridge at `path`.
  ///
  /// - Throws: `library`.
  public init(path: String) throws(TorchError) {
    var functions: UnsafePointer<AssayTorchFunctions>?
    do {
      try attempt("it cannot be loaded") { message in assay_torch_open(path, &functions, message) }
    } catch {
      let doubled = "\(path): "
      let text = error.message.split(separator: doubled, maxSplits: 1).joined()
      throw TorchError(error.code, text, at: Place(file: path), remedy: TorchLibrarySearch.remedy)
    }
    guard let functions else {
      throw TorchError(.library, "it has no functions", at: Place(file: path), remedy: TorchLibrarySearch.remedy)
    }
    table = functions
    version = String(cString: functions.pointee.version)
    self.path = path
  }

  var functions: AssayTorchFunctions { table.pointee }

  /// Number of tensors that this value has handed out and that still live.
  public var liveTensorCount: Int { live.load(ordering: .relaxed) }

  func count(_ change: Int) { live.add(change, ordering: .relaxed) }
}
