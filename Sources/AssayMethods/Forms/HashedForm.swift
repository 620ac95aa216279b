public import AssayCore

/// Values that many weights share, each weight's found by hashing its position: HashedNets.
///
/// Chen, Wilson, Tyree, Weinberger, Chen: Compressing Neural Networks with the Hashing Trick, ICML 2015 (arXiv
/// 1504.04788), section 4: w = ξ(n)·values[h(n)]. Only the seed and the values are stored.
public struct HashedForm: WeightForm {
  public static let name = "hashed"
  public static let lowering = Lowering.dense
  public let shape: [Int]
  /// One for each bucket.
  public let values: [Float]
  let hash: BucketHash

  /// More weights than this for a bucket are a damaged file, not a compression.
  private static let largestShare = 1 << 20

  /// - Precondition: at least one value; positive extents.
  public init(values: [Float], seed: UInt32, shape: [Int]) {
    precondition(!values.isEmpty)
    (self.shape, self.values, hash) = (shape, values, BucketHash(buckets: values.count, seed: seed))
  }

  /// The form of `buckets` values that is nearest to a float weight in least squares.
  public init(nearest weight: Tensor, buckets: Int, seed: UInt32) {
    let hash = BucketHash(buckets: buckets, seed: seed)
    (shape, values, self.hash) = (weight.shape, hash.means(weight), hash)
  }

  /// Which function of the family the weights are hashed by.
  public var seed: UInt32 { hash.seed }

  public func dense() -> Tensor { hash.expanded(values, shape: shape) }

  /// Shape; four bytes of seed; the number of values; the values.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(shape: shape)
    withUnsafeBytes(of: seed.littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(number: values.count)
    bytes.append(floats: values)
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures {
    let codebooks_B = 4 * values.count
    return PackedFigures(codebooks_B: codebooks_B, header_B: encoded_B - codebooks_B)
  }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    let shape = try reader.shape(bitsPerElement: 0)
    let seed = try reader.take(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let values = try reader.floats(try reader.number())
    let count = shape.reduce(1, *)
    guard !values.isEmpty, count <= 1 << 31, count / values.count <= Self.largestShare else {
      throw FormReader.broken("\(values.count) values for the shape \(shape)")
    }
    self.init(values: values, seed: seed, shape: shape)
  }

  /// The values, gathered by bucket from themselves and their negatives, so that the gradients of a bucket's weights add
  /// up; the signs cost no pass over all weights of their own.
  public func trainable() -> TrainableWeight {
    let count = values.count
    let indices = Tensor.filled(.int64, shape: shape, as: Int64.self) { target in
      for index in target.indices { target[index] = Int64(hash.bucket(index) + (hash.isNegative(index) ? count : 0)) }
    }
    let bothSigns = WeightExpression.product(.constant(Tensor([Float(1), -1], shape: [2, 1])), .parameter(0))
    return TrainableWeight(
      parameters: [Tensor(values, shape: [count])], value: .gather(bothSigns, indices: indices))
  }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> HashedForm {
    let before = TrainableWeight(
      parameters: [Tensor(values, shape: [values.count])], value: .parameter(0))
    let values = try before.checkedValue(parameters).elements(Float.self)
    return HashedForm(values: values, seed: seed, shape: shape)
  }
}
