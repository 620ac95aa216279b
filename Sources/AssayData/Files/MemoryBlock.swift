import AssayCore
import Glibc

/// Memory that the kernel provides page by page as it is written: a size that a file claims costs nothing before data
/// really arrive, and a size that cannot be had is an error instead of a crash.
final class MemoryBlock {
  private let start: UnsafeMutableRawPointer

  private init?(count: Int) {
    guard let address = aligned_alloc(64, max((count + 63) & ~63, 64)) else { return nil }
    start = address
  }

  deinit { free(start) }

  /// Bytes that `fill` writes completely.
  ///
  /// - Throws: `truncated` when there is no such amount of memory, and what `fill` throws.
  static func bytes(
    count: Int, at place: Place?, fill: (UnsafeMutableRawBufferPointer) throws(DataError) -> Void
  ) throws(DataError) -> Bytes {
    guard count >= 0, count < Int.max / 2, let block = MemoryBlock(count: count) else {
      throw DataError(
        .truncated, "\(count) bytes are needed, more than there is memory", at: place,
        remedy: "use fewer rows, or check that the file is not damaged")
    }
    try fill(UnsafeMutableRawBufferPointer(start: block.start, count: count))
    return Bytes(unsafe: block.start, count: count, owner: block)
  }
}
