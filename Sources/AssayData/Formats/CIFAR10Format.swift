public import AssayCore
import AssayFiles

/// The binary version of CIFAR-10: records of one label byte and 3,072 bytes, the red, green and blue planes of an image.
///
/// Format: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and the dataset's web page.
public struct CIFAR10Format: DatasetFormat {
  /// Key in a suite.
  public let name = "cifar10"
  /// For `assay list formats`.
  public let summary = "CIFAR-10, binary version: one file or several, joined in the order given"
  /// The keys of its own.
  public let keys: [DatasetKey] = []

  private static let shape = [3, 32, 32]
  private static let imageByteCount = 3072
  private static let recordByteCount = 3073
  private static let classCount = 10

  /// The format; it has no state.
  public init() {}

  /// Reads and joins the files.
  ///
  /// - Throws: `missing`, `truncated` for a size that is no multiple of a record, `labels`.
  public func read(_ paths: [String], options: DatasetOptions) throws(DataError) -> Dataset {
    try read(first: Int.max, of: paths, options: options)
  }

  /// Copies no more records than asked for.
  public func read(first count: Int, of paths: [String], options: DatasetOptions) throws(DataError) -> Dataset {
    var files: [Bytes] = []
    var (recordCount, availableCount) = (0, 0)
    let absent = paths.filter { !MappedFile.exists($0) }
    guard absent.isEmpty else { throw MissingData.error(tried: absent) }
    for path in paths {
      let file = try DataFile.bytes(of: path)
      guard file.count > 0, file.count % Self.recordByteCount == 0 else {
        throw DataError(
          .truncated, "\(file.count) bytes are not a whole number of records of \(Self.recordByteCount) bytes",
          at: Place(file: path),
          remedy: "use the binary version of CIFAR-10; if this is it, the file is incomplete, get it again")
      }
      let records = file.count / Self.recordByteCount
      let wanted = min(records, max(0, count - recordCount))
      files.append(file.slice(0..<wanted * Self.recordByteCount))
      recordCount += wanted
      availableCount += records
    }
    var labels: [Int] = []
    labels.reserveCapacity(recordCount)
    let place = paths.first.map { Place(file: $0) }
    let images = try MemoryBlock.bytes(count: recordCount * Self.imageByteCount, at: place) {
      (target) throws(DataError) in
      for (path, file) in zip(paths, files) { try split(file, of: path, into: target, labels: &labels) }
    }
    guard let examples = Tensor(.uint8, shape: [recordCount] + Self.shape, bytes: images) else {
      throw DataError(.malformed, "the records do not fill \(Self.shape)", at: place)
    }
    return try Dataset(
      source: paths.joined(separator: ", "), files: paths, examples: examples,
      targets: .classes(labels, classCount: Self.classCount), availableRows: availableCount)
  }

  private func split(
    _ file: Bytes, of path: String, into target: UnsafeMutableRawBufferPointer, labels: inout [Int]
  ) throws(DataError) {
    let firstRecord = labels.count
    var found: [Int] = []
    file.withUnsafeBytes { source in
      guard let from = source.baseAddress, let to = target.baseAddress else { return }
      for record in 0..<(source.count / Self.recordByteCount) {
        let start = record * Self.recordByteCount
        found.append(Int(source[start]))
        (to + (firstRecord + record) * Self.imageByteCount).copyMemory(
          from: from + start + 1, byteCount: Self.imageByteCount)
      }
    }
    if let record = found.firstIndex(where: { $0 >= Self.classCount }) {
      throw DataError(
        .labels, "label \(found[record]) of record \(record) is not a class 0..\(Self.classCount - 1)",
        at: Place(file: path),
        remedy: "use the binary version of CIFAR-10 (not CIFAR-100); if this is it, the file is damaged")
    }
    labels += found
  }
}
