public import AssayCore
import Glibc

/// Writing a file so that a reader sees the old content or the new one, never a part.
public enum AtomicFile {
  /// Writes `pieces` one after another to a temporary file beside `path`, syncs it to disk and renames it.
  ///
  /// - Parameter isSynced: Whether to wait for the disk; not for files that are needed for a moment only.
  /// - Throws: `cannotCreate` when the folder cannot be written, `writeFailed` when it fails half-way (a full disk); the temporary
  ///   file is removed and an older file at `path` is as it was.
  public static func write(_ pieces: [Bytes], to path: String, isSynced: Bool = true) throws(FileError) {
    var name = Array("\(path).XXXXXX".utf8CString)
    let descriptor = name.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkstemp($0) } ?? -1
    }
    guard descriptor >= 0 else {
      throw failure(
        .cannotCreate, "cannot be created", path, remedy: "check that the folder exists and that you may write there")
    }
    do throws(FileError) {
      defer { close(descriptor) }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      for piece in pieces { try write(piece, to: descriptor, path: path) }
      // mkstemp makes files that only the owner can read; 0644 is what other tools would leave.
      guard fchmod(descriptor, 0o644) == 0, !isSynced || fsync(descriptor) == 0 else {
        throw failure(.writeFailed, "cannot be written", path)
      }
    } catch {
      unlink(name)
      throw error
    }
    guard rename(name, path) == 0 else {
      let error = failure(.cannotCreate, "cannot be replaced", path)
      unlink(name)
      throw error
    }
    if isSynced { syncFolder(of: path) }
  }

  private static func write(_ piece: Bytes, to descriptor: Int32, path: String) throws(FileError) {
    try piece.withUnsafeBytes { (buffer) throws(FileError) in
      var done = 0
      while done < buffer.count {
        let written = Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else {
          throw failure(.writeFailed, "cannot be written", path, remedy: "free some space or choose another folder")
        }
        done += written
      }
    }
  }

  /// Makes the rename itself durable; where a folder cannot be synced the file is still whole.
  private static func syncFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func failure(
    _ code: FileErrorCode, _ message: String, _ path: String, remedy: String? = nil
  ) -> FileError {
    FileError(code, "\(message): \(String(cString: strerror(errno)))", at: Place(file: path), remedy: remedy)
  }
}
