public import AssayCore
import Glibc

/// A file mapped read-only into memory; the pages are shared by all processes that map it.
///
/// A file that someone else shortens while it is mapped ends the process (SIGBUS), as with every program that maps files.
public final class MappedFile: Sendable {
  private nonisolated(unsafe) let start: UnsafeRawPointer
  /// Bytes of the file.
  public let count: Int
  private let isMapped: Bool

  /// Maps the whole file.
  ///
  /// - Throws: `missing`, `unreadable` for a folder, a pipe or a file without permission.
  public init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR {
        throw FileError(.missing, "there is no such file", at: Place(file: path), remedy: "check the path")
      }
      throw Self.unreadable(path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(
        .unreadable, "not a file", at: Place(file: path), remedy: "give the path of a file, not of a folder")
    }
    count = Int(status.st_size)
    guard count > 0 else {
      start = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64))
      isMapped = false
      return
    }
    guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
      throw Self.unreadable(path)
    }
    start = UnsafeRawPointer(address)
    isMapped = true
  }

  deinit {
    let address = UnsafeMutableRawPointer(mutating: start)
    if isMapped { munmap(address, count) } else { address.deallocate() }
  }

  /// The mapped bytes; they keep the mapping alive.
  public var bytes: Bytes { Bytes(unsafe: start, count: count, owner: self) }

  /// Whether a file, not a folder, is at `path`.
  public static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether something is at `path`.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func unreadable(_ path: String) -> FileError {
    FileError(.unreadable, "cannot be read: \(String(cString: strerror(errno)))", at: Place(file: path))
  }
}
