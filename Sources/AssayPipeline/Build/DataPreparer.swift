import AssayCore
import AssayData
import FoundationEssentials
import Glibc

/// Test rows ready for workers: a file of floats to map, and what to judge the answers by.
struct PreparedRows: Sendable {
  /// NPY file, float, shape [rows] + features.
  var path: String
  var targets: Targets
  var record: DatasetRecord
}

/// Turns data sets into files of prepared rows, once for each description and content.
struct DataPreparer {
  let cache: VariantCache

  /// Prepares the rows of `description`.
  ///
  /// - Throws: what reading the data set throws, as the cause of `suiteInvalid` located at the files.
  func prepare(_ description: DatasetDescription, name: String) throws(PipelineError) -> PreparedRows {
    do {
      let dataset = try description.open()
      let path = cache.path(kind: "rows", key: try key(description, dataset), extension: "npy")
      if access(path, R_OK) != 0 {
        try NPY.write(try dataset.prepare(description.preparation), to: path)
      }
      let record = DatasetRecord(
        name: name, availableRows: dataset.availableRows, rows: dataset.count,
        labels: PackedIntegers(dataset.labels.map { UInt64($0) }), classCount: dataset.classCount)
      return PreparedRows(path: path, targets: dataset.targets, record: record)
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError(.suiteInvalid, "the data of '\(name)' cannot be used", cause: error)
    }
  }

  private func key(_ description: DatasetDescription, _ dataset: Dataset) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var parts = [String(decoding: try encoder.encode(description), as: UTF8.self)]
    for file in dataset.files { parts.append(ContentHash.sha256(file: file) ?? file) }
    return ContentHash.sha256(text: parts.joined(separator: "\n"))
  }
}
