public import AssayCore

/// A way datasets are stored on disk.
public protocol DatasetFormat: Sendable {
  /// Key in a suite: `idx`.
  var name: String { get }
  /// One sentence for `assay list formats`.
  var summary: String { get }
  /// The keys of its own, beside those that every dataset has.
  var keys: [DatasetKey] { get }
  /// Reads examples and targets.
  ///
  /// - Throws: any `DataError`, naming file and line where there are any.
  func read(_ paths: [String], options: DatasetOptions) throws(DataError) -> Dataset
  /// Reads no more than the first `count` rows, where that is less work than all of them.
  ///
  /// Class count and `availableRows` are those of the whole; damage behind the rows read may go unnoticed.
  ///
  /// - Throws: what `read` throws.
  func read(first count: Int, of paths: [String], options: DatasetOptions) throws(DataError) -> Dataset
}

extension DatasetFormat {
  /// Reads all rows.
  public func read(first count: Int, of paths: [String], options: DatasetOptions) throws(DataError) -> Dataset {
    try read(paths, options: options)
  }
}

/// The formats that Assay reads.
public enum DatasetFormatCatalog {
  /// All of them, in the order they are listed.
  public static let all: [any DatasetFormat] = [
    IDXFormat(),
    CIFAR10Format(),
    CSVFormat(),
    NPYFormat(),
    NPZFormat(),
  ]

  /// The format called `name`.
  ///
  /// - Throws: `option`, with the nearest name.
  public static func format(named name: String) throws(DataError) -> any DatasetFormat {
    if let format = all.first(where: { $0.name == name }) { return format }
    let names = all.map(\.name)
    throw DataError(
      .option, "there is no dataset format '\(name)'",
      remedy: nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
        ?? "known formats: \(names.joined(separator: ", "))")
  }
}

/// The keys that several formats share.
enum CommonKeys {
  static let classes = DatasetKey("classes", "number of classes; the largest label and one by default")
  static let regression = DatasetKey("regression", "true when the targets are values, not classes; false by default")
  static let unlabelled = DatasetKey(
    "unlabelled",
    "true when there are no labels: such rows calibrate, and as test rows show how far answers drift; false by default")
  static let stored = DatasetKey("stored", "nchw or nhwc, how images of four axes are stored; nchw by default")
}

/// The single path of a format that reads one file.
func onlyPath(_ paths: [String], format: String) throws(DataError) -> String {
  guard paths.count == 1, let path = paths.first else {
    throw DataError(
      .option, "\(format) data are one file or stem, \(paths.count) paths are given",
      at: paths.first.map { Place(file: $0) },
      remedy: "give one path")
  }
  return path
}

/// Targets from an array, as classes or values.
func targets(
  from tensor: Tensor, options: DatasetOptions, at place: Place
) throws(DataError) -> Targets {
  // A column of labels, [n, 1], is as common as a plain list of them.
  guard tensor.shape.count == 1 || (tensor.shape.count == 2 && tensor.shape[1] == 1) else {
    throw DataError(
      .shape, "the labels have shape \(tensor.shape)", at: place, remedy: "give one label for each row: shape [n]")
  }
  if try options.flag("regression") ?? false { return .values(try floats(of: tensor, at: place)) }
  return classTargets(try labels(of: tensor, at: place), classCount: try options.count("classes"))
}

/// Rows of an array without labels.
func unlabelledDataset(_ examples: Tensor, path: String, options: DatasetOptions) throws(DataError) -> Dataset {
  try Dataset(
    source: path, files: [path], examples: withChannelAxis(examples),
    storedLayout: try options.choice("stored", of: ImageLayout.self) ?? .nchw,
    targets: .unlabelled(count: examples.shape.first ?? 0))
}

extension DatasetOptions {
  /// Whether the rows have no labels, as `unlabelled: true` says.
  ///
  /// - Throws: `option` when a key that is about labels is given all the same.
  func isUnlabelled(unless key: String) throws(DataError) -> Bool {
    guard try flag("unlabelled") ?? false else { return false }
    for name in [key, CommonKeys.classes.name, CommonKeys.regression.name] where value(name) != nil {
      throw DataError(.option, "\(name): and unlabelled: true contradict each other", remedy: "leave out one of them")
    }
    return true
  }
}

/// Grey images [n, height, width] as images of one channel, [n, 1, height, width]; other shapes as they are.
func withChannelAxis(_ tensor: Tensor) -> Tensor {
  guard tensor.shape.count == 3 else { return tensor }
  return tensor.reshaped([tensor.shape[0], 1, tensor.shape[1], tensor.shape[2]])
}
