public import AssayCore

/// What a model shall answer, one entry a row.
public enum Targets: Sendable, Hashable {
  /// Class of each row, `0..<classCount`.
  case classes([Int], classCount: Int)
  /// Value of each row, for regression.
  case values([Float])
  /// Nothing is known of the answers.
  case unlabelled(count: Int)

  /// Number of rows.
  public var count: Int {
    switch self {
    case .classes(let labels, _): labels.count
    case .values(let values): values.count
    case .unlabelled(let count): count
    }
  }
}

extension Targets {
  /// The first `count` of them.
  func first(_ count: Int) -> Targets {
    switch self {
    case .classes(let labels, let classCount): .classes(Array(labels.prefix(count)), classCount: classCount)
    case .values(let values): .values(Array(values.prefix(count)))
    case .unlabelled(let all): .unlabelled(count: min(count, all))
    }
  }
}

/// Examples with their labels, kept as compactly as they were stored; a subset shares the examples of the whole.
public struct Dataset: Sendable {
  /// Name in messages: the path or stem that was asked for.
  public let source: String
  /// The files that were read, in order.
  public let files: [String]
  /// The stored examples that were read, uint8 or float, shape `[rows read] + exampleShape`.
  public let examples: Tensor
  /// Number of rows of the source, of which this may be a subset.
  public let availableRows: Int
  /// Order of the axes of examples with three axes.
  public let storedLayout: ImageLayout
  /// The row of `examples` behind each row of this dataset.
  public private(set) var rows: [Int]
  /// The answers, aligned with `rows`.
  public private(set) var targets: Targets

  /// Joins examples and targets.
  ///
  /// - Parameters:
  ///   - examples: First axis the rows; uint8 and float are kept as they are, other numbers become float.
  ///   - availableRows: Rows of the source, where `examples` are only the first of them.
  /// - Throws: `mismatch` when the numbers of rows differ, `labels` for a label outside `0..<classCount`,
  ///   `unsupported` for examples that are no real numbers, `shape` for examples without a row axis or without values.
  public init(
    source: String, files: [String] = [], examples: Tensor, storedLayout: ImageLayout = .nchw, targets: Targets,
    availableRows: Int? = nil
  ) throws(DataError) {
    let place = Place(file: source)
    guard let rowCount = examples.shape.first else {
      throw DataError(.shape, "the examples are a single number", at: place, remedy: "give an array of rows")
    }
    guard rowCount > 0 else { throw DataError(.rows, "there are no rows", at: place) }
    guard examples.count > 0 else { throw DataError(.shape, "the examples are empty: \(examples.shape)", at: place) }
    guard targets.count == rowCount else {
      throw DataError(
        .mismatch, "\(rowCount) examples, but \(targets.count) labels", at: place,
        remedy: "examples and labels must come from the same set")
    }
    if case .classes(let labels, let classCount) = targets {
      for (row, label) in labels.enumerated() where label < 0 || label >= classCount {
        throw DataError(
          .labels, "label \(label) of row \(row) is not a class 0..\(classCount - 1)", at: place,
          remedy: "correct the labels, the label column or the number of classes")
      }
    }
    self.source = source
    self.files = files
    self.examples = try exampleTensor(examples, at: place)
    self.storedLayout = storedLayout
    self.availableRows = availableRows ?? rowCount
    self.rows = Array(0..<rowCount)
    self.targets = targets
  }

  /// Number of rows.
  public var count: Int { rows.count }
  /// Shape of one example as stored, without the batch axis; a vector has one axis, an image three.
  public var exampleShape: [Int] { examples.shape.count == 1 ? [1] : Array(examples.shape.dropFirst()) }

  /// Class of each row; empty for regression and without labels.
  public var labels: [Int] { if case .classes(let labels, _) = targets { labels } else { [] } }
  /// Number of classes; nil for regression and without labels.
  public var classCount: Int? { if case .classes(_, let count) = targets { count } else { nil } }

  /// The chosen rows, sharing the examples.
  ///
  /// - Throws: `rows` when there are fewer.
  public func selecting(_ subset: Subset) throws(DataError) -> Dataset {
    let chosen = try subset.indices(of: count, source: source)
    var selection = self
    selection.rows = chosen.map { rows[$0] }
    switch targets {
    case .classes(let labels, let classCount):
      selection.targets = .classes(chosen.map { labels[$0] }, classCount: classCount)
    case .values(let values): selection.targets = .values(chosen.map { values[$0] })
    case .unlabelled: selection.targets = .unlabelled(count: chosen.count)
    }
    return selection
  }
}
