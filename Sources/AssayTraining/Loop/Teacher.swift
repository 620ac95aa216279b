import AssayCore
import AssayMethods
import AssayONNX
import AssayTorch

/// The models that a student learns from: their probabilities for every row, computed once, and their inner values.
final class Teacher {
  /// softmax(z/T) of each row, averaged over the teachers ([rows, classes]), or their mean value ([rows]); nil where
  /// rows move, so that they must be asked each time.
  private var soft: TorchTensor?
  private let graphs: [(graph: TorchGraph, input: String, example: [Int]?)]
  private let distillation: Distillation
  private let isClassification: Bool
  private let library: TorchLibrary
  private let divide, softmax, reshape, add, select, copy, narrow: TorchOperator

  private static let batch = 512

  init(
    _ distillation: Distillation, isClassification: Bool, device: TorchDevice, _ library: TorchLibrary
  ) throws {
    guard !distillation.teachers.isEmpty else { throw MethodError(.training, "there is no teacher") }
    (self.distillation, self.isClassification, self.library) = (distillation, isClassification, library)
    graphs = try distillation.teachers.map { model in
      let prepared = try TrainingGraph(teacher: model)
      return (try TorchGraph(prepared.model, library: library, device: device), prepared.input, prepared.example)
    }
    divide = try library.operator("aten::mul.Tensor")
    softmax = try library.operator("aten::softmax.int")
    reshape = try library.operator("aten::reshape")
    add = try library.operator("aten::add.Tensor")
    select = try library.operator("aten::index_select")
    copy = try library.operator("aten::copy_")
    narrow = try library.operator("aten::narrow")
  }

  /// Computes the soft targets of all rows, or reads them where they were kept.
  ///
  /// - Parameter progress: Told how many rows are done.
  /// - Returns: Whether they were read.
  func computeAll(
    _ store: RowStore, data: any TrainingData, device: TorchDevice, progress: (Int) -> Void
  ) throws -> Bool {
    var fingerprint = Fingerprint()
    fingerprint.combine(data.identity)
    for teacher in distillation.teachers { fingerprint.combine(teacher) }
    fingerprint.combine("\(distillation.temperature) \(store.rowCount) \(isClassification)")
    let path = distillation.cacheFolder.map { "\($0)/soft-\(String(fingerprint.value, radix: 16)).targets" }
    if let path, let saved = SavedTensors<[String]>(contentsOf: path, fingerprint: fingerprint.value),
      let tensor = saved.tensors.first, tensor.shape.first == store.rowCount
    {
      soft = try TorchTensor(tensor, on: device, library: library)
      return true
    }
    var all: TorchTensor?
    for start in stride(from: 0, to: store.rowCount, by: Self.batch) {
      let range = start..<min(start + Self.batch, store.rowCount)
      let part = try targets(of: try store.batch(Array(range)[...]).rows)
      let target =
        try all
        ?? TorchTensor(
          zeros: [store.rowCount] + part.shape.dropFirst(), on: device, library: library)
      all = target
      _ = try library.withoutGradients { () throws(TorchError) in
        try copy(.tensor(try narrow(.tensor(target), 0, .int(start), .int(range.count))), .tensor(part))
      }
      progress(range.upperBound)
    }
    soft = all
    if let path, let all {
      try SavedTensors<[String]>(fingerprint: fingerprint.value, facts: [], tensors: [try all.values()]).write(to: path)
    }
    return false
  }

  /// The soft targets of a batch.
  func targets(of batch: RowBatch) throws(TorchError) -> TorchTensor {
    if let soft { return try select(.tensor(soft), 0, .tensor(batch.positions)) }
    return try targets(of: batch.rows)
  }

  /// The first teacher's inner values for a batch, by name.
  func values(_ names: [String], of rows: TorchTensor) throws(TorchError) -> [String: TorchTensor] {
    let (graph, input, example) = graphs[0]
    return try graph.run([input: try shaped(rows, example)], fetching: names).values
  }

  private func targets(of rows: TorchTensor) throws(TorchError) -> TorchTensor {
    try library.withoutGradients { () throws(TorchError) in
      var mean: TorchTensor?
      for (graph, input, example) in graphs {
        let outputs = try graph.run([input: try shaped(rows, example)]).outputs
        guard let output = outputs.first else { throw TorchError(.graph, "a teacher gives no answer") }
        let rowCount = rows.shape[0]
        var answer = try reshape(.tensor(output), .ints(isClassification ? [rowCount, -1] : [rowCount]))
        if isClassification {
          answer = try softmax(.tensor(try divide(.tensor(answer), .double(1 / distillation.temperature))), 1)
        }
        mean = try mean.map { (sofar) throws(TorchError) in try add(.tensor(sofar), .tensor(answer)) } ?? answer
      }
      guard let mean else { throw TorchError(.argument, "there is no teacher") }
      return graphs.count == 1 ? mean : try divide(.tensor(mean), .double(1 / Double(graphs.count)))
    }
  }

  private func shaped(_ rows: TorchTensor, _ example: [Int]?) throws(TorchError) -> TorchTensor {
    let shape = rows.shape
    guard let example, Array(shape.dropFirst()) != example else { return rows }
    guard example.reduce(1, *) == shape.dropFirst().reduce(1, *) else {
      throw TorchError(.argument, "a teacher reads examples of \(example), the rows have \(Array(shape.dropFirst()))")
    }
    return try reshape(.tensor(rows), .ints([shape[0]] + example))
  }
}
