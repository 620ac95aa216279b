import AssayCore

/// The outermost layer of the protobuf encoding: just enough to take a message apart without copying its payloads.
///
/// Source: protobuf.dev, "Encoding": a field is a varint key `number << 3 | wireType`, then a varint, 8 bytes,
/// a length and that many bytes, or 4 bytes.
struct WireField {
  var number: Int
  /// Everything from the first byte of the key to the last of the payload, as offsets.
  var whole: Range<Int>
  /// The payload of a length-delimited field; nil for the other wire types.
  var payload: Range<Int>?
}

/// Walks over the fields of one message within `buffer`.
struct WireScanner {
  private let buffer: UnsafeRawBufferPointer
  private let end: Int
  private(set) var offset: Int

  init(_ buffer: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.buffer = buffer
    self.offset = range.lowerBound
    self.end = range.upperBound
  }

  /// The next field, or nil at the end of the message.
  ///
  /// - Throws: `malformed` where the bytes are not a message.
  mutating func next() throws(ONNXError) -> WireField? {
    guard offset < end else { return nil }
    let start = offset
    let key = try varint()
    let number = key >> 3
    guard number > 0, number < 1 << 29 else { throw malformed(start, "a field number that cannot be") }
    switch key & 7 {
    case 0:
      _ = try varint()
    case 1:
      try skip(8)
    case 2:
      let length = try varint()
      guard length <= UInt64(end - offset) else {
        throw malformed(start, "a field that is longer than what is left of the file")
      }
      let payload = offset..<(offset + Int(length))
      offset = payload.upperBound
      return WireField(number: Int(number), whole: start..<offset, payload: payload)
    case 5:
      try skip(4)
    default:
      throw malformed(start, "a wire type that ONNX does not use")
    }
    return WireField(number: Int(number), whole: start..<offset, payload: nil)
  }

  private mutating func skip(_ count: Int) throws(ONNXError) {
    guard count <= end - offset else { throw malformed(offset, "the end in the middle of a number") }
    offset += count
  }

  private mutating func varint() throws(ONNXError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while offset < end, shift < 64 {
      let byte = buffer[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      guard byte & 0x80 != 0 else { return value }
      shift += 7
    }
    throw malformed(offset, "the end in the middle of a number")
  }

  private func malformed(_ offset: Int, _ what: String) -> ONNXError {
    ONNXError(.malformed, "not an ONNX model: byte \(offset) has \(what)", remedy: "is the file complete?")
  }
}

/// Encoding of what frames a message.
enum WireFormat {
  /// The key and length that precede a length-delimited field.
  static func prefix(field number: Int, length: Int) -> [UInt8] {
    varint(UInt64(number << 3 | 2)) + varint(UInt64(length))
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    var value = value
    var bytes: [UInt8] = []
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: value))
    return bytes
  }
}
