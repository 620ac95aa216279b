import AssayCore
import AssayFiles
import FoundationEssentials

/// Float tensors with a few facts about them, in one file that is written whole or not at all.
///
/// The file: `ASSAYLRN`, the length of the JSON as 8 bytes, the JSON (what it belongs to, the facts, the shapes), the
/// elements one tensor after the other, and a checksum of all of it.
struct SavedTensors<Facts: Codable & Sendable>: Sendable {
  /// What the file belongs to; another fingerprint is another training.
  var fingerprint: UInt64
  var facts: Facts
  var tensors: [Tensor]

  private struct Header: Codable {
    var fingerprint: UInt64
    var facts: Facts
    var shapes: [[Int]]
  }

  func write(to path: String) throws {
    let header = try JSONEncoder().encode(
      Header(fingerprint: fingerprint, facts: facts, shapes: tensors.map(\.shape)))
    var head = Array(Self.magic.utf8)
    Swift.withUnsafeBytes(of: UInt64(header.count).littleEndian) { head.append(contentsOf: $0) }
    head.append(contentsOf: header)
    let pieces = [Bytes(copying: head)] + tensors.map(\.bytes)
    let sum = [Self.checksum(pieces).littleEndian]
    try AtomicFile.write(pieces + [Bytes(copying: sum)], to: path)
  }

  /// Reads the file; nil when there is none, when it is damaged, or when it belongs to something else.
  init?(contentsOf path: String, fingerprint: UInt64) {
    guard let file = try? MappedFile(path), file.count >= 24 else { return nil }
    let bytes = file.bytes
    let body = bytes.slice(0..<(file.count - 8))
    let isWhole = bytes.withUnsafeBytes { buffer in
      buffer.prefix(8).elementsEqual(Self.magic.utf8)
        && UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: file.count - 8, as: UInt64.self))
          == Self.checksum([body])
    }
    guard isWhole else { return nil }
    let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) }
    guard length <= UInt64(body.count - 16) else { return nil }
    let json = body.slice(16..<(16 + Int(length))).withUnsafeBytes { Data($0) }
    guard let header = try? JSONDecoder().decode(Header.self, from: json), header.fingerprint == fingerprint else {
      return nil
    }
    var offset = 16 + Int(length)
    var tensors: [Tensor] = []
    for shape in header.shapes {
      guard let size = Self.size_B(shape), offset + size <= body.count,
        // Copied, so that the file can be replaced and nothing is left misaligned.
        let tensor = Tensor(
          .float, shape: shape,
          bytes: Bytes(copying: body.slice(offset..<(offset + size)).withUnsafeBytes { Array($0) }))
      else { return nil }
      tensors.append(tensor)
      offset += size
    }
    guard offset == body.count else { return nil }
    self.fingerprint = fingerprint
    facts = header.facts
    self.tensors = tensors
  }

  init(fingerprint: UInt64, facts: Facts, tensors: [Tensor]) {
    self.fingerprint = fingerprint
    self.facts = facts
    self.tensors = tensors
  }

  private static var magic: String { "ASSAYLRN" }

  private static func size_B(_ shape: [Int]) -> Int? {
    var size = MemoryLayout<Float>.stride
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow, extent >= 0, product < 1 << 48 else { return nil }
      size = product
    }
    return size
  }

  /// Over the bytes as one run, wherever one piece ends and the next begins.
  private static func checksum(_ pieces: [Bytes]) -> UInt64 {
    var sum = Fingerprint()
    var (word, filled): (UInt64, UInt64) = (0, 0)
    for piece in pieces {
      piece.withUnsafeBytes { buffer in
        var index = 0
        while index < buffer.count {
          if filled == 0, index + 8 <= buffer.count {
            sum.combine(UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
            continue
          }
          word |= UInt64(buffer[index]) << (8 * filled)
          filled += 1
          index += 1
          if filled == 8 {
            sum.combine(word)
            (word, filled) = (0, 0)
          }
        }
      }
    }
    if filled > 0 { sum.combine(word) }
    return sum.value
  }
}
