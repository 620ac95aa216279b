import AssayCore
import AssayData
import AssayONNX
import FoundationEssentials

/// The files that a self-test feeds to its workers: a model and rows of its input.
struct SelftestModel {
  var path: String
  /// NPY file of seeded rows, float.
  var rowsPath: String
  var batch: Int

  /// Bytes of rows: more than second-level caches hold, so that inputs come from where those of a suite come from.
  private static let rows_B = 8 << 20

  /// Makes the model (when none is named) and the rows in `folder`.
  ///
  /// Extents of the input that the model leaves open count as 1.
  ///
  /// - Throws: `suiteInvalid` for a model that cannot be read or has no input of known rank, `writeFailed`.
  init(model: String?, folder: String, seed: UInt64) throws(PipelineError) {
    path = model ?? "\(folder)/model.onnx"
    rowsPath = "\(folder)/rows.npy"
    let place = Place(file: path)
    do {
      if model == nil { try Self.generated().write(to: path) }
      let model = try Model(contentsOf: path)
      guard let shape = model.graph.requiredInputs.first?.tensorType?.shape, !shape.isEmpty else {
        throw PipelineError(
          .suiteInvalid, "the model has no input of known shape to make rows for", at: place,
          remedy: "give the shape of its input")
      }
      batch = max(1, shape[0].value ?? 1)
      let features = shape.dropFirst().map { max(1, $0.value ?? 1) }
      try NPY.write(try Self.rows(features, batch: batch, seed: seed, at: place), to: rowsPath)
    } catch let error as PipelineError {
      throw error
    } catch let error as DataError {
      throw PipelineError(.writeFailed, "cannot write the rows of the self-test", cause: error)
    } catch {
      throw PipelineError(.suiteInvalid, "the model of the self-test cannot be used", cause: error)
    }
  }

  /// Uniform numbers in [0, 1), at least one batch and at most a thousand.
  private static func rows(
    _ features: [Int], batch: Int, seed: UInt64, at place: Place
  ) throws(PipelineError) -> Tensor {
    var size = 1
    for extent in features {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= 1 << 28 else {
        throw PipelineError(.suiteInvalid, "a row of the model's input has too many values", at: place)
      }
      size = product
    }
    guard batch <= (1 << 28) / size else {
      throw PipelineError(.suiteInvalid, "a batch of the model's input has too many values", at: place)
    }
    let count = max(batch, min(1000 * batch, rows_B / (4 * size) / batch * batch))
    var generator = SeededGenerator(seed: seed)
    let values = [Float](unsafeUninitializedCapacity: count * size) { buffer, initialized in
      for index in 0..<count * size { buffer.initializeElement(at: index, to: Float(generator.unit())) }
      initialized = count * size
    }
    return Tensor(values, shape: [count] + features)
  }

  /// Layer sizes of the model that is made where none is named: LeNet-300-100 (LeCun et al., 1998).
  static let layers = [784, 300, 100, 10]

  /// Fully connected layers with ReLU between them and seeded weights of He's scale; the same file every time.
  static func generated() -> Model {
    var generator = SeededGenerator(seed: 784)
    var graph = Graph(name: "selftest")
    graph.inputs = [ValueInfo(name: "x", elementType: .float, shape: [.symbolic("N"), .fixed(layers[0])])]
    var value = "x"
    for (index, (inputs, outputs)) in zip(layers, layers.dropFirst()).enumerated() {
      let isLast = index == layers.count - 2
      let scale = (6 / Float(inputs)).squareRoot()
      let weights = (0..<inputs * outputs).map { _ in Float(generator.unit() * 2 - 1) * scale }
      graph.setInitializer("w\(index)", Tensor(weights, shape: [inputs, outputs]))
      graph.setInitializer("b\(index)", Tensor([Float](repeating: 0, count: outputs), shape: [outputs]))
      let sum = isLast ? "y" : "sum\(index)"
      graph.nodes.append(
        Node("Gemm", name: "layer\(index)", inputs: [value, "w\(index)", "b\(index)"], outputs: [sum]))
      value = sum
      if !isLast {
        value = "relu\(index)"
        graph.nodes.append(Node("Relu", name: value, inputs: [sum], outputs: [value]))
      }
    }
    graph.outputs = [
      ValueInfo(name: "y", elementType: .float, shape: [.symbolic("N"), .fixed(layers[layers.count - 1])])
    ]
    return Model(graph: graph)
  }
}
