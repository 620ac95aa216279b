import AssayCore
import AssayData
import AssayMethods
public import AssayONNX
public import AssayRuntime

/// Rows for a model whose user has no data: random numbers, labelled with the model's own answers.
///
/// Times, memory and sizes are then right; accuracy is the share of answers that a variant keeps on noise, which says little of real
/// data.
public enum StandInRows {
  /// Rows that are made.
  public static let count = 256

  /// Most numbers that are made: 256 MB of them.
  private static let mostValues = 1 << 26

  /// Writes `STEM-rows.npy` and `STEM-labels.npy` and says how a suite names them.
  ///
  /// - Parameters:
  ///   - stem: Path without extension, as seen from here.
  ///   - shown: The same as the suite shall write it.
  /// - Throws: `shape` for a model of several inputs or with an open input, `create` and `write`, what the engine throws as `shape`.
  public static func write(
    _ model: Model, facts: ModelFacts, engine: any Engine, stem: String, shown: String
  ) throws -> PlanData {
    guard let input = model.graph.requiredInputs.first, let elements = facts.inputElements,
      let shape = input.tensorType?.shape?.dropFirst().compactMap(\.value), input.tensorType?.elementType == .float,
      let output = model.graph.outputs.first?.name
    else {
      throw DataError(
        .shape, "no rows can be made up for this model: it takes several inputs, an open shape or no floats",
        remedy: "give data with --data")
    }
    let rowCount = facts.fixedBatch.map { max(1, Self.count / $0) * $0 } ?? Self.count
    let (valueCount, overflow) = rowCount.multipliedReportingOverflow(by: elements)
    guard !overflow, valueCount <= mostValues else {
      throw DataError(
        .shape, "\(rowCount) rows of \(elements) numbers are too many to make up", remedy: "give data with --data")
    }
    var generator = SeededGenerator(seed: 1)
    // Sums of twelve uniform numbers are normal enough for noise.
    let values = (0..<valueCount).map { _ in
      Float((0..<12).reduce(-6.0) { sum, _ in sum + generator.unit() })
    }
    let rows = Tensor(values, shape: [rowCount] + shape)
    var answers: [Float] = []
    let source = EngineActivationSource(rows: rows, engine: engine, threads: 1)
    try source.observe(model, values: [output]) { tensors in
      guard let tensor = tensors.first, tensor.elementType == .float else { return }
      answers += tensor.elements(Float.self)
    }
    let width = rowCount > 0 ? answers.count / rowCount : 0
    guard width > 0, answers.count == width * rowCount else {
      throw DataError(
        .shape, "the model does not give a row of numbers for each row", remedy: "give data with --data")
    }
    var keys = [PlanData.Key("npy", Yaml.scalar(shown + "-rows.npy"))]
    keys.append(PlanData.Key("labels", Yaml.scalar(shown + "-labels.npy")))
    let labels: [Float]
    if width == 1 {
      labels = answers
      keys.append(PlanData.Key("regression", "true"))
    } else {
      labels = (0..<rowCount).map { row in
        let scores = answers[row * width..<(row + 1) * width]
        let best = scores.indices.max { scores[$0] < scores[$1] } ?? scores.startIndex
        return Float(best - scores.startIndex)
      }
      keys.append(PlanData.Key("classes", "\(width)"))
    }
    try NPY.write(rows, to: stem + "-rows.npy")
    try NPY.write(Tensor(labels, shape: [rowCount]), to: stem + "-labels.npy")
    return PlanData(
      keys: keys, rows: rowCount, hasTargets: false,
      remarks: [
        "No data were given: \(rowCount) rows of noise, labelled with the model's own answers. Times, memory and sizes are right;",
        "accuracy is the share of answers that a variant keeps on noise. Give your own rows with --data.",
      ])
  }
}
