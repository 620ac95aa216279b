import AssayCore
import AssayFiles

/// Maps a model or a file of its weights.
///
/// - Throws: `unreadable`.
func mappedBytes(_ path: String) throws(ONNXError) -> Bytes {
  do {
    return try MappedFile(path).bytes
  } catch {
    throw ONNXError(.unreadable, from: error)
  }
}

/// Writes a file whole or not at all.
///
/// - Throws: `cannotCreate`, `writeFailed`.
func writeFile(_ pieces: [Bytes], to path: String, isSynced: Bool = true) throws(ONNXError) {
  do {
    try AtomicFile.write(pieces, to: path, isSynced: isSynced)
  } catch {
    throw ONNXError(error.code == .writeFailed ? .writeFailed : .cannotCreate, from: error)
  }
}
