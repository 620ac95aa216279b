public import AssayCore

/// N of every M neighbours along the rows of a weight, and which they are: the form of N:M sparsity.
///
/// Rows lie as their operator has them: the weight is [n / (columns·stride), columns, stride], groups run along the
/// columns. The places of a group take ⌈log₂ C(M, N)⌉ bits, for 2:4 three; a rest shorter than M is a group of its own.
public struct GroupSparseForm: WeightForm, SparseForm {
  public static let name = "group-sparse"
  public static let lowering = Lowering.dense
  private var tensor: Tensor
  private let kept: Int
  private let group: Int
  private let columns: Int
  private let stride: Int

  /// - Parameters:
  ///   - tensor: Float elements; negative zeros count as zero.
  ///   - columns: Elements of a row; they lie `stride` apart.
  /// - Returns: nil when a group has more nonzeros than `kept`, or when the extents do not fit.
  public init?(_ tensor: Tensor, kept: Int, of group: Int, columns: Int, stride: Int) {
    guard tensor.elementType == .float,
      Self.fits(count: tensor.count, kept: kept, of: group, columns: columns, stride: stride)
    else { return nil }
    (self.tensor, self.kept, self.group, self.columns, self.stride) = (tensor, kept, group, columns, stride)
    let isSparse = tensor.withElements(Float.self) { source in
      allGroups { offset, length in mask(source, offset, length).nonzeroBitCount <= kept }
    }
    guard isSparse else { return nil }
  }

  /// The form of a tensor whose groups were just cut: their nonzeros are not counted again, which takes as long as the
  /// cut itself.
  ///
  /// - Precondition: no group has more nonzeros than `kept`.
  /// - Returns: nil when the extents do not fit.
  init?(cut tensor: Tensor, kept: Int, of group: Int, columns: Int, stride: Int) {
    guard tensor.elementType == .float,
      Self.fits(count: tensor.count, kept: kept, of: group, columns: columns, stride: stride)
    else { return nil }
    (self.tensor, self.kept, self.group, self.columns, self.stride) = (tensor, kept, group, columns, stride)
  }

  private static func fits(count: Int, kept: Int, of group: Int, columns: Int, stride: Int) -> Bool {
    guard count > 0, kept >= 1, kept < group, group <= PruningPattern.longestGroup, columns > 0, stride > 0 else {
      return false
    }
    let (size, overflow) = columns.multipliedReportingOverflow(by: stride)
    return !overflow && count % size == 0
  }

  public var shape: [Int] { tensor.shape }
  public func dense() -> Tensor { tensor }

  var indexByteCount: Int {
    let combinations = Combinations()
    let (rows, whole, rest) = (tensor.count / columns, columns / group, columns % group)
    let bits = rows * (whole * combinations.bits(kept, of: group) + combinations.bits(min(kept, rest), of: rest))
    return (bits + 7) / 8
  }

  var byteCount: Int {
    let (rows, whole, rest) = (tensor.count / columns, columns / group, columns % group)
    let head = AssayMethods.byteCount(ofShape: shape)
    return [kept, group, columns, stride].reduce(head) { $0 + AssayMethods.byteCount(ofNumber: $1) }
      + indexByteCount + 4 * rows * (whole * kept + min(kept, rest))
  }

  /// Whether `condition` holds for every group, given the position of its first element and its length.
  @inline(__always)
  private func allGroups(_ condition: (_ offset: Int, _ length: Int) -> Bool) -> Bool {
    for row in 0..<(tensor.count / columns) {
      let offset = row / stride * columns * stride + row % stride
      for start in Swift.stride(from: 0, to: columns, by: group)
      where !condition(offset + start * stride, min(group, columns - start)) {
        return false
      }
    }
    return true
  }

  /// The places of the nonzeros of a group.
  @inline(__always)
  private func mask(_ source: UnsafeBufferPointer<Float>, _ offset: Int, _ length: Int) -> UInt32 {
    var mask: UInt32 = 0
    for place in 0..<length where source[offset + place * stride] != 0 { mask |= 1 << UInt32(place) }
    return mask
  }

  /// Shape; N; M; columns; stride; the numbers of the choices; the elements at the chosen places.
  ///
  /// Where a group has fewer than N nonzeros its first zeros are chosen too.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(shape: shape)
    for number in [kept, group, columns, stride] { bytes.append(number: number) }
    let combinations = Combinations()
    var (places, values) = (BitWriter(), [Float]())
    tensor.withElements(Float.self) { source in
      _ = allGroups { offset, length in
        let wanted = min(kept, length)
        var mask = self.mask(source, offset, length)
        while mask.nonzeroBitCount < wanted { mask |= mask + 1 }
        places.append(combinations.number(of: mask), bits: combinations.bits(wanted, of: length))
        for place in 0..<length where mask >> UInt32(place) & 1 == 1 {
          let value = source[offset + place * stride]
          values.append(value == 0 ? 0 : value)
        }
        return true
      }
    }
    bytes.append(contentsOf: places.finished())
    bytes.append(floats: values)
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures { parts(of: encoded_B, indices_B: indexByteCount) }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    // A group of M elements takes at least one float, and M is at most 32.
    let shape = try reader.shape(bitsPerElement: 1)
    let count = shape.reduce(1, *)
    let (kept, group) = (try reader.number(), try reader.number())
    let (columns, stride) = (try reader.number(), try reader.number())
    guard Self.fits(count: count, kept: kept, of: group, columns: columns, stride: stride) else {
      throw FormReader.broken("groups that do not fit the weight")
    }
    let combinations = Combinations()
    let (rows, whole, rest) = (count / columns, columns / group, columns % group)
    let bits = rows * (whole * combinations.bits(kept, of: group) + combinations.bits(min(kept, rest), of: rest))
    var places = BitReader(try reader.take((bits + 7) / 8))
    let values = try reader.floats(rows * (whole * kept + min(kept, rest)))
    var (next, isBroken) = (0, false)
    tensor = Tensor.floats(shape: shape) { target in
      for row in 0..<rows {
        let offset = row / stride * columns * stride + row % stride
        for start in Swift.stride(from: 0, to: columns, by: group) {
          let length = min(group, columns - start)
          let wanted = min(kept, length)
          let number = places.next(bits: combinations.bits(wanted, of: length))
          guard let mask = combinations.mask(number, choosing: wanted, of: length) else {
            isBroken = true
            return
          }
          for place in 0..<length where mask >> UInt32(place) & 1 == 1 {
            target[offset + (start + place) * stride] = values[next]
            next += 1
          }
        }
      }
    }
    guard !isBroken, places.endsWithZeros else { throw FormReader.broken("places that a group does not have") }
    (self.kept, self.group, self.columns, self.stride) = (kept, group, columns, stride)
  }

  /// The dense weight times its mask: what is zero has no gradient and stays zero.
  public func trainable() -> TrainableWeight { TrainableWeight(tensor, mask: tensor.nonzeroMask()) }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> GroupSparseForm {
    var result = self
    result.tensor = try trainable().checkedValue(parameters)
    return result
  }
}
