import AssayCore
import AssayONNX
import AssayTestSupport
import AssayTorch
import Testing

@Suite("Graphs that cannot be run", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct GraphErrorTests {
  private func error(_ model: Model, _ gradients: TorchGradients = .none) throws -> TorchError? {
    let library = try TorchFixture.loaded()
    return TorchFixture.error { () throws(TorchError) in
      _ = try TorchGraph(model, library: library, gradients: gradients)
    }
  }

  @Test("An operator that is not in the table is named with its node and a remedy")
  func unknownOperator() throws {
    let model = OperatorCase("NonMaxSuppression", "", [[1, 2, 4], [1, 1, 2]]).model
    let found = try #require(try error(model))
    #expect(found.code == .graph && found.place?.node == model.graph.nodes[0].name && found.remedy != nil)
    #expect(found.message.contains("'NonMaxSuppression'"))
    let foreign = try #require(try error(OperatorCase("Relu", "", [[2]], domain: "some.where").model))
    #expect(foreign.message.contains("'some.where:Relu'"))
  }

  @Test("A form of an operator that is left out is named")
  func unknownForm() throws {
    let cases = [
      OperatorCase(
        "Resize", "", [[1, 1, 2, 2]], constants: [nil, floats(1, 1, 2, 2)], [.int("antialias", 1)], opset: 18),
      OperatorCase("Gelu", "", [[2]], [.text("approximate", "sine")], opset: 20),
      OperatorCase(
        "BatchNormalization", "", [[2, 1]], constants: Array(repeating: floats(1), count: 4), [.int("training_mode", 1)]
      ),
      OperatorCase(
        "LSTM", "", [[1, 1, 1], [1, 4, 1], [1, 4, 1]], [.texts("activations", "Sine", "Tanh", "Tanh")], outputs: 3),
      OperatorCase("Cast", "", [[2]], [.int("to", 8)]), OperatorCase("MaxPool", "", [[1, 1, 2]]),
      OperatorCase("Conv", "", [[1, 1, 2], [1, 1, 1]], [.int("group", 0)]),
      OperatorCase("Conv", "", [[1, 1, 2], [1, 1, 1]], [.text("auto_pad", "SOMEHOW")]),
      OperatorCase("ScatterElements", "", [[2], [2], [2]], [.text("reduction", "median")]),
    ]
    for item in cases {
      let found = try #require(try error(item.model), "\(item.name)")
      #expect(found.code == .graph && found.place?.node == item.model.graph.nodes[0].name, "\(item.name): \(found)")
      #expect(found.message.contains(item.model.graph.nodes[0].opType), "\(found)")
    }
  }

  @Test("A graph that contradicts itself is refused")
  func contradiction() throws {
    var builder = GraphBuilder()
    builder.input("x", [2])
    builder.node("Add", ["x", "b"], output: "a")
    builder.node("Relu", ["a"], output: "b")
    #expect(try error(builder.model(outputs: ["b"]))?.message.contains("'b'") == true)
    var dangling = GraphBuilder()
    dangling.input("x", [2])
    #expect(try error(dangling.model(outputs: ["z"]))?.message.contains("'z'") == true)
  }

  // MARK: Gradients

  /// x → Mul w → `type` → Mul v → y.
  private func chain(_ type: String, _ constants: [Tensor] = [], _ attributes: [Attribute] = []) -> Model {
    var builder = GraphBuilder()
    let x = builder.input("x", [2, 2])
    let scaled = builder.node("Mul", [x, builder.constant(scalar(2), name: "w")], name: "first")
    let others = constants.enumerated().map { builder.constant($1, name: "c\($0)") }
    let middle = builder.node(type, [scaled] + others, attributes, name: "middle")
    builder.node("Mul", [middle, builder.constant(scalar(3), name: "v")], name: "last", output: "y")
    return builder.model(outputs: ["y"])
  }

  @Test("An operator without a gradient is refused where one is needed, by name and node")
  func missingGradient() throws {
    let model = chain("QuantizeLinear", [scalar(0.1)])
    #expect(try error(model) == nil)
    for gradients in [TorchGradients.all, .of(["w"])] {
      let found = try #require(try error(model, gradients))
      #expect(found.place?.node == "middle" && found.message.contains("'QuantizeLinear'"), "\(found)")
    }
    // After it everything is well.
    #expect(try error(model, .of(["v"])) == nil)
  }

  @Test("A step between a parameter and the outputs is told")
  func zeroGradient() throws {
    let model = chain("Floor")
    #expect(try error(model, .all) == nil, "v still has a gradient")
    #expect(try error(model, .of(["v"])) == nil)
    let found = try #require(try error(model, .of(["v", "w"])))
    #expect(
      found.place?.node == "middle" && found.message.contains("'w'") && found.message.contains("'Floor'"), "\(found)")
    // Beside a path with a gradient it does no harm: a straight-through estimator is made so.
    var builder = GraphBuilder()
    let x = builder.input("x", [2])
    let scaled = builder.node("Mul", [x, builder.constant(scalar(2), name: "w")])
    builder.node("Add", [scaled, builder.node("Floor", [scaled])], output: "y")
    #expect(try error(builder.model(outputs: ["y"]), .of(["w"])) == nil)
  }

  @Test("What is no parameter is refused, with the nearest name")
  func unknownParameter() throws {
    let found = try #require(try error(chain("Relu"), .of(["W1"])))
    #expect(found.message.contains("'W1'") && found.remedy?.contains("'w'") == true, "\(found)")
    let statistics = OperatorCase(
      "BatchNormalization", "", [[2, 1]], constants: Array(repeating: floats(1), count: 4)
    ).model
    #expect(try error(statistics, .of(["c0", "c1"])) == nil)
    #expect(try error(statistics, .of(["c2"]))?.message.contains("'c2'") == true)
  }

  // MARK: Runs

  /// One operator with something wrong that shows only when it runs; every one must throw, naming its node.
  static let hostile: [OperatorCase] = [
    OperatorCase("Conv", "of other channels", [[1, 3, 4, 4]], constants: [weights([2, 2, 3, 3], seed: 1)]),
    OperatorCase("Conv", "larger than its input", [[1, 2, 2, 2]], constants: [weights([2, 2, 3, 3], seed: 1)]),
    OperatorCase("Conv", "strides 0", [[1, 1, 4]], constants: [weights([1, 1, 2], seed: 1)], [.ints("strides", 0)]),
    OperatorCase("Conv", "pads too few", [[1, 1, 4]], constants: [weights([1, 1, 2], seed: 1)], [.ints("pads", 1)]),
    OperatorCase("Conv", "of four axes", [[1, 1, 2, 2, 2, 2]], constants: [weights([1, 1, 1, 1, 1, 1], seed: 1)]),
    OperatorCase(
      "ConvTranspose", "empty", [[1, 1, 2]], constants: [weights([1, 1, 1], seed: 1)], [.ints("pads", 5, 5)]),
    OperatorCase("MaxPool", "rank", [[2, 2]], [.ints("kernel_shape", 2, 2)]),
    OperatorCase("AveragePool", "negative pads", [[1, 1, 4]], [.ints("kernel_shape", 2), .ints("pads", -1, 0)]),
    OperatorCase("Gemm", "shapes", [[3, 4]], constants: [weights([5, 2], seed: 1)]),
    OperatorCase("MatMul", "shapes", [[3, 4], [5, 2]]), OperatorCase("Add", "shapes", [[2], [3]]),
    OperatorCase("Reshape", "elements", [[2, 3]], constants: [ints(4, -1)]),
    OperatorCase("Reshape", "two open axes", [[2, 3]], constants: [ints(-1, -1)]),
    OperatorCase("Reshape", "negative", [[2, 3]], constants: [ints(-6, -1)]),
    OperatorCase("Reshape", "overflow", [[2, 3]], constants: [ints(1 << 40, 1 << 40, -1)]),
    OperatorCase("Transpose", "twice", [[2, 3]], [.ints("perm", 0, 0)]),
    OperatorCase("Squeeze", "not 1", [[2, 3]], constants: [ints(0)]),
    OperatorCase("Unsqueeze", "far", [[2, 3]], constants: [ints(9)]),
    OperatorCase("Concat", "shapes", [[2, 3], [3, 2]], [.int("axis", 0)]),
    OperatorCase("Concat", "axis", [[2, 3]] + [[2, 3]], [.int("axis", 5)]),
    OperatorCase("Split", "sizes", [[4]], constants: [ints(1, 2)], outputs: 2),
    OperatorCase("Split", "negative", [[4]], constants: [ints(-1, 5)], outputs: 2),
    OperatorCase("Slice", "step 0", [[4]], constants: [ints(0), ints(4), ints(0), ints(0)]),
    OperatorCase("Slice", "axis", [[4]], constants: [ints(0), ints(4), ints(3)]),
    OperatorCase("Gather", "outside", [[4]], constants: [ints(4)]),
    OperatorCase("Gather", "far outside", [[4]], constants: [ints(-9)]),
    OperatorCase("GatherND", "outside", [[2, 2]], constants: [Tensor([0, 2] as [Int64], shape: [1, 2])]),
    OperatorCase("GatherElements", "outside", [[2]], constants: [ints(7)]),
    OperatorCase(
      "ScatterND", "updates", [[4]], constants: [Tensor([0] as [Int64], shape: [1, 1]), weights([3], seed: 1)]),
    OperatorCase("Pad", "enormous", [[2]], constants: [ints(1 << 50, 0)]),
    OperatorCase("Pad", "enormous and reflected", [[2]], constants: [ints(1 << 39, 0)], [.text("mode", "reflect")]),
    OperatorCase("Pad", "away and reflected", [[2]], constants: [ints(-5, 1)], [.text("mode", "reflect")]),
    OperatorCase("Tile", "negative", [[2]], constants: [ints(-1)]),
    OperatorCase("Expand", "shapes", [[3]], constants: [ints(2)]),
    OperatorCase("Expand", "negative", [[1]], constants: [ints(-7)]),
    OperatorCase("TopK", "too many", [[3]], constants: [ints(4)], outputs: 2),
    OperatorCase("ArgMax", "axis", [[3]], [.int("axis", 1)]),
    OperatorCase("ReduceSum", "axis", [[3]], constants: [ints(2)]),
    OperatorCase("ReduceMax", "nothing", [[0, 2]], [.ints("axes", 0)]),
    OperatorCase("Softmax", "axis", [[3]], [.int("axis", 4)]),
    OperatorCase("CumSum", "axis", [[3]], constants: [ints(5)]),
    OperatorCase("LayerNormalization", "axis", [[3]], constants: [weights([3], seed: 1)], [.int("axis", 2)]),
    OperatorCase("BatchNormalization", "channels", [[2, 3]], constants: Array(repeating: floats(1, 1), count: 4)),
    OperatorCase(
      "GroupNormalization", "groups", [[1, 3, 2]], constants: [floats(1, 1), floats(1, 1)], [.int("num_groups", 2)],
      opset: 18),
    OperatorCase("Resize", "scales", [[1, 1, 2]], constants: [nil, floats(1, 2)]),
    OperatorCase("Resize", "enormous", [[1, 1, 2]], constants: [nil, nil, ints(1, 1, 1 << 40)]),
    OperatorCase(
      "LSTM", "shapes", [[2, 1, 3]], constants: [weights([1, 8, 2], seed: 1), weights([1, 8, 2], seed: 2)], outputs: 3),
    OperatorCase(
      "LSTM", "rank", [[2, 3]], constants: [weights([1, 8, 3], seed: 1), weights([1, 8, 2], seed: 2)], outputs: 3),
    OperatorCase(
      "GRU", "lengths", [[2, 1, 3]],
      constants: [weights([1, 6, 3], seed: 1), weights([1, 6, 2], seed: 2), nil, Tensor([9] as [Int32], shape: [1])],
      outputs: 2),
    OperatorCase(
      "Resize", "too wide for linear", [[1, 1, 40]], constants: [nil, nil, ints(1, 1, 1 << 23)],
      [.text("mode", "linear")]),
    OperatorCase("Range", "endless", [], constants: [scalar(0), scalar(1e12), scalar(1)]),
    OperatorCase("ConstantOfShape", "enormous", [], constants: [ints(1 << 30, 1 << 30)]),
    OperatorCase("ConstantOfShape", "negative", [], constants: [ints(-3)]),
    OperatorCase("DepthToSpace", "channels", [[1, 3, 2, 2]], [.int("blocksize", 2)]),
    OperatorCase("Einsum", "equation", [[2, 2]], [.text("equation", "ijk->")]),
    OperatorCase(
      "Compress", "too long", [[2]], constants: [Tensor([true, true, true], shape: [3])], [.int("axis", 0)]),
    OperatorCase("OneHot", "depth", [], constants: [floats(0), ints(-3), floats(0, 1)]),
    OperatorCase(
      "MatMulNBits", "bytes", [[2, 16]], constants: [Tensor([UInt8](repeating: 1, count: 7), shape: [7]), floats(1)],
      [.int("K", 16), .int("N", 1), .int("block_size", 16)], domain: "com.microsoft"),
  ]

  @Test("What contradicts itself in a run is an error that names its node", arguments: hostile)
  func hostileRun(item: OperatorCase) throws {
    let library = try TorchFixture.loaded()
    let found = TorchFixture.error { () throws(TorchError) in
      let graph = try TorchGraph(item.model, library: library)
      var inputs: [String: TorchTensor] = [:]
      for (name, tensor) in item.inputs { inputs[name] = try TorchTensor(tensor, library: library) }
      _ = try graph.run(inputs)
    }
    let error = try #require(found)
    #expect(error.place?.node == item.model.graph.nodes[0].name, "\(error)")
    #expect(!error.message.isEmpty)
  }
}
