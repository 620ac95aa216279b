public import AssayCore
import AssayFiles

/// Two NumPy arrays in two files: the examples and their labels.
public struct NPYFormat: DatasetFormat {
  /// Key in a suite.
  public let name = "npy"
  /// For `assay list formats`.
  public let summary = "NumPy arrays: the examples in one .npy file, the labels, if there are any, in another"
  /// The keys of its own.
  public let keys = [
    DatasetKey("labels", "the .npy file of the labels; required unless unlabelled", isPath: true),
    CommonKeys.unlabelled, CommonKeys.stored, CommonKeys.classes, CommonKeys.regression,
  ]

  /// The format; it has no state.
  public init() {}

  /// Reads both arrays.
  ///
  /// - Throws: `missing`, `option` without labels, what `NPY.map` throws, `mismatch`, `labels`.
  public func read(_ paths: [String], options: DatasetOptions) throws(DataError) -> Dataset {
    let path = try onlyPath(paths, format: name)
    if try options.isUnlabelled(unless: "labels") {
      guard MappedFile.exists(path) else { throw MissingData.error(tried: [path]) }
      return try unlabelledDataset(try NPY.map(path), path: path, options: options)
    }
    guard let labelsPath = try options.text("labels") else {
      throw DataError(
        .option, "no file of labels is named", at: Place(file: path),
        remedy: "add labels: PATH of an .npy file, or unlabelled: true")
    }
    let absent = [path, labelsPath].filter { !MappedFile.exists($0) }
    guard absent.isEmpty else { throw MissingData.error(tried: absent) }
    return try Dataset(
      source: path, files: [path, labelsPath], examples: withChannelAxis(try NPY.map(path)),
      storedLayout: try options.choice("stored", of: ImageLayout.self) ?? .nchw,
      targets: try targets(from: try NPY.map(labelsPath), options: options, at: Place(file: labelsPath)))
  }
}
