/// An immutable run of bytes that is shared, never copied, when it is passed on.
///
/// The memory belongs to an owner: an allocation of our own, or a mapped file. A slice keeps the owner alive.
///
/// - Invariant: the bytes do not change after the value was created; that is what makes it `Sendable`.
public struct Bytes: @unchecked Sendable {
  private let owner: AnyObject
  private let base: UnsafeRawPointer
  /// Number of bytes.
  public let count: Int

  /// Wraps memory that `owner` keeps valid and unchanged for as long as it lives.
  public init(unsafe base: UnsafeRawPointer, count: Int, owner: AnyObject) {
    self.owner = owner
    self.base = base
    self.count = count
  }

  /// Allocates `count` bytes (64-byte aligned, zeroed) and lets `fill` write them.
  public init<E: Error>(count: Int, fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void) throws(E) {
    let block = OwnedBlock(count: count)
    try fill(UnsafeMutableRawBufferPointer(start: block.start, count: count))
    self.init(unsafe: UnsafeRawPointer(block.start), count: count, owner: block)
  }

  /// Copies the elements of `array` in memory order.
  public init<T: BitwiseCopyable>(copying array: [T]) {
    self.init(count: array.count * MemoryLayout<T>.stride) { target in
      array.withUnsafeBytes { target.copyMemory(from: $0) }
    }
  }

  /// The bytes of `range`, sharing memory with this value.
  ///
  /// - Precondition: `range` lies within `0..<count`.
  public func slice(_ range: Range<Int>) -> Bytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return Bytes(unsafe: base + range.lowerBound, count: range.count, owner: owner)
  }

  /// Whether both are the same run of the same memory, which says at once that their contents are equal.
  public func isSameMemory(as other: Bytes) -> Bool { base == other.base && count == other.count }

  /// Calls `body` with the memory, valid only during the call.
  public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Calls `body` with the memory seen as `T`; a remainder shorter than `T` is left out.
  ///
  /// Memory that is not aligned for `T` (a slice of a mapped file) is copied to an aligned place first.
  public func withElements<T: BitwiseCopyable, R, E: Error>(
    as type: T.Type, _ body: (UnsafeBufferPointer<T>) throws(E) -> R
  ) throws(E) -> R {
    if UInt(bitPattern: base) % UInt(MemoryLayout<T>.alignment) != 0 {
      return try Bytes(count: count) { target in
        target.copyMemory(from: UnsafeRawBufferPointer(start: base, count: count))
      }.withElements(as: type, body)
    }
    defer { withExtendedLifetime(owner) {} }
    let elements = count / MemoryLayout<T>.stride
    return try body(
      UnsafeBufferPointer(start: elements == 0 ? nil : base.assumingMemoryBound(to: T.self), count: elements))
  }
}

extension Bytes: Equatable {
  /// Compares lengths, then contents; the same memory is equal at once.
  public static func == (a: Bytes, b: Bytes) -> Bool {
    guard a.count == b.count else { return false }
    if a.base == b.base { return true }
    return a.withUnsafeBytes { x in b.withUnsafeBytes { y in x.elementsEqual(y) } }
  }
}

private final class OwnedBlock {
  let start: UnsafeMutableRawPointer

  init(count: Int) {
    start = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
    start.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
  }

  deinit { start.deallocate() }
}
