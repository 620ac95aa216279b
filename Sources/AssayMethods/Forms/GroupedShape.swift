import AssayCore

/// The shape of a weight and how its elements share scales: what all forms with groups begin with.
struct GroupedShape: Sendable, Equatable {
  let shape: [Int]
  /// Whether output channels are the columns of the weight; it is a matrix then.
  let isTransposed: Bool
  let layout: GroupLayout

  /// - Precondition: the layout is that of the shape.
  init(shape: [Int], isTransposed: Bool, layout: GroupLayout) {
    (self.shape, self.isTransposed, self.layout) = (shape, isTransposed, layout)
  }

  /// Shape; 1 when transposed, else 0; weights of a block, 0 for one group of all.
  func encode(into bytes: inout [UInt8]) {
    bytes.append(shape: shape)
    bytes.append(number: isTransposed ? 1 : 0)
    bytes.append(number: layout.isSingle ? 0 : layout.block)
  }

  init(decoding reader: inout FormReader, bitsPerElement: Int) throws(MethodError) {
    shape = try reader.shape(bitsPerElement: bitsPerElement)
    isTransposed = try reader.flag()
    guard shape.count >= 2, !shape.contains(0), !isTransposed || shape.count == 2 else {
      throw FormReader.broken("channels in the shape \(shape)")
    }
    let (rows, columns) = isTransposed ? (shape[1], shape[0]) : (shape[0], shape[1...].reduce(1, *))
    let block = try reader.number()
    guard block <= columns else { throw FormReader.broken("blocks of \(block) in rows of \(columns)") }
    layout =
      block == 0
      ? GroupLayout(rows: rows, columns: columns, isSingle: true)
      : GroupLayout(rows: rows, columns: columns, block: block)
  }
}

extension FormReader {
  /// A number that is 0 or 1.
  mutating func flag() throws(MethodError) -> Bool {
    switch try number() {
    case 0: false
    case 1: true
    case let other: throw Self.broken("\(other) where 0 or 1 is expected")
    }
  }

  mutating func finiteFloats(_ count: Int) throws(MethodError) -> [Float] {
    let values = try floats(count)
    guard values.allSatisfy(\.isFinite) else { throw Self.broken("a scale that is not finite") }
    return values
  }

  /// Codes of `width` bits.
  mutating func codes(_ count: Int, width: Int) throws(MethodError) -> [UInt8] {
    let (bits, overflow) = count.multipliedReportingOverflow(by: width)
    guard !overflow, bits <= Int.max - 7 else { throw Self.broken("too many codes") }
    guard let codes = BitStream.unpacked(try take((bits + 7) / 8), count: count, width: width) else {
      throw Self.broken("bits after the last code")
    }
    return codes
  }
}
