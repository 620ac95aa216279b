import AssayCore
import AssayFiles
import CArchive

/// A zip archive opened for reading.
struct ZipArchive: ~Copyable {
  private let handle: OpaquePointer
  private let path: String
  private let fileByteCount: Int

  /// What the archive says of one of its entries.
  struct Entry {
    var index: UInt64
    var name: String
    var byteCount: Int
  }

  init(_ path: String) throws(DataError) {
    let count = try DataFile.bytes(of: path).count
    var message = [CChar](repeating: 0, count: 200)
    guard let opened = assay_zip_open(path, &message, message.count) else {
      throw DataError(
        .malformed, "not a zip archive: \(text(message))", at: Place(file: path),
        remedy: "an .npz file is written by numpy.savez or numpy.savez_compressed")
    }
    self.path = path
    fileByteCount = count
    handle = opened
  }

  deinit { assay_zip_close(handle) }

  /// The entries, with sizes that the file can hold.
  ///
  /// - Throws: `truncated` for a size that deflate could not reach, `unsupported` for encryption or another compression.
  func entries() throws(DataError) -> [Entry] {
    var found: [Entry] = []
    for index in 0..<assay_zip_count(handle) {
      var entry = assay_zip_entry()
      var message = [CChar](repeating: 0, count: 200)
      guard assay_zip_describe(handle, index, &entry, &message, message.count) == 0, let name = entry.name else {
        throw DataError(.malformed, "entry \(index): \(text(message))", at: Place(file: path))
      }
      found.append(
        Entry(index: index, name: String(cString: name), byteCount: try checkedSize(entry, String(cString: name))))
    }
    return found
  }

  /// The content of an entry, its checksum compared.
  func read(_ entry: Entry) throws(DataError) -> Bytes {
    try MemoryBlock.bytes(count: entry.byteCount, at: Place(file: path)) { (target) throws(DataError) in
      var message = [CChar](repeating: 0, count: 200)
      guard
        assay_zip_read(
          handle, entry.index, target.baseAddress, UInt64(target.count), &message, message.count) == 0
      else {
        throw DataError(
          .truncated, "\(entry.name): \(text(message))", at: Place(file: path),
          remedy: "the file is damaged or incomplete; get it again")
      }
    }
  }

  private func checkedSize(_ entry: assay_zip_entry, _ name: String) throws(DataError) -> Int {
    let place = Place(file: path)
    guard entry.is_encrypted == 0, entry.method == 0 || entry.method == 8 else {
      throw DataError(
        .unsupported, "\(name) is encrypted or compressed by method \(entry.method)", at: place,
        remedy: "only stored and deflated entries are read, as numpy writes them")
    }
    let (limit, overflow) = entry.compressed_B.multipliedReportingOverflow(by: UInt64(GzipStream.largestExpansion))
    guard !overflow, entry.compressed_B <= UInt64(fileByteCount),
      entry.size_B <= (entry.method == 0 ? entry.compressed_B : limit),
      let size = Int(exactly: entry.size_B)
    else {
      throw DataError(
        .truncated, "\(name) announces \(entry.size_B) bytes, more than the file can hold", at: place,
        remedy: "the file is damaged or incomplete; get it again")
    }
    return size
  }
}

private func text(_ message: [CChar]) -> String {
  String(decoding: message.prefix(while: { $0 != 0 }).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
