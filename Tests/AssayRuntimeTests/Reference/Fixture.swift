import AssayCore
import AssayONNX
import FoundationEssentials
import Testing

/// Reads the text files beside the tests, which the scripts in `Oracles` made.
enum Fixture {
  /// The lines of a file, without comments.
  static func lines(_ name: String, beside test: String = #filePath) throws -> [String] {
    let folder = test.split(separator: "/").dropLast(2).joined(separator: "/")
    let text = try String(contentsOfFile: "/\(folder)/Fixtures/\(name)", encoding: .utf8)
    return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
  }

  /// A tensor written as type, shape (`2x3`, `-` for a scalar) and values.
  static func tensor(_ words: ArraySlice<Substring>) throws -> Tensor {
    let words = Array(words)
    let type = try #require(ElementType.allCases.first { $0.onnxName == words[0] })
    let shape = words[1] == "-" ? [] : words[1].split(separator: "x").compactMap { Int($0) }
    let values = words[2...]
    switch type {
    case .int64: return Tensor(try values.map { try #require(Int64($0)) }, shape: shape)
    case .uint64: return Tensor(try values.map { try #require(UInt64($0)) }, shape: shape)
    case .int32: return Tensor(try values.map { try #require(Int32($0)) }, shape: shape)
    default:
      // Every other type that occurs is exact in 32-bit floats.
      let floats = try values.map { try #require(Float($0)) }
      return try #require(Tensor(converting: floats, to: type, shape: shape))
    }
  }

  static func bytes(hexadecimal text: Substring) throws -> Bytes {
    var bytes: [UInt8] = []
    var digits = text.utf8.makeIterator()
    while let high = digits.next(), let low = digits.next() {
      bytes.append(try #require(UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)))
    }
    return Bytes(copying: bytes)
  }
}
