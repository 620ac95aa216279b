import AssayCore
import AssayONNX
import AssayTestSupport
import AssayTorch
import Testing

/// A model of two dense layers with a Relu between: x[N, 4] → fc1 → relu → fc2 → y[N, 3].
private func twoLayers() -> Model {
  var builder = GraphBuilder()
  let x = builder.input("x", dimensions: [.symbolic("N"), .fixed(4)])
  let (w1, b1) = (
    builder.constant(weights([5, 4], seed: 1), name: "w1"), builder.constant(weights([5], seed: 2), name: "b1")
  )
  let (w2, b2) = (
    builder.constant(weights([3, 5], seed: 3), name: "w2"), builder.constant(weights([3], seed: 4), name: "b2")
  )
  let hidden = builder.node("Gemm", [x, w1, b1], [.int("transB", 1)], output: "hidden")
  let relu = builder.node("Relu", [hidden], output: "relu")
  builder.node("Gemm", [relu, w2, b2], [.int("transB", 1)], output: "y")
  return builder.model(outputs: ["y"])
}

@Suite("Graphs", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct TorchGraphTests {
  private let x = weights([2, 4], seed: 9)

  private func tensor(_ tensor: Tensor) throws -> TorchTensor {
    try TorchTensor(tensor, library: TorchFixture.loaded())
  }

  private func made(
    _ model: Model, _ gradients: TorchGradients = .none, replaceable: Set<String> = []
  ) throws -> TorchGraph {
    try TorchGraph(model, library: TorchFixture.loaded(), gradients: gradients, replaceable: replaceable)
  }

  @Test("Initializers are replaced for one run, and what replaces them is differentiated")
  func replacing() throws {
    let graph = try made(twoLayers(), .of(["w1"]))
    #expect(graph.parameterNames == ["w1", "b1", "w2", "b2"])
    let plain = try graph.run(["x": tensor(x)]).outputs[0].values()
    let zero = try TorchTensor(zeros: [5, 4], library: graph.library)
    try zero.setRequiresGradient(true)
    let run = try graph.run(["x": tensor(x)], replacing: ["w1": zero], mode: .evaluation)
    #expect(try run.outputs[0].values() != plain)
    try graph.library.call("aten::sum", .tensor(run.outputs[0]))[0].backward()
    #expect(try zero.gradient()?.shape == [5, 4])
    #expect(try graph.run(["x": tensor(x)]).outputs[0].values() == plain, "a replacement lasts for one run")
    #expect(graph.initializer("w1")?.shape == [5, 4])
    #expect(try graph.initializer("w1")?.values() == weights([5, 4], seed: 1))
  }

  @Test("Inference records nothing, evaluation does")
  func recording() throws {
    let graph = try made(twoLayers())
    let w1 = try tensor(weights([5, 4], seed: 1))
    try w1.setRequiresGradient(true)
    #expect(try !graph.run(["x": tensor(x)], replacing: ["w1": w1]).outputs[0].requiresGradient)
    #expect(try graph.run(["x": tensor(x)], replacing: ["w1": w1], mode: .evaluation).outputs[0].requiresGradient)
    #expect(
      try graph.run(["x": tensor(x)], replacing: ["w1": w1], mode: .training(seed: nil)).outputs[0].requiresGradient)
  }

  @Test("Intermediate values can be fetched, and are differentiated like outputs")
  func fetching() throws {
    let graph = try made(twoLayers())
    let w1 = try tensor(weights([5, 4], seed: 1))
    try w1.setRequiresGradient(true)
    let run = try graph.run(
      ["x": tensor(x)], replacing: ["w1": w1], mode: .evaluation, fetching: ["relu", "hidden", "x", "b1"])
    #expect(Set(run.values.keys) == ["relu", "hidden", "x", "b1"])
    let hidden = try #require(run.values["hidden"]).values().elements(Float.self)
    #expect(try #require(run.values["relu"]).values().elements(Float.self) == hidden.map { max($0, 0) })
    #expect(run.values["relu"]?.requiresGradient == true)
    #expect(try #require(run.values["x"]).values() == x)
  }

  @Test("Values that nobody needs any more are given back during a run")
  func memory() throws {
    let library = try TorchLibrary(path: TorchFixture.loaded().path)
    let graph = try TorchGraph(twoLayers(), library: library)
    let before = library.liveTensorCount
    let run = try graph.run(["x": TorchTensor(x, library: library)])
    // The output, and nothing else: the input went with the dictionary.
    #expect(library.liveTensorCount == before + 1)
    #expect(run.outputs.count == 1)
    // A value that is fetched stays.
    let fetched = try graph.run(["x": TorchTensor(x, library: library)], fetching: ["relu"])
    #expect(library.liveTensorCount == before + 3)
    #expect(fetched.values.count == 1 && run.outputs.count == 1)
  }

  @Test("What depends on constants alone is computed once")
  func folding() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [2, 6])
    let three = builder.node("Constant", [], [Attribute("value_ints", ints: [3])], output: "three")
    let two = builder.constant(ints: [2], name: "two")
    let shape = builder.node("Concat", [two, three, two], [.int("axis", 0)], output: "shape")
    builder.node("Reshape", [x, shape], output: "y")
    let graph = try made(builder.model(outputs: ["y", "shape"]))
    #expect(graph.operatorCounts == ["Reshape": 1])
    let run = try graph.run(["x": tensor(weights([2, 6], seed: 1))])
    #expect(run.outputs[0].shape == [2, 3, 2])
    #expect(try run.outputs[1].values().intValues() == [2, 3, 2])
    // A constant that was read has shaped the graph.
    let error = TorchFixture.error { () throws(TorchError) in
      try graph.run([:], replacing: ["two": TorchTensor(zeros: [1], library: graph.library)])
    }
    #expect(error?.code == .argument && error?.message.contains("'two'") == true)
  }

  @Test("A constant that is read when the graph is made can be kept replaceable")
  func replaceable() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [4])
    let (low, high) = (builder.constant(scalar(-1), name: "low"), builder.constant(scalar(1), name: "high"))
    builder.node("Clip", [x, low, high], output: "y")
    let model = builder.model(outputs: ["y"])
    let values = try tensor(floats(-3, -0.5, 0.5, 3))
    let limit = try tensor(scalar(2))
    let fixed = try made(model)
    #expect(throws: TorchError.self) { try fixed.run(["x": values], replacing: ["high": limit]) }
    let graph = try made(model, .of(["high"]), replaceable: ["high"])
    #expect(try graph.run(["x": values]).outputs[0].values() == floats(-1, -0.5, 0.5, 1))
    try limit.setRequiresGradient(true)
    let y = try graph.run(["x": values], replacing: ["high": limit], mode: .evaluation).outputs[0]
    #expect(try y.values() == floats(-1, -0.5, 0.5, 2))
    try graph.library.call("aten::sum", .tensor(y))[0].backward()
    #expect(try limit.gradient()?.number() == 1)
  }

  @Test("Batch normalization hands its new running statistics back, and leaves the old")
  func statistics() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", dimensions: [.symbolic("N"), .fixed(2)])
    let names = [("scale", floats(1, 1)), ("bias", floats(0, 0)), ("mean", floats(1, 2)), ("variance", floats(1, 4))]
      .map { builder.constant($1, name: $0) }
    builder.node("BatchNormalization", [x] + names, output: "y")
    let graph = try made(builder.model(outputs: ["y"]), .all)
    #expect(graph.parameterNames == ["scale", "bias"])
    let batch = try tensor(Tensor([0, 0, 2, 4] as [Float], shape: [2, 2]))
    let run = try graph.run(["x": batch], mode: .training(seed: nil))
    // By hand: means 1 and 2, variances of the sample 2 and 8; a tenth of the new, nine of the old.
    #expect(difference(try #require(run.statistics["mean"]).values(), floats(1, 2), absolute: 1e-6) == nil)
    #expect(difference(try #require(run.statistics["variance"]).values(), floats(1.1, 4.4), absolute: 1e-6) == nil)
    #expect(try graph.initializer("variance")?.values() == floats(1, 4))
    let next = try graph.run(["x": batch], replacing: run.statistics, mode: .training(seed: nil))
    #expect(difference(try #require(next.statistics["variance"]).values(), floats(1.19, 4.76), absolute: 1e-6) == nil)
    #expect(try graph.run(["x": batch]).statistics.isEmpty)
    // One row has no variance.
    let row = try tensor(Tensor([1, 2] as [Float], shape: [1, 2]))
    let error = TorchFixture.error { () throws(TorchError) in try graph.run(["x": row], mode: .training(seed: nil)) }
    #expect(error?.place?.node == "BatchNormalization_0" && error?.remedy?.contains("more than one row") == true)
    #expect(throws: Never.self) { try graph.run(["x": row]) }
  }

  @Test("Inputs and replacements that do not fit are refused with their names")
  func badInput() throws {
    let graph = try made(twoLayers())
    let good = try tensor(x)
    let cases: [(inputs: [String: TorchTensor], text: String)] = [
      ([:], "'x' is missing"), (["x": good, "z": good], "no input 'z'"),
      (["x": try tensor(weights([2, 5], seed: 1))], "[N, 4]"), (["x": try tensor(weights([4], seed: 1))], "[N, 4]"),
      (["x": try tensor(ints(1, 2, 3, 4))], "is float, not int64"),
    ]
    for (inputs, text) in cases {
      let error = TorchFixture.error { () throws(TorchError) in try graph.run(inputs) }
      #expect(error?.code == .argument && error?.message.contains(text) == true, "\(text): \(error?.description ?? "")")
    }
    let unknown = TorchFixture.error { () throws(TorchError) in try graph.run(["x": good], replacing: ["w3": good]) }
    #expect(unknown?.message.contains("'w3'") == true)
    #expect(
      TorchFixture.error { () throws(TorchError) in try graph.run(["x": good], fetching: ["nothing"]) }?.message
        .contains("'nothing'") == true)
    let wrong = TorchFixture.error { () throws(TorchError) in try graph.run(["x": good], replacing: ["w2": good]) }
    #expect(wrong?.place?.node == "Gemm_2", "\(wrong?.description ?? "")")
  }
}

extension RandomNumberTests {
  @Test("Dropout drops in training only, as the seed says, and keeps the mean")
  func dropout() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [10_000])
    let ratio = builder.constant(scalar(0.25), name: "ratio")
    builder.node("Dropout", [x, ratio], output: "y")
    let graph = try TorchGraph(builder.model(outputs: ["y"]), library: TorchFixture.loaded())
    let ones = try TorchFixture.tensor([Float](repeating: 1, count: 10_000))
    func values(_ mode: TorchMode) throws -> [Float] {
      try TorchFixture.floats(graph.run(["x": ones], mode: mode).outputs[0])
    }
    #expect(try values(.inference).allSatisfy { $0 == 1 })
    #expect(try values(.evaluation).allSatisfy { $0 == 1 })
    let first = try values(.training(seed: 3))
    #expect(try values(.training(seed: 3)) == first)
    #expect(try values(.training(seed: 4)) != first)
    #expect(first.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    // 2,500 are dropped with a standard deviation of 43.
    #expect(abs(first.count { $0 == 0 } - 2500) < 250)
  }
}
