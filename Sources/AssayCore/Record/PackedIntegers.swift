import FoundationEssentials

/// A sequence of non-negative integers stored in JSON as base64 of LEB128 varints.
///
/// Raw samples are kept in full; as plain JSON numbers they would make a run record several times larger.
/// A number below 2⁷ takes one byte, below 2¹⁴ two, below 2²¹ three.
public struct PackedIntegers: Sendable, Hashable {
  public var values: [UInt64]

  public init(_ values: [UInt64]) { self.values = values }
}

extension PackedIntegers: Codable {
  /// Reads base64 of varints; a string that is not, or ends inside a number, is corrupt data.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let data = Data(base64Encoded: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "packed integers are not base64")
    }
    values = []
    values.reserveCapacity(data.count / 2)
    var value: UInt64 = 0
    var shift: UInt64 = 0
    // Arrays, because `Data` checks and copies at every single byte.
    for byte in [UInt8](data) {
      guard shift < 63 || (shift == 63 && byte <= 1) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "packed integer is too long")
      }
      value |= UInt64(byte & 0x7f) << shift
      shift += 7
      guard byte & 0x80 == 0 else { continue }
      values.append(value)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "packed integers end inside a number")
    }
  }

  /// Writes base64 of varints.
  public func encode(to encoder: any Encoder) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 3)
    for var value in values {
      while value >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
        value >>= 7
      }
      bytes.append(UInt8(truncatingIfNeeded: value))
    }
    var container = encoder.singleValueContainer()
    try container.encode(Data(bytes).base64EncodedString())
  }
}
