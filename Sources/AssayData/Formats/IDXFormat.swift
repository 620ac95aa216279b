public import AssayCore

/// The IDX files of MNIST and its relatives, plain or gzip: big-endian, a magic number, extents, elements.
///
/// Format: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "file format".
public struct IDXFormat: DatasetFormat {
  /// Key in a suite.
  public let name = "idx"
  /// For `assay list formats`.
  public let summary = "MNIST's IDX files, plain or .gz: a stem such as mnist/t10k, or the images file"
  /// The keys of its own.
  public let keys = [
    DatasetKey("labels", "the labels file; by default the one that belongs to the stem or images file", isPath: true),
    CommonKeys.classes, CommonKeys.regression,
  ]

  /// The format; it has no state.
  public init() {}

  /// Reads images and labels.
  ///
  /// - Throws: `missing` with all paths tried, `malformed` for another magic, `truncated`, `mismatch`, `labels`.
  public func read(_ paths: [String], options: DatasetOptions) throws(DataError) -> Dataset {
    try read(paths, options: options, first: nil)
  }

  /// Inflates no more images than asked for: 300 of MNIST's 60,000 take a hundredth of the time.
  public func read(first count: Int, of paths: [String], options: DatasetOptions) throws(DataError) -> Dataset {
    try read(paths, options: options, first: count)
  }

  private func read(_ paths: [String], options: DatasetOptions, first: Int?) throws(DataError) -> Dataset {
    let path = try onlyPath(paths, format: name)
    let imagesPath = try find(imagesCandidates(path))
    let labelsPath =
      if let labels = try options.text("labels") { try find([labels]) } else {
        try find(labelsCandidates(path, images: imagesPath))
      }
    let (images, rows) = try IDX.read(imagesPath, first: first)
    let labels = try IDX.read(labelsPath, first: nil).tensor
    var targets = try targets(from: labels, options: options, at: Place(file: labelsPath))
    if let read = images.shape.first, read < rows {
      guard targets.count == rows else {
        throw DataError(
          .mismatch, "\(rows) examples, but \(targets.count) labels", at: Place(file: path),
          remedy: "examples and labels must come from the same set")
      }
      targets = targets.first(read)
    }
    return try Dataset(
      source: path, files: [imagesPath, labelsPath], examples: withChannelAxis(images), targets: targets,
      availableRows: rows)
  }

  private func imagesCandidates(_ path: String) -> [String] {
    let stems = ["-images-idx3-ubyte", "-images-idx3-ubyte.gz", "-images.idx3-ubyte", "-images.idx3-ubyte.gz"]
    if path.hasSuffix(".gz") || path.hasSuffix("ubyte") || path.hasSuffix(".idx") { return [path] }
    return stems.map { path + $0 } + [path]
  }

  private func labelsCandidates(_ path: String, images: String) -> [String] {
    if let derived = replacingLast("images", with: "labels", in: images) {
      let plain = replacingLast("idx3", with: "idx1", in: derived) ?? derived
      // Images and labels may be packed differently.
      return [plain, plain.hasSuffix(".gz") ? String(plain.dropLast(3)) : plain + ".gz"]
    }
    return ["\(path)-labels-idx1-ubyte", "\(path)-labels-idx1-ubyte.gz"]
  }

  private func find(_ candidates: [String]) throws(DataError) -> String {
    guard let found = candidates.first(where: MappedFile.isFile) else { throw MissingData.error(tried: candidates) }
    return found
  }

  private func replacingLast(_ word: String, with replacement: String, in path: String) -> String? {
    let letters = Array(path.utf8)
    let pattern = Array(word.utf8)
    var start = letters.count - pattern.count
    while start >= 0 {
      if letters[start..<(start + pattern.count)].elementsEqual(pattern) {
        return String(
          decoding: letters[..<start] + Array(replacement.utf8) + letters[(start + pattern.count)...], as: UTF8.self)
      }
      start -= 1
    }
    return nil
  }
}

/// One array in an IDX file.
enum IDX {
  /// The array, plain or gzip (told by the first bytes, not by the name).
  ///
  /// - Throws: `missing`, `unreadable`, `malformed` for another magic, `truncated`.
  ///
  /// - Parameter first: Rows wanted; gzip data are inflated no further, and their checksum is then not compared.
  /// - Returns: The array, cut to those rows where that saves inflating, and the rows in the file.
  static func read(_ path: String, first: Int?) throws(DataError) -> (tensor: Tensor, rows: Int) {
    try decode(try MappedFile.bytes(of: path), first: first, at: Place(file: path))
  }

  /// The whole array in the content of a file.
  static func decode(_ file: Bytes, at place: Place) throws(DataError) -> Tensor {
    try decode(file, first: nil, at: place).tensor
  }

  private static func decode(
    _ file: Bytes, first: Int?, at place: Place
  ) throws(DataError) -> (tensor: Tensor, rows: Int) {
    guard GzipStream.isGzip(file) else {
      let (header, size) = try file.withUnsafeBytes { (buffer) throws(DataError) in try checkedHeader(buffer, at: place)
      }
      let available = file.count - header.byteCount
      guard available >= size else { throw tooShort(header, available: available, at: place) }
      guard available == size else { throw tooLong(at: place) }
      return (try tensor(header, file.slice(header.byteCount..<file.count), at: place), header.shape[0])
    }
    let gzip = try GzipStream(file, at: place)
    var start = [UInt8](repeating: 0, count: 4)
    try readExactly(gzip, into: &start, from: 0, at: place)
    let axes = start[0] == 0 && start[1] == 0 ? Int(start[3]) : 0
    start += [UInt8](repeating: 0, count: 4 * axes)
    try readExactly(gzip, into: &start, from: 4, at: place)
    let (header, size) = try Bytes(copying: start).withUnsafeBytes { (buffer) throws(DataError) in
      try checkedHeader(buffer, at: place)
    }
    let (limit, overflow) = file.count.multipliedReportingOverflow(by: GzipStream.largestExpansion)
    guard !overflow, size <= limit else { throw tooShort(header, available: file.count, at: place) }
    var part = header
    if let first, first > 0, first < header.shape[0] { part.shape[0] = first }
    let isWhole = part.shape[0] == header.shape[0]
    let wanted = isWhole ? size : size / header.shape[0] * part.shape[0]
    let elements = try MemoryBlock.bytes(count: wanted, at: place) { (target) throws(DataError) in
      let count = try gzip.read(into: target)
      guard count == target.count else { throw tooShort(header, available: count, at: place) }
    }
    if isWhole, try !gzip.isAtEnd() { throw tooLong(at: place) }
    return (try tensor(part, elements, at: place), header.shape[0])
  }

  private struct Header {
    var elementType: ElementType
    var shape: [Int]
    var byteCount: Int { 4 + 4 * shape.count }
  }

  private static func readExactly(
    _ gzip: borrowing GzipStream, into buffer: inout [UInt8], from start: Int, at place: Place
  ) throws(DataError) {
    let wanted = buffer.count - start
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: max(wanted, 1), alignment: 1)
    defer { piece.deallocate() }
    let count = try gzip.read(into: UnsafeMutableRawBufferPointer(rebasing: piece[..<wanted]))
    guard count == wanted else {
      throw DataError(
        .truncated, "the file ends inside its header", at: place, remedy: "the file is incomplete; get it again")
    }
    buffer.replaceSubrange(start..., with: piece)
  }

  private static func checkedHeader(
    _ buffer: UnsafeRawBufferPointer, at place: Place
  ) throws(DataError) -> (Header, size: Int) {
    guard buffer.count >= 4 else {
      throw DataError(
        .truncated, "the file ends inside its header", at: place, remedy: "the file is incomplete; get it again")
    }
    let type: ElementType? =
      switch buffer[2] {
      case 0x08: .uint8
      case 0x09: .int8
      case 0x0b: .int16
      case 0x0c: .int32
      case 0x0d: .float
      case 0x0e: .double
      default: nil
      }
    guard buffer[0] == 0, buffer[1] == 0, let type, (1...8).contains(buffer[3]) else {
      let magic = buffer.prefix(4).map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0\(digits)" : digits
      }
      throw DataError(
        .malformed, "not an IDX file: it begins with \(magic.joined(separator: " "))", at: place,
        remedy: "MNIST's images begin with 00 00 08 03, its labels with 00 00 08 01")
    }
    let axes = Int(buffer[3])
    guard buffer.count >= 4 + 4 * axes else {
      throw DataError(
        .truncated, "the file ends inside its header", at: place, remedy: "the file is incomplete; get it again")
    }
    let shape = (0..<axes).map { axis in
      (0..<4).reduce(0) { $0 << 8 | Int(buffer[4 + 4 * axis + $1]) }
    }
    guard let size = byteCount(shape, width: (type.bitWidth ?? 8) / 8) else {
      throw DataError(
        .truncated, "the file announces shape \(shape), more than any file can hold", at: place,
        remedy: "the file is damaged; get it again")
    }
    return (Header(elementType: type, shape: shape), size)
  }

  private static func tensor(_ header: Header, _ bytes: Bytes, at place: Place) throws(DataError) -> Tensor {
    let native = try swappingBytes(bytes, width: (header.elementType.bitWidth ?? 8) / 8, at: place)
    guard let tensor = Tensor(header.elementType, shape: header.shape, bytes: native) else {
      throw DataError(.malformed, "the elements do not fill shape \(header.shape)", at: place)
    }
    return tensor
  }

  private static func tooShort(_ header: Header, available: Int, at place: Place) -> DataError {
    DataError(
      .truncated, "the file announces shape \(header.shape), but holds only \(available) bytes", at: place,
      remedy: "the file is incomplete or damaged; get it again")
  }

  private static func tooLong(at place: Place) -> DataError {
    DataError(
      .malformed, "bytes follow the announced elements", at: place, remedy: "the file is damaged; get it again")
  }
}
