public import AssayCore

/// NumPy arrays in one zip archive, as `numpy.savez` and `numpy.savez_compressed` write it.
public struct NPZFormat: DatasetFormat {
  /// Key in a suite.
  public let name = "npz"
  /// For `assay list formats`.
  public let summary = "NumPy arrays, examples and labels by name in one .npz archive"
  /// The keys of its own.
  public let keys = [
    DatasetKey("x", "name of the array of examples; x by default"),
    DatasetKey("y", "name of the array of labels; y by default"),
    CommonKeys.unlabelled, CommonKeys.stored, CommonKeys.classes, CommonKeys.regression,
  ]

  /// The format; it has no state.
  public init() {}

  /// Reads both arrays.
  ///
  /// - Throws: `missing`, `option` for an array that is not there, what `NPY.decode` throws, `mismatch`, `labels`.
  public func read(_ paths: [String], options: DatasetOptions) throws(DataError) -> Dataset {
    let path = try onlyPath(paths, format: name)
    let archive = try NPZ(path)
    let examples = try archive.array(named: try options.text("x") ?? "x")
    if try options.isUnlabelled(unless: "y") {
      return try unlabelledDataset(examples, path: path, options: options)
    }
    let labels = try archive.array(named: try options.text("y") ?? "y")
    return try Dataset(
      source: path, files: [path], examples: withChannelAxis(examples),
      storedLayout: try options.choice("stored", of: ImageLayout.self) ?? .nchw,
      targets: try targets(from: labels, options: options, at: Place(file: path)))
  }
}

/// An `.npz` archive opened for reading.
struct NPZ: ~Copyable {
  private let path: String
  private let archive: ZipArchive
  private let entries: [ZipArchive.Entry]

  /// Opens the archive and reads its directory.
  ///
  /// - Throws: `missing`, `malformed`, `truncated`, `unsupported`.
  init(_ path: String) throws(DataError) {
    let archive = try ZipArchive(path)
    let entries = try archive.entries()
    self.path = path
    self.archive = archive
    self.entries = entries
  }

  /// Names of the arrays.
  var names: [String] { entries.map { $0.name.hasSuffix(".npy") ? String($0.name.dropLast(4)) : $0.name } }

  /// Reads one array.
  ///
  /// - Throws: `option` with the names there are, and what `NPY.decode` throws.
  func array(named name: String) throws(DataError) -> Tensor {
    guard let index = names.firstIndex(of: name) else {
      throw DataError(
        .option, "the archive has no array '\(name)'", at: Place(file: path),
        remedy: "it has \(names.joined(separator: ", ")); choose with x: and y:")
    }
    return try NPY.decode(try archive.read(entries[index]), at: Place(file: path, node: name))
  }
}
