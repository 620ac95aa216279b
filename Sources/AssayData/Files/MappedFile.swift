import AssayCore
import Glibc

/// A file mapped read-only into memory; the pages are shared by all processes that map it.
final class MappedFile {
  let start: UnsafeRawPointer
  let count: Int
  private let isMapped: Bool

  /// Maps the whole file.
  ///
  /// - Throws: `missing` with a remedy, `unreadable` for a folder, a pipe or a file without permission.
  init(_ path: String) throws(DataError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw MissingData.error(tried: [path]) }
      throw Self.unreadable(path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DataError(
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
  static func bytes(of path: String) throws(DataError) -> Bytes {
    let file = try MappedFile(path)
    return Bytes(unsafe: file.start, count: file.count, owner: file)
  }

  /// Whether a file, not a folder, is at `path`.
  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether something is at `path`.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func unreadable(_ path: String) -> DataError {
    DataError(.unreadable, "cannot be read: \(String(cString: strerror(errno)))", at: Place(file: path))
  }
}
