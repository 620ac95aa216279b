import AssayCore
import AssayData
import AssayMethods
import AssayONNX
import AssayRuntime
import Foundation

/// The digits of the repository: 8×8 counts of ink, 3823 rows to learn from and 1797 to be asked.
struct Digits {
  let training: PreparedTrainingData
  let test: Dataset
  let testRows: Tensor

  static let preparation = Preparation(scale: Ratio("1/16") ?? .one)

  /// - Parameters:
  ///   - count: Rows to learn from, the first ones.
  ///   - shape: Of one example; nil for 64 numbers.
  init(count: Int? = nil, shape: [Int]? = nil) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "suites/data/digits").path
    var preparation = Self.preparation
    preparation.shape = shape
    func open(_ file: String, _ count: Int?) throws -> Dataset {
      try DatasetDescription(
        format: "csv", paths: ["\(folder)/\(file)"], preparation: preparation,
        subset: count.map { Subset(count: $0) }
      ).open()
    }
    let rows = try open("optdigits.tra", count)
    training = try PreparedTrainingData(
      rows: try rows.prepare(preparation), targets: .classes(rows.labels, count: 10), identity: "digits \(rows.count)")
    test = try open("optdigits.tes", nil)
    testRows = try test.prepare(preparation)
  }

  /// Share of the first `count` test rows that a model answers right in the reference engine.
  func accuracy(of model: Model, first count: Int = 600) throws -> Double {
    let input = try Self.input(of: model)
    let width = testRows.shape.dropFirst().reduce(1, *) * 4
    guard
      let rows = Tensor(
        .float, shape: [count] + testRows.shape.dropFirst(), bytes: testRows.bytes.slice(0..<(count * width)))
    else { return 0 }
    let output = try ReferenceSession(model).run([input: rows])[0].elements(Float.self)
    let right = (0..<count).count { row in
      let logits = output[(row * 10)..<(row * 10 + 10)]
      return logits.indices.max { logits[$0] < logits[$1] }.map { $0 - row * 10 } == test.labels[row]
    }
    return Double(right) / Double(count)
  }

  private static func input(of model: Model) throws -> String {
    guard let input = model.graph.requiredInputs.first else { throw MissingOracle(row: "input") }
    return input.name
  }
}
