import AssayCore
import AssayData
import AssayMethods
import AssayONNX
import AssayTorch
import Foundation

/// The digits of the repository: 8×8 counts of ink, 3823 rows to learn from and 1797 to be asked.
struct Digits {
  let training: PreparedTrainingData
  let test: Dataset
  let testRows: Tensor

  private static let trainingSet = Result { try open("optdigits.tra") }
  private static let testSet = Result { try open("optdigits.tes") }

  /// Reads a file once for all tests.
  private static func open(_ file: String) throws -> Dataset {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "suites/data/digits").path
    return try DatasetDescription(format: "csv", paths: ["\(folder)/\(file)"]).open()
  }

  /// - Parameters:
  ///   - count: Rows to learn from, the first ones.
  ///   - shape: Of one example; nil for 64 numbers.
  init(count: Int? = nil, shape: [Int]? = nil) throws {
    let preparation = Preparation(scale: Ratio("1/16") ?? .one, shape: shape)
    let rows = try Self.trainingSet.get()
    let used = count ?? rows.count
    training = try PreparedTrainingData(
      rows: try rows.prepare(preparation, rows: 0..<used),
      targets: .classes(Array(rows.labels.prefix(used)), count: 10), identity: "digits \(used)")
    test = try Self.testSet.get()
    testRows = try test.prepare(preparation)
  }

  /// Share of the first `count` test rows that a model answers right, run on libtorch.
  func accuracy(of model: Model, first count: Int = 600) throws -> Double {
    let input = try Self.input(of: model)
    let width = testRows.shape.dropFirst().reduce(1, *) * 4
    guard let torch,
      let rows = Tensor(
        .float, shape: [count] + testRows.shape.dropFirst(), bytes: testRows.bytes.slice(0..<(count * width)))
    else { return 0 }
    let run = try TorchGraph(model, library: torch).run([input: TorchTensor(rows, library: torch)])
    let output = try run.outputs[0].values().elements(Float.self)
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
