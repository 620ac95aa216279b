import AssayCore
import CArchive

/// Gzip data in memory, inflated piece by piece.
struct GzipStream: ~Copyable {
  private let handle: OpaquePointer
  private let source: Bytes
  private let place: Place

  /// The most that one byte of deflate data can become (258 bytes from 2 bits): a larger claim is false.
  static let largestExpansion = 1032

  init(_ source: Bytes, at place: Place) throws(DataError) {
    let opened = source.withUnsafeBytes { buffer in buffer.baseAddress.flatMap { assay_gzip_open($0, buffer.count) } }
    guard let opened else { throw DataError(.unreadable, "no memory to inflate", at: place) }
    handle = opened
    self.source = source
    self.place = place
  }

  deinit { assay_gzip_close(handle) }

  /// Whether the bytes begin as gzip data do.
  static func isGzip(_ bytes: Bytes) -> Bool {
    bytes.withUnsafeBytes { $0.count >= 2 && $0[0] == 0x1f && $0[1] == 0x8b }
  }

  /// Fills `target` as far as the data reach.
  ///
  /// - Throws: `truncated` for damaged or incomplete data.
  func read(into target: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    guard let start = target.baseAddress, !target.isEmpty else { return 0 }
    var produced = 0
    guard assay_gzip_read(handle, start, target.count, &produced) == 0 else {
      throw DataError(
        .truncated, String(cString: assay_gzip_message(handle)), at: place,
        remedy: "the file is damaged or incomplete; get it again")
    }
    return produced
  }

  /// Whether nothing follows; compares the checksum on the way.
  func isAtEnd() throws(DataError) -> Bool {
    let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
    defer { byte.deallocate() }
    return try read(into: byte) == 0
  }
}
