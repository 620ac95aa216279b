import AssayCore
import Crypto
import FoundationEssentials
import Glibc

/// SHA-256 of what a cached or recorded thing is made from, as lower-case hexadecimal.
enum ContentHash {
  static func sha256(text: String) -> String { sha256(bytes: Array(text.utf8)) }

  static func sha256(bytes: [UInt8]) -> String { hex(SHA256.hash(data: bytes)) }

  /// Hash of a file's bytes, read in pieces; nil when it cannot be read.
  static func sha256(file path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var hash = SHA256()
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return hex(hash.finalize()) }
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      chunk.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }

  private static func hex(_ digest: SHA256.Digest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
