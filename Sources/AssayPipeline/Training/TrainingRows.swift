public import AssayCore
public import AssayData
public import AssayMethods
import FoundationEssentials

/// A data set as trainers read it: rows are prepared when they are asked for.
public struct TrainingRows: TrainingData {
  private let dataset: Dataset
  private let preparation: Preparation
  public let exampleShape: [Int]
  public let targets: TrainingTargets
  public let identity: String

  /// Opens the data set.
  ///
  /// - Parameter name: Whose they are, for messages.
  /// - Throws: `suiteInvalid` with the cause.
  public init(_ description: DatasetDescription, name: String) throws(PipelineError) {
    do {
      dataset = try description.open()
      preparation = description.preparation
      exampleShape = try dataset.preparedShape(preparation)
      targets =
        switch dataset.targets {
        case .classes(let labels, let count): .classes(labels, count: count)
        case .values(let values): .values(values)
        case .unlabelled:
          throw DataError(.labels, "the rows have no labels to learn from", at: Place(file: dataset.source))
        }
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      var content = description
      // What the files hold counts, not where they lie.
      content.paths = []
      let parts =
        [String(decoding: try encoder.encode(content), as: UTF8.self)]
        + dataset.files.map { ContentHash.sha256(file: $0) ?? $0 }
      identity = ContentHash.sha256(text: parts.joined(separator: "\n"))
    } catch {
      throw PipelineError(.suiteInvalid, "the training data of '\(name)' cannot be used", cause: error)
    }
  }

  public var rowCount: Int { dataset.count }

  public func examples(_ rows: Range<Int>) throws(MethodError) -> Tensor {
    do {
      return try dataset.prepare(preparation, rows: rows)
    } catch {
      throw MethodError(.training, "training rows cannot be read", cause: error)
    }
  }
}
