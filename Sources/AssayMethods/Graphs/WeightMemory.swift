import AssayCore
import Glibc

/// Zeroed memory of our own for a large tensor, in huge pages where the system has them.
///
/// What takes longest when a weight is written anew is that the system clears pages one by one; pages of 2 MB are
/// cleared several times as fast as those of 4 kB.
private final class MappedBlock {
  let start: UnsafeMutableRawPointer
  private let count: Int

  /// - Returns: nil when the system has no memory left or refuses the mapping.
  init?(count: Int) {
    let protection = PROT_READ | PROT_WRITE
    guard let start = mmap(nil, count, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED else {
      return nil
    }
    // Only a wish: without huge pages the memory is the same.
    _ = madvise(start, count, 14)  // MADV_HUGEPAGE, which Glibc's module does not export
    (self.start, self.count) = (start, count)
  }

  deinit { munmap(start, count) }
}

extension Bytes {
  /// Zeroed bytes that `fill` writes, allocated for large tensors in huge pages.
  init(weightCount count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    guard count >= 4 << 20, let block = MappedBlock(count: count) else {
      self.init(count: count, fill: fill)
      return
    }
    fill(UnsafeMutableRawBufferPointer(start: block.start, count: count))
    self.init(unsafe: UnsafeRawPointer(block.start), count: count, owner: block)
  }
}
