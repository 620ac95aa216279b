import AssayCore
import AssayONNX
import Dispatch

/// The magnitude up to which weights become zero, found without sorting or copying them.
///
/// The bit pattern of |w| orders floats as integers do, so that a radix selection over its upper 16 and lower 15 bits
/// finds the exact order statistic in two passes.
///
/// - Complexity: O(n) time, 640 kB of memory.
struct MagnitudeCut: Sendable {
  /// Weights that shall be zero.
  let zeroCount: Int
  /// Bit pattern of the largest magnitude that goes.
  private let cutoff: UInt32
  /// How many weights of exactly that magnitude go in each tensor, the first ones first.
  private let ties: [Int]

  private static let lowBits: UInt32 = 15
  /// Upper bits of infinity; what is above is infinite or not a number.
  private static let infinity = Int(Float.infinity.bitPattern >> lowBits)

  /// Selects round(`sparsity`·n) weights among all of `tensors`.
  ///
  /// - Precondition: float tensors.
  /// - Throws: `notFinite`, naming the tensor.
  init(tensors: [(name: String, tensor: Tensor)], sparsity: Double) throws(MethodError) {
    var upper = [Int](repeating: 0, count: 1 << 16)
    var total = 0
    for (name, tensor) in tensors {
      tensor.withElements(Float.self) { values in
        upper.withUnsafeMutableBufferPointer { Self.countUpper(values, into: $0) }
      }
      total += tensor.count
      guard upper[Self.infinity...].allSatisfy({ $0 == 0 }) else { throw notFinite(weight: name, tensor) }
    }
    zeroCount = Int((sparsity * Double(total)).rounded())
    guard zeroCount > 0 else {
      (cutoff, ties) = (0, tensors.map { _ in 0 })
      return
    }
    let (high, before) = Self.bucket(of: zeroCount, in: upper)
    var lower = [Int](repeating: 0, count: 1 << Int(Self.lowBits))
    for (_, tensor) in tensors {
      tensor.withElements(Float.self) { values in
        lower.withUnsafeMutableBufferPointer { Self.countLower(values, under: UInt32(high), into: $0) }
      }
    }
    let (low, beforeLow) = Self.bucket(of: zeroCount - before, in: lower)
    let cutoff = UInt32(high) << Self.lowBits | UInt32(low)
    self.cutoff = cutoff
    var left = zeroCount - before - beforeLow
    let allGo = left == lower[low]
    ties = tensors.map { _, tensor in
      guard !allGo, left > 0 else { return allGo ? tensor.count : 0 }
      let quota = min(left, tensor.withElements(Float.self) { Self.countEqual($0, to: cutoff) })
      left -= quota
      return quota
    }
  }

  private static func countEqual(_ values: UnsafeBufferPointer<Float>, to bits: UInt32) -> Int {
    var count = 0
    for value in values { count &+= value.magnitude.bitPattern == bits ? 1 : 0 }
    return count
  }

  /// The bucket that holds the element of that rank (from 1), and how many elements lie in the buckets before it.
  private static func bucket(of rank: Int, in counts: [Int]) -> (index: Int, before: Int) {
    var before = 0
    for (index, count) in counts.enumerated() {
      if before + count >= rank { return (index, before) }
      before += count
    }
    return (counts.count - 1, before)
  }

  private static func countUpper(_ values: UnsafeBufferPointer<Float>, into counts: UnsafeMutableBufferPointer<Int>) {
    guard let counts = counts.baseAddress else { return }
    for value in values { counts[Int(value.magnitude.bitPattern >> lowBits)] &+= 1 }
  }

  private static func countLower(
    _ values: UnsafeBufferPointer<Float>, under high: UInt32, into counts: UnsafeMutableBufferPointer<Int>
  ) {
    guard let counts = counts.baseAddress else { return }
    let mask = UInt32(1) << lowBits - 1
    for value in values {
      let bits = value.magnitude.bitPattern
      if bits >> lowBits == high { counts[Int(bits & mask)] &+= 1 }
    }
  }

  /// The tensors of `init` with their selected weights zero, and how many weights of each are zero now.
  ///
  /// Tensors are worked on side by side: what takes time is that the system hands out new memory.
  func apply(to tensors: [Tensor]) -> [(pruned: Tensor, zeros: Int)] {
    precondition(tensors.count == ties.count)
    return [(pruned: Tensor, zeros: Int)](unsafeUninitializedCapacity: tensors.count) { results, count in
      count = tensors.count
      guard let first = results.baseAddress else { return }
      // Each iteration writes one element of its own.
      nonisolated(unsafe) let target = first
      DispatchQueue.concurrentPerform(iterations: tensors.count) { index in
        (target + index).initialize(to: apply(to: tensors[index], ties: ties[index]))
      }
    }
  }

  private func apply(to tensor: Tensor, ties: Int) -> (pruned: Tensor, zeros: Int) {
    var ties = ties
    var zeros = 0
    let pruned = tensor.withElements(Float.self) { source in
      Tensor.floats(shape: tensor.shape) { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        for index in 0..<tensor.count {
          let value = source[index]
          let bits = value.magnitude.bitPattern
          var isCut = bits < cutoff
          if bits == cutoff, ties > 0 {
            ties &-= 1
            isCut = true
          }
          target[index] = isCut || bits == 0 ? 0 : value
          zeros &+= isCut || bits == 0 ? 1 : 0
        }
      }
    }
    return (pruned, zeros)
  }
}

/// The error for a weight that is NaN or infinite, with the first position of one.
func notFinite(weight name: String, _ tensor: Tensor) -> MethodError {
  let position = tensor.withElements(Float.self) { $0.firstIndex { !$0.isFinite } }
  return MethodError(
    .notFinite, "the weight '\(name)' is NaN or infinite at element \(position ?? 0)", at: Place(node: name),
    remedy: "the training diverged or the file is damaged; export the model again")
}
