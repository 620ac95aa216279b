import AssayCore
import Glibc

/// A file that appears under its name only when it is complete.
///
/// Writes go to a temporary file in the same folder; `commit` syncs and renames it. Dropped without a commit, the
/// temporary file is removed.
struct OutputFile: ~Copyable {
  private let path: String
  private let temporary: String
  private var descriptor: Int32
  private var isCommitted = false

  init(path: String) throws(ONNXError) {
    self.path = path
    temporary = "\(path).\(getpid()).tmp"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw ONNXError(
        .cannotCreate, "cannot create the file: \(String(cString: strerror(errno)))", at: Place(file: path),
        remedy: "check that the folder exists and is writable")
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isCommitted { unlink(temporary) }
  }

  mutating func write(_ bytes: Bytes) throws(ONNXError) {
    let descriptor = self.descriptor
    let failure = bytes.withUnsafeBytes { buffer -> Int32 in
      var offset = 0
      while offset < buffer.count {
        let written = Glibc.write(
          descriptor, buffer.baseAddress.map { $0 + offset }, min(buffer.count - offset, 1 << 30))
        if written < 0 {
          if errno == EINTR { continue }
          return errno
        }
        offset += written
      }
      return 0
    }
    guard failure == 0 else { throw writeFailed(failure) }
  }

  mutating func commit() throws(ONNXError) {
    guard fsync(descriptor) == 0 else { throw writeFailed(errno) }
    close(descriptor)
    descriptor = -1
    guard rename(temporary, path) == 0 else { throw writeFailed(errno) }
    isCommitted = true
  }

  private func writeFailed(_ code: Int32) -> ONNXError {
    ONNXError(
      .writeFailed, "writing failed: \(String(cString: strerror(code)))", at: Place(file: path),
      remedy: code == ENOSPC ? "free disk space; nothing was overwritten" : nil)
  }
}
