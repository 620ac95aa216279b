public import AssayCore

/// A few values, and for each weight the number of its value: weight sharing.
///
/// Han, Mao, Dally: Deep Compression, ICLR 2016 (arXiv 1510.00149), section 3. Weights of zero may stand apart from the
/// values, so that a mask outlives training.
public struct CodebookForm: WeightForm {
  public static let name = "codebook"
  public static let lowering = Lowering.dense
  /// Most values: their numbers have 12 bits.
  public static let mostValues = 4096
  /// What stands in `numbers` for a weight that is zero and stays so.
  static let zero = UInt16.max

  public let shape: [Int]
  public private(set) var values: [Float]
  private let numbers: [UInt16]
  /// Weights that are zero by themselves, not by their value.
  public let zeroCount: Int

  /// - Precondition: 1 to `mostValues` values; numbers are below their count, or `zero`; as many as the shape has elements.
  init(values: [Float], numbers: [UInt16], shape: [Int]) {
    precondition(!values.isEmpty && values.count <= Self.mostValues && numbers.count == shape.reduce(1, *))
    (self.values, self.numbers, self.shape) = (values, numbers, shape)
    zeroCount = numbers.withUnsafeBufferPointer { numbers in
      var count = 0
      for number in numbers { count &+= number == Self.zero ? 1 : 0 }
      return count
    }
  }

  /// Whether there are weights that stay zero whatever the values become.
  public var keepsZeros: Bool { zeroCount > 0 }

  public func dense() -> Tensor {
    Tensor.floats(shape: shape) { target in
      numbers.withUnsafeBufferPointer { numbers in
        values.withUnsafeBufferPointer { values in
          for index in numbers.indices {
            let number = numbers[index]
            target[index] = number == Self.zero ? 0 : values[Int(number)]
          }
        }
      }
    }
  }

  // MARK: - Training

  /// The values, gathered by number, so that the gradients of the weights that share a value add up (section 3.3).
  public func trainable() -> TrainableWeight {
    let indices = Tensor.filled(.int64, shape: shape, as: Int64.self) { target in
      for index in numbers.indices where numbers[index] != Self.zero { target[index] = Int64(numbers[index]) }
    }
    let gathered = WeightExpression.gather(.parameter(0), indices: indices)
    let parameters = [Tensor(values, shape: [values.count])]
    guard keepsZeros else { return TrainableWeight(parameters: parameters, value: gathered) }
    let mask = Tensor.floats(shape: shape) { target in
      for index in numbers.indices { target[index] = numbers[index] == Self.zero ? 0 : 1 }
    }
    return TrainableWeight(parameters: parameters, value: .product(gathered, .constant(mask)))
  }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> CodebookForm {
    let before = TrainableWeight(parameters: [Tensor(values, shape: [values.count])], value: .parameter(0))
    var result = self
    result.values = try before.checkedValue(parameters).elements(Float.self)
    return result
  }

  // MARK: - Bytes

  /// How the places of the weights that are not zero are told.
  private enum Places: Equatable {
    /// There are no zeros to tell.
    case all
    /// A bit for each weight.
    case mask
    /// The run of zeros before each, in numbers of so many bits; the largest number is a run with no weight after it.
    case gaps(bits: Int)

    /// 0, 1, or the bits of a gap.
    var mark: Int {
      switch self {
      case .all: 0
      case .mask: 1
      case .gaps(let bits): bits
      }
    }
  }

  private static let gapBits = 2...10
  /// Weights that a byte of a file may stand for at most; more is a damaged file.
  private static let mostPerByte = 1 << 16

  /// Bits of a weight's number.
  public var numberBits: Int { Self.bits(values.count) }

  private static func bits(_ count: Int) -> Int { max(1, Int.bitWidth - (count - 1).leadingZeroBitCount) }

  /// Shape; number of values; values; how places are told; the places; the numbers of the weights that are not zero.
  ///
  /// Places are a mask, low bits first, or a count and gaps in as many bits as make the fewest bytes.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(shape: shape)
    bytes.append(number: values.count)
    bytes.append(floats: values)
    let places = cheapestPlaces()
    bytes.append(number: places.mark)
    switch places {
    case .all: break
    case .mask:
      var mask = [UInt8](repeating: 0, count: (numbers.count + 7) / 8)
      for index in numbers.indices where numbers[index] != Self.zero { mask[index / 8] |= 1 << UInt8(index % 8) }
      bytes.append(contentsOf: mask)
    case .gaps(let bits):
      bytes.append(number: symbolCount(bits: bits))
      var writer = BitWriter()
      let last = 1 << bits - 1
      forEachGap { gap in
        for _ in 0..<(gap / last) { writer.append(UInt64(last), bits: bits) }
        writer.append(UInt64(gap % last), bits: bits)
      }
      bytes.append(contentsOf: writer.finished())
    }
    var writer = BitWriter()
    let width = numberBits
    for number in numbers where number != Self.zero { writer.append(UInt64(number), bits: width) }
    bytes.append(contentsOf: writer.finished())
  }

  private func cheapestPlaces() -> Places {
    guard keepsZeros else { return .all }
    var best = (places: Places.mask, size: (numbers.count + 7) / 8)
    for bits in Self.gapBits {
      let symbols = symbolCount(bits: bits)
      let size = (symbols * bits + 7) / 8 + AssayMethods.byteCount(ofNumber: symbols)
      if size < best.size, numbers.count / Self.mostPerByte < size { best = (.gaps(bits: bits), size) }
    }
    return best.places
  }

  private func symbolCount(bits: Int) -> Int {
    var count = 0
    let last = 1 << bits - 1
    forEachGap { gap in count += gap / last + 1 }
    return count
  }

  /// Calls `body` with the run of zeros before each weight that is not zero.
  @inline(__always)
  private func forEachGap(_ body: (Int) -> Void) {
    numbers.withUnsafeBufferPointer { numbers in
      var gap = 0
      for number in numbers {
        if number == Self.zero {
          gap += 1
        } else {
          body(gap)
          gap = 0
        }
      }
    }
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures {
    let (codebooks_B, moreHeader_B) = (4 * values.count, byteCount(ofNumber: values.count) + 1)
    let indices_B = encoded_B - codebooks_B - moreHeader_B - byteCount(ofShape: shape)
    return parts(of: encoded_B, indices_B: indices_B, codebooks_B: codebooks_B, moreHeader_B: moreHeader_B)
  }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    let shape = try reader.shape(bitsPerElement: 0)
    let count = shape.reduce(1, *)
    let valueCount = try reader.number()
    guard (1...Self.mostValues).contains(valueCount) else { throw FormReader.broken("a codebook of \(valueCount)") }
    let values = try reader.finiteFloats(valueCount)
    guard count / Self.mostPerByte <= reader.remaining else {
      throw FormReader.broken("the shape \(shape) needs more bytes than there are")
    }
    var numbers = [UInt16](repeating: Self.zero, count: count)
    switch try reader.number() {
    case 0:
      // At least a bit for each weight follows.
      guard count / 8 <= reader.remaining else { throw FormReader.broken("numbers that end early") }
      for index in numbers.indices { numbers[index] = 0 }
    case 1:
      let mask = Array(try reader.take((count + 7) / 8))
      guard count % 8 == 0 || (mask.last ?? 0) >> UInt8(count % 8) == 0 else {
        throw FormReader.broken("a mask longer than its weight")
      }
      for index in numbers.indices where mask[index / 8] >> UInt8(index % 8) & 1 == 1 { numbers[index] = 0 }
    case let bits where Self.gapBits.contains(bits): try Self.readGaps(&reader, bits, &numbers)
    case let mark: throw FormReader.broken("places told in the way \(mark)")
    }
    let kept = numbers.count { $0 != Self.zero }
    let width = Self.bits(valueCount)
    var stream = BitReader(try reader.take((kept * width + 7) / 8))
    for index in numbers.indices where numbers[index] != Self.zero {
      let number = stream.next(bits: width)
      guard number < valueCount else { throw FormReader.broken("value \(number) of \(valueCount)") }
      numbers[index] = UInt16(number)
    }
    guard stream.endsWithZeros else { throw FormReader.broken("bits after the last number") }
    self.init(values: values, numbers: numbers, shape: shape)
  }

  private static func readGaps(
    _ reader: inout FormReader, _ bits: Int, _ numbers: inout [UInt16]
  ) throws(MethodError) {
    let symbols = try reader.number()
    let (size, overflow) = symbols.multipliedReportingOverflow(by: bits)
    guard !overflow, size <= Int.max - 7 else { throw FormReader.broken("too many gaps") }
    var stream = BitReader(try reader.take((size + 7) / 8))
    let last = UInt64(1) << UInt64(bits) - 1
    var position = 0
    for _ in 0..<symbols {
      let gap = stream.next(bits: bits)
      position += Int(gap)
      guard gap != last else { continue }
      guard position < numbers.count else { throw FormReader.broken("a place beyond the weight") }
      numbers[position] = 0
      position += 1
    }
    guard stream.endsWithZeros else { throw FormReader.broken("bits after the last gap") }
  }
}

extension WeightForm {
  /// Exactly as many bytes as `encode` appends.
  public var encodedByteCount: Int {
    var bytes: [UInt8] = []
    encode(into: &bytes)
    return bytes.count
  }
}
