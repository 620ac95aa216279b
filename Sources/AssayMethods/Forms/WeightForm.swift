public import AssayCore

/// How a weight tensor is stored.
///
/// A form answers four questions: what the values are, which exact bytes hold them (every byte needed to get the values
/// back counts), which numbers in it training may change, and how it runs.
public protocol WeightForm: Sendable {
  /// Name in reports and in the packed file: `masked`.
  static var name: String { get }
  /// How an engine computes with it.
  static var lowering: Lowering { get }
  /// Extents of the dense tensor.
  var shape: [Int] { get }
  /// The values that the network computes with.
  func dense() -> Tensor
  /// Appends the exact bytes of the form.
  func encode(into bytes: inout [UInt8])
  /// What the bytes that `encode` appends are for; unless a form says otherwise a shape, and values.
  ///
  /// - Parameter encoded_B: How many they are; the parts add up to it.
  func packedFigures(encoded_B: Int) -> PackedFigures
  /// Reads back what `encode` wrote.
  ///
  /// - Throws: `packed` when the bytes end early or contradict themselves.
  init(decoding reader: inout FormReader) throws(MethodError)
  /// The weight as a function of the numbers that training may change; at those of `parameters` it is `dense()`.
  ///
  /// Weights of integers or other elements that cannot be trained have no parameters.
  func trainable() -> TrainableWeight
  /// The form with other numbers in the place of those of `trainable()`; masks, indices and seeds stay.
  ///
  /// - Parameter parameters: Of the number, types and shapes of `trainable().parameters`.
  /// - Throws: `parameters` when they are not, `notFinite` when one is NaN or infinite.
  func trained(_ parameters: [Tensor]) throws(MethodError) -> Self
}

/// How an engine computes with a weight form: what the graph holds in its place.
public enum Lowering: String, Sendable, CaseIterable {
  /// The dense tensor: no engine has a kernel for the form, so that it saves bytes in the packed file, not time.
  case dense
  /// Integers behind `DequantizeLinear`, which engines join with the operator to an integer kernel, or an integer operator.
  case integers
  /// Packed blocks for `MatMulNBits`; packed codes unpacked at load where that does not fit.
  case blockProducts
  /// Packed codes and the arithmetic that unpacks them, which an engine does once, at load; the run is float.
  case unpackedAtLoad
}

/// The forms Assay knows, one line each.
public enum WeightFormCatalog {
  public static let forms: [any WeightForm.Type] = [
    DenseForm.self, MaskedForm.self, GroupSparseForm.self, BlockSparseForm.self, AffineQuantizedForm.self,
    BlockQuantizedForm.self, PowerOfTwoForm.self, BinaryForm.self, TernaryForm.self, CodebookForm.self,
    HashedForm.self,
  ]
}

/// Reads the bytes of weight forms from the front.
public struct FormReader: Sendable {
  private let bytes: [UInt8]
  private var offset = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes not yet read.
  public var remaining: Int { bytes.count - offset }

  /// - Throws: `packed` when fewer are left.
  mutating func take(_ count: Int) throws(MethodError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw Self.broken("the bytes of a weight end early") }
    defer { offset += count }
    return bytes[offset..<(offset + count)]
  }

  /// An unsigned LEB128 number of at most 63 bits.
  mutating func number() throws(MethodError) -> Int {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard let byte = try take(1).first else { break }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return Int(value) }
    }
    throw Self.broken("a number in the bytes of a weight is too long")
  }

  /// The extents of a tensor whose elements, at `bitsPerElement` or more, can lie within what remains.
  mutating func shape(bitsPerElement: Int) throws(MethodError) -> [Int] {
    let rank = try number()
    guard rank <= 16 else { throw Self.broken("a weight of \(rank) axes") }
    var (extents, count) = ([Int](), 1)
    for _ in 0..<rank {
      let extent = try number()
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw Self.broken("the impossible shape \(extents + [extent])") }
      (extents, count) = (extents + [extent], product)
    }
    let (bits, overflow) = count.multipliedReportingOverflow(by: bitsPerElement)
    guard !overflow, bits / 8 <= remaining else {
      throw Self.broken("the shape \(extents) needs more bytes than there are")
    }
    return extents
  }

  mutating func floats(_ count: Int) throws(MethodError) -> [Float] {
    let (size, overflow) = count.multipliedReportingOverflow(by: 4)
    guard !overflow else { throw Self.broken("too many numbers") }
    let slice = try take(size)
    return slice.withUnsafeBytes { raw in
      (0..<count).map {
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
      }
    }
  }

  static func broken(_ text: String) -> MethodError {
    MethodError(.packed, "not a packed weight: \(text)", remedy: "is the file complete?")
  }
}

/// Writing the parts that `FormReader` reads.
extension [UInt8] {
  mutating func append(number: Int) {
    var rest = UInt64(number)
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  mutating func append(shape: [Int]) {
    append(number: shape.count)
    for extent in shape { append(number: extent) }
  }

  mutating func append(floats: [Float]) {
    reserveCapacity(count + floats.count * 4)
    for value in floats {
      Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { append(contentsOf: $0) }
    }
  }
}
