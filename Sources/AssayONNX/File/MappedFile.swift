import AssayCore
import Glibc

/// A file's contents mapped read-only into memory, unmapped when the last user lets go.
///
/// Weights are used in place: pages come from the page cache and are never copied.
final class MappedFile: @unchecked Sendable {
  let path: String
  let count: Int
  private let start: UnsafeMutableRawPointer?

  /// Maps the regular file at `path`.
  ///
  /// - Throws: `unreadable`, with the system's reason.
  init(path: String) throws(ONNXError) {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ONNXError(.unreadable, "not a regular file", at: Place(file: path))
    }
    count = Int(status.st_size)
    guard count > 0 else {
      start = nil
      return
    }
    guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
      throw Self.unreadable(path, errno)
    }
    start = address
  }

  deinit { if let start { munmap(start, count) } }

  private static func unreadable(_ path: String, _ code: Int32) -> ONNXError {
    ONNXError(
      .unreadable, "cannot read the file: \(String(cString: strerror(code)))", at: Place(file: path),
      remedy: code == ENOENT ? "check the path" : nil)
  }

  /// The whole contents.
  var bytes: Bytes {
    guard let start else { return Bytes(copying: [UInt8]()) }
    return Bytes(unsafe: UnsafeRawPointer(start), count: count, owner: self)
  }
}
