import AssayCore

/// Which bucket each element of a weight shares, and with which sign: the hashes h and ξ of HashedNets.
///
/// Of element n, h = ⌊XXH32(n, seed)·K/2³²⌋ and ξ = ±1 by the lowest bit of XXH32(n, another seed), n being its position
/// in row-major order in eight little-endian bytes. Nothing of it is stored but the seed (Chen et al.: Compressing Neural
/// Networks with the Hashing Trick, ICML 2015, section 4.2).
struct BucketHash: Sendable, Equatable {
  let buckets: Int
  let seed: UInt32

  /// Half of the golden ratio's bits: any constant makes the sign's hash a different one.
  private var signSeed: UInt32 { ~seed &+ 0x9E37_79B9 }

  /// The bucket of element `index`.
  @inline(__always)
  func bucket(_ index: Int) -> Int {
    let hash = XXHash32.hash(UInt64(truncatingIfNeeded: index), seed: seed)
    return Int(truncatingIfNeeded: (UInt64(hash) &* UInt64(truncatingIfNeeded: buckets)) >> 32)
  }

  /// Whether element `index` takes its bucket's value with the other sign.
  @inline(__always)
  func isNegative(_ index: Int) -> Bool {
    XXHash32.hash(UInt64(truncatingIfNeeded: index), seed: signSeed) & 1 == 1
  }

  /// The elements that the values of the buckets make.
  ///
  /// - Precondition: as many values as buckets.
  func expanded(_ values: [Float], shape: [Int]) -> Tensor {
    let pieces = Piece.list([shape.reduce(1, *)])
    let (tensor, elements) = Tensor.unwritten(.float, shape: shape)
    guard let elements else { return tensor }
    values.withUnsafeBufferPointer { values in
      guard let values = values.baseAddress else { return }
      // Each piece writes elements of its own.
      nonisolated(unsafe) let memory = (values: values, target: elements.assumingMemoryBound(to: UInt32.self))
      sideBySide(pieces.count) { number in
        for index in pieces[number].start..<(pieces[number].start + pieces[number].count) {
          let sign: UInt32 = isNegative(index) ? 1 << 31 : 0
          memory.target[index] = memory.values[bucket(index)].bitPattern ^ sign
        }
      }
    }
    return tensor
  }

  /// The value of each bucket that is nearest to the elements in it: the mean of ξ·w; 0 for a bucket that no element has.
  func means(_ weight: Tensor) -> [Float] {
    var sums = [Double](repeating: 0, count: buckets)
    var counts = [Int](repeating: 0, count: buckets)
    weight.withElements(Float.self) { source in
      sums.withUnsafeMutableBufferPointer { sums in
        counts.withUnsafeMutableBufferPointer { counts in
          for index in source.indices {
            let place = bucket(index)
            let value = Double(source[index])
            sums[place] += isNegative(index) ? -value : value
            counts[place] &+= 1
          }
        }
      }
    }
    return zip(sums, counts).map { $1 == 0 ? 0 : Float($0 / Double($1)) }
  }
}
