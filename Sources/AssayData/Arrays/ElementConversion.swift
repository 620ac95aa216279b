import AssayCore

/// Examples as they are kept: uint8 and float shared, other real numbers converted to float.
func exampleTensor(_ tensor: Tensor, at place: Place) throws(DataError) -> Tensor {
  switch tensor.elementType {
  case .uint8, .float: return tensor
  default: return Tensor(try floats(of: tensor, at: place), shape: tensor.shape)
  }
}

/// The elements rounded to `Float`; a bool is 0 or 1.
///
/// The initialisers are called, not named: `Float.init` of a UInt32 would be the one that takes a bit pattern.
///
/// - Throws: `unsupported` for complex numbers, strings and the like.
func floats(of tensor: Tensor, at place: Place) throws(DataError) -> [Float] {
  switch tensor.elementType {
  case .float: return tensor.elements(Float.self)
  case .double: return tensor.withElements(Double.self) { $0.map { Float($0) } }
  case .float16: return tensor.bytes.withElements(as: UInt16.self) { $0.map { Float(Float16(bitPattern: $0)) } }
  case .uint8, .bool: return tensor.bytes.withElements(as: UInt8.self) { $0.map { Float($0) } }
  case .int8: return tensor.withElements(Int8.self) { $0.map { Float($0) } }
  case .uint16: return tensor.withElements(UInt16.self) { $0.map { Float($0) } }
  case .int16: return tensor.withElements(Int16.self) { $0.map { Float($0) } }
  case .uint32: return tensor.withElements(UInt32.self) { $0.map { Float($0) } }
  case .int32: return tensor.withElements(Int32.self) { $0.map { Float($0) } }
  case .uint64: return tensor.withElements(UInt64.self) { $0.map { Float($0) } }
  case .int64: return tensor.withElements(Int64.self) { $0.map { Float($0) } }
  default:
    throw DataError(
      .unsupported, "elements of type \(tensor.elementType) are not real numbers", at: place,
      remedy: "store them as uint8 or float32")
  }
}

/// The elements as labels; floating point labels must be whole numbers.
///
/// - Throws: `labels` for a fraction, `unsupported` for types that are no numbers.
func labels(of tensor: Tensor, at place: Place) throws(DataError) -> [Int] {
  switch tensor.elementType {
  case .uint8: return tensor.withElements(UInt8.self) { $0.map { Int($0) } }
  case .int8: return tensor.withElements(Int8.self) { $0.map { Int($0) } }
  case .uint16: return tensor.withElements(UInt16.self) { $0.map { Int($0) } }
  case .int16: return tensor.withElements(Int16.self) { $0.map { Int($0) } }
  case .uint32: return tensor.withElements(UInt32.self) { $0.map { Int($0) } }
  case .int32: return tensor.withElements(Int32.self) { $0.map { Int($0) } }
  case .uint64: return tensor.withElements(UInt64.self) { $0.map { Int(clamping: $0) } }
  case .int64: return tensor.withElements(Int64.self) { $0.map { Int($0) } }
  default: return try labels(of: floats(of: tensor, at: place), at: { _ in place })
  }
}

/// Whole numbers as labels; `place` says where the label of a row stands.
func labels(of values: [Float], at place: (Int) -> Place) throws(DataError) -> [Int] {
  var labels: [Int] = []
  labels.reserveCapacity(values.count)
  for (row, value) in values.enumerated() {
    guard let label = Int(exactly: value) else {
      throw DataError(
        .labels, "label \(value) of row \(row) is not a whole number", at: place(row),
        remedy: "classes are 0, 1, 2 ...; for regression say regression: true")
    }
    labels.append(label)
  }
  return labels
}

/// Targets from labels, with `classCount` classes, or as many as the largest label says.
func classTargets(_ labels: [Int], classCount: Int?) -> Targets {
  let (largest, overflow) = (labels.max() ?? 0).addingReportingOverflow(1)
  return .classes(labels, classCount: classCount ?? (overflow ? Int.max : max(largest, 1)))
}

/// The bytes with every element of `width` bytes turned round, from big-endian to little-endian or back.
func swappingBytes(_ bytes: Bytes, width: Int, at place: Place) throws(DataError) -> Bytes {
  guard width > 1 else { return bytes }
  return try MemoryBlock.bytes(count: bytes.count, at: place) { target in
    bytes.withUnsafeBytes { source in
      for start in stride(from: 0, to: source.count - source.count % width, by: width) {
        for i in 0..<width { target[start + i] = source[start + width - 1 - i] }
      }
    }
  }
}

/// The number of bytes of `extents` elements of `width` bytes, or nil when it is too large for an `Int` or negative.
func byteCount(_ extents: [Int], width: Int) -> Int? {
  // A zero extent makes the product zero whatever the others are; they must be representable all the same.
  var product = width
  for extent in extents {
    guard extent >= 0 else { return nil }
    let (next, overflow) = product.multipliedReportingOverflow(by: extent)
    guard !overflow else { return nil }
    product = next
  }
  return product
}
