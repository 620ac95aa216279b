import AssayCore
import Dispatch

/// A run of neighbouring elements of one of several tensors: what one worker does at a time.
struct Piece: Sendable {
  /// Position of the tensor in its list.
  var tensor: Int
  /// First element.
  var start: Int
  var count: Int

  /// Small enough for the cache and for sharing work evenly, large enough that handing it out costs nothing.
  static let length = 1 << 18

  /// The pieces of tensors with so many elements each, in order.
  static func list(_ counts: [Int], length: Int = length) -> [Piece] {
    counts.enumerated().flatMap { tensor, count in
      stride(from: 0, to: count, by: length).map { Piece(tensor: tensor, start: $0, count: min(length, count - $0)) }
    }
  }
}

/// Calls `body` with 0..<count, side by side where there is enough to do.
///
/// What the calls write must not overlap.
func sideBySide(_ count: Int, _ body: (Int) -> Void) {
  guard count > 1 else {
    if count == 1 { body(0) }
    return
  }
  withoutActuallyEscaping(body) { body in
    // Callers see to it that calls do not touch what others write; nothing outlives this function.
    nonisolated(unsafe) let work = body
    DispatchQueue.concurrentPerform(iterations: count) { work($0) }
  }
}

/// One result for each of 0..<count, worked out side by side.
func resultsSideBySide<Result: BitwiseCopyable>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
  [Result](unsafeUninitializedCapacity: count) { results, filled in
    filled = count
    guard let first = results.baseAddress else { return }
    // Each call writes one element of its own.
    nonisolated(unsafe) let target = first
    sideBySide(count) { index in (target + index).initialize(to: body(index)) }
  }
}

extension Array {
  /// Calls `update` with each of the first `count` elements and returns what the calls return.
  mutating func updated(
    _ count: Int, sideBySide: Bool, _ update: (_ index: Int, _ element: inout Element) -> Bool
  ) -> [Bool] {
    guard sideBySide else { return (0..<Swift.min(count, self.count)).map { update($0, &self[$0]) } }
    return withUnsafeMutableBufferPointer { elements in
      guard let first = elements.baseAddress else { return [] }
      // Each call changes an element of its own.
      nonisolated(unsafe) let target = first
      return resultsSideBySide(Swift.min(count, elements.count)) { index in update(index, &target[index]) }
    }
  }
}

extension Tensor {
  /// A tensor whose elements, zero so far, the caller writes through the pointer before it hands the tensor on.
  ///
  /// - Precondition: a type of whole bytes; the shape's product does not overflow.
  static func unwritten(_ type: ElementType, shape: [Int]) -> (tensor: Tensor, elements: UnsafeMutableRawPointer?) {
    let count = shape.reduce(1, *)
    var elements: UnsafeMutableRawPointer?
    let bytes = Bytes(weightCount: type.byteCount(of: count) ?? 0) { elements = $0.baseAddress }
    guard let tensor = Tensor(type, shape: shape, bytes: bytes) else {
      preconditionFailure("\(type) has no fixed width")
    }
    return (tensor, elements)
  }

  /// Position of the first float that is NaN or infinite; the elements are read where they lie, aligned or not.
  ///
  /// - Precondition: float elements.
  func firstNotFinite() -> Int? {
    let pieces = Piece.list([count])
    let isFinite = resultsSideBySide(pieces.count) { index -> Bool in
      let piece = pieces[index]
      return bytes.withUnsafeBytes { source in
        guard let base = source.baseAddress else { return true }
        let start = base + piece.start * 4
        var largest: Int32 = 0
        for index in 0..<piece.count {
          largest = max(largest, start.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self) & Int32.max)
        }
        return largest < Int32(bitPattern: Float.infinity.bitPattern)
      }
    }
    guard let piece = isFinite.firstIndex(of: false).map({ pieces[$0] }) else { return nil }
    return bytes.withUnsafeBytes { source in
      (piece.start..<(piece.start + piece.count)).first {
        !source.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self).isFinite
      }
    }
  }
}

/// The error for a weight that is NaN or infinite, with the first position of one.
func notFinite(weight name: String, _ tensor: Tensor) -> MethodError {
  MethodError(
    .notFinite, "the weight '\(name)' is NaN or infinite at element \(tensor.firstNotFinite() ?? 0)",
    at: Place(node: name), remedy: "the training diverged or the file is damaged; export the model again")
}
