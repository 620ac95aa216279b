import AssayCore
import AssayData
import AssayRuntime

/// The rows a worker feeds to its model, cut into batches of the model's own input shape.
struct WorkerInput {
  private let rows: Tensor
  private let input: TensorDescription
  let batch: Int

  /// Number of rows.
  var rowCount: Int { rows.shape.first ?? 0 }

  /// Opens the prepared rows and checks that they fit the model.
  ///
  /// Rows whose features have another shape but as many elements are reshaped: row-major order is kept.
  ///
  /// - Throws: `input` when the model needs more than one input, another element type, or another number of features.
  init(rows: Tensor, session: any Session, batch: Int) throws(EngineError) {
    guard session.inputs.count == 1, let input = session.inputs.first else {
      throw EngineError(
        .input, "the model has \(session.inputs.count) inputs; data sets feed exactly one",
        remedy: "give the others as constants")
    }
    guard input.elementType == .float else {
      throw EngineError(.input, "input '\(input.name)' is \(input.elementType); data sets are float")
    }
    let mismatch = RowFit.mismatch(
      input: input.name, shape: input.shape.map(\.value), features: rows.shape.dropFirst())
    if let mismatch { throw EngineError(.input, mismatch, remedy: RowFit.remedy) }
    if let fixed = input.shape.first?.value, fixed != batch {
      throw EngineError(.input, "input '\(input.name)' has the fixed batch \(fixed), not \(batch)")
    }
    self.rows = rows
    self.input = input
    self.batch = batch
  }

  /// Rows `start` ..< `start + count` as the model's input, sharing the memory of the rows.
  func batch(from start: Int, count: Int) -> [String: Tensor] {
    let features = Array(rows.shape.dropFirst())
    let size = features.reduce(1, *) * MemoryLayout<Float>.stride
    let bytes = rows.bytes.slice(start * size..<(start + count) * size)
    let fixed = input.shape.dropFirst().compactMap(\.value)
    let shape = fixed.count == max(0, input.shape.count - 1) ? fixed : features
    // The slice has the size of the shape by construction.
    guard let tensor = Tensor(.float, shape: [count] + shape, bytes: bytes) else { return [:] }
    return [input.name: tensor]
  }

  /// One of `parts` equal shares of the complete batches from the start, of which all together hold as many as fit in
  /// `limit_B`; at least one batch.
  ///
  /// When there are fewer rows than a batch, rows repeat.
  func pool(limit_B: Int, part: Int = 0, of parts: Int = 1) -> [[String: Tensor]] {
    let size = max(1, rows.bytes.count / max(1, rowCount) * batch)
    let available = rowCount / batch
    guard available > 0 else { return [repeatedBatch()] }
    let count = max(1, min(available, limit_B / size))
    let share = max(1, count / max(1, parts))
    let first = part * share % count
    return (first..<min(count, first + share)).map { batch(from: $0 * batch, count: batch) }
  }

  private func repeatedBatch() -> [String: Tensor] {
    let one = batch(from: 0, count: 1)
    guard rowCount > 0, let row = one[input.name] else { return [:] }
    let values = row.elements(Float.self)
    let repeated = (0..<batch).flatMap { _ in values }
    return [input.name: Tensor(repeated, shape: [batch] + row.shape.dropFirst())]
  }
}
