import AssayCore

/// The score up to which weights become zero, found without sorting or copying.
///
/// Scores are floats, mostly the weights themselves, whose magnitude counts. Its bit pattern orders floats as integers do,
/// so that a radix selection over its upper 16 and lower 15 bits finds the exact order statistic in two passes. Elements
/// are read where they lie: weights in a mapped file are rarely aligned, and a copy would cost more than all the rest.
///
/// - Complexity: O(n) time, about 4 MB of memory.
struct MagnitudeCut: Sendable {
  /// Weights that shall be zero.
  let zeroCount: Int
  /// Bit pattern of the largest magnitude that goes; −1 when none does.
  private let cutoff: Int32
  /// How many of exactly that magnitude go, the first ones first; nil when all do.
  private let ties: Int?

  private static let lowBits: Int32 = 15
  private static let infinity = Int32(bitPattern: Float.infinity.bitPattern)
  /// Below this, sorting is faster than filling histograms.
  private static let fewElements = 4096

  /// Selects round(`sparsity`·n) elements among all of `tensors`.
  ///
  /// - Precondition: float tensors.
  /// - Throws: `notFinite`, naming the tensor.
  init(tensors: [(name: String, tensor: Tensor)], sparsity: Double) throws(MethodError) {
    let total = tensors.reduce(0) { $0 + $1.tensor.count }
    zeroCount = Int((sparsity * Double(total)).rounded())
    let values = tensors.map(\.tensor)
    let (cutoff, ties, isFinite) =
      total <= Self.fewElements
      ? Self.sortedCut(values, zeroCount) : Self.histogramCut(values, zeroCount)
    guard isFinite else {
      let culprit = tensors.first { $0.tensor.firstNotFinite() != nil } ?? tensors[0]
      throw notFinite(weight: culprit.name, culprit.tensor)
    }
    (self.cutoff, self.ties) = (cutoff, ties)
  }

  private typealias Cut = (cutoff: Int32, ties: Int?, isFinite: Bool)

  private static func sortedCut(_ tensors: [Tensor], _ rank: Int) -> Cut {
    var magnitudes: [Int32] = []
    for tensor in tensors {
      tensor.bytes.withUnsafeBytes { source in
        for index in 0..<(source.count / 4) {
          magnitudes.append(source.loadUnaligned(fromByteOffset: index * 4, as: Int32.self) & Int32.max)
        }
      }
    }
    magnitudes.sort()
    guard magnitudes.last ?? 0 < infinity else { return (-1, nil, false) }
    guard rank > 0 else { return (-1, nil, true) }
    let cutoff = magnitudes[rank - 1]
    guard rank < magnitudes.count, magnitudes[rank] == cutoff else { return (cutoff, nil, true) }
    return (cutoff, magnitudes[..<rank].count { $0 == cutoff }, true)
  }

  private static func histogramCut(_ tensors: [Tensor], _ rank: Int) -> Cut {
    let upper = histogram(tensors, buckets: 1 << 16) { source, count, counts in
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self) & Int32.max
        counts[Int(bits &>> lowBits)] &+= 1
      }
    }
    guard upper[Int(infinity >> lowBits)...].allSatisfy({ $0 == 0 }) else { return (-1, nil, false) }
    guard rank > 0 else { return (-1, nil, true) }
    let (high, before) = bucket(of: rank, in: upper)
    let prefix = Int32(high)
    let lower = histogram(tensors, buckets: 1 << Int(lowBits)) { source, count, counts in
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self) & Int32.max
        if bits &>> lowBits == prefix { counts[Int(bits & (1 << lowBits - 1))] &+= 1 }
      }
    }
    let (low, beforeLow) = bucket(of: rank - before, in: lower)
    let left = rank - before - beforeLow
    return (prefix << lowBits | Int32(low), left == lower[low] ? nil : left, true)
  }

  /// Counts over all elements, each worker into counts of its own.
  private static func histogram(
    _ tensors: [Tensor], buckets: Int,
    _ add: (_ source: UnsafeRawPointer, _ count: Int, _ counts: UnsafeMutablePointer<Int>) -> Void
  ) -> [Int] {
    let pieces = Piece.list(tensors.map(\.count))
    let workers = min(pieces.count, 8)
    var counts = [Int](repeating: 0, count: buckets * max(workers, 1))
    counts.withUnsafeMutableBufferPointer { counts in
      guard let first = counts.baseAddress else { return }
      // Each worker writes counts of its own.
      nonisolated(unsafe) let target = first
      sideBySide(workers) { worker in
        for index in stride(from: worker, to: pieces.count, by: workers) {
          let piece = pieces[index]
          tensors[piece.tensor].bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            add(base + piece.start * 4, piece.count, target + worker * buckets)
          }
        }
      }
      for worker in 1..<max(workers, 1) {
        for bucket in 0..<buckets { counts[bucket] &+= counts[worker * buckets + bucket] }
      }
    }
    counts.removeLast(counts.count - buckets)
    return counts
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

  /// Which elements of the tensors of `init` are selected.
  func selection(in tensors: [Tensor]) -> [[Bool]] {
    var left = ties ?? Int.max
    return tensors.map { tensor in
      tensor.elements(Float.self).map { value in
        let bits = Int32(bitPattern: value.magnitude.bitPattern)
        guard bits == cutoff else { return bits < cutoff }
        left -= 1
        return left >= 0
      }
    }
  }
}

extension MagnitudeCut {
  /// The weights with those zero whose scores are selected, and how many weights of each are zero then.
  ///
  /// - Parameters:
  ///   - weights: Float tensors, shaped like those of `init`.
  ///   - scores: The tensors of `init`; the weights themselves where nil. A weight of zero has the score zero.
  func apply(to weights: [Tensor], scores: [Tensor]? = nil) -> [(pruned: Tensor, zeros: Int)] {
    let scores = scores ?? weights
    let results = weights.map { Tensor.unwritten(.float, shape: $0.shape) }
    let targets = results.map(\.elements)
    let pieces = Piece.list(weights.map(\.count))
    nonisolated(unsafe) let written = targets
    let counts = resultsSideBySide(pieces.count) { index -> PieceCounts in
      let piece = pieces[index]
      guard let target = written[piece.tensor] else { return PieceCounts() }
      return weights[piece.tensor].bytes.withUnsafeBytes { source in
        scores[piece.tensor].bytes.withUnsafeBytes { scores in
          guard let source = source.baseAddress, let scores = scores.baseAddress else { return PieceCounts() }
          let offset = piece.start * 4
          return cut(source + offset, scores + offset, target + offset, piece.count)
        }
      }
    }
    var zeros = [Int](repeating: 0, count: weights.count)
    var left = ties ?? Int.max
    for (piece, count) in zip(pieces, counts) {
      zeros[piece.tensor] += count.zeros
      if count.equal > left, let target = targets[piece.tensor] {
        // All of the last magnitude went; beyond their number they come back.
        zeros[piece.tensor] -= restore(piece, weights[piece.tensor], scores[piece.tensor], target, skipping: left)
      }
      left = max(0, left - count.equal)
    }
    return zip(results, zeros).map { ($0.tensor, $1) }
  }

  private struct PieceCounts: BitwiseCopyable {
    var zeros = 0
    /// Scores of exactly the cutoff.
    var equal = 0
  }

  /// Copies weights whose score is above the cutoff; free of branches, so that the compiler uses vectors.
  private func cut(
    _ source: UnsafeRawPointer, _ scores: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
  ) -> PieceCounts {
    let (cutoff, target) = (cutoff, target.assumingMemoryBound(to: Int32.self))
    var (zeros, equal) = (Int32(0), Int32(0))
    for index in 0..<count {
      let score = scores.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self) & Int32.max
      let isKept: Int32 = score > cutoff ? -1 : 0
      target[index] = source.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self) & isKept
      zeros &+= 1 &+ isKept
      equal &+= score == cutoff ? 1 : 0
    }
    return PieceCounts(zeros: Int(zeros), equal: Int(equal))
  }

  /// Writes back the weights of the cutoff's score but for the first ones; returns how many are not zero.
  private func restore(
    _ piece: Piece, _ weight: Tensor, _ scores: Tensor, _ target: UnsafeMutableRawPointer, skipping kept: Int
  ) -> Int {
    weight.bytes.withUnsafeBytes { source in
      scores.bytes.withUnsafeBytes { scores in
        var (left, restored) = (kept, 0)
        for index in piece.start..<(piece.start + piece.count) {
          let score = scores.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self) & Int32.max
          guard score == cutoff else { continue }
          if left > 0 {
            left -= 1
            continue
          }
          let value = source.loadUnaligned(fromByteOffset: index &* 4, as: Float.self)
          guard value != 0 else { continue }
          target.storeBytes(of: value, toByteOffset: index &* 4, as: Float.self)
          restored += 1
        }
        return restored
      }
    }
  }
}
