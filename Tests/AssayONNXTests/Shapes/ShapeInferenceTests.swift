import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

/// Hand-computed cases.
@Suite struct ShapeInferenceTests {
  private func shape(
    _ type: String, _ inputs: [[Int]], constants: [Tensor] = [], _ attributes: [Attribute] = [], opset: Int = 17
  ) -> [Int]? {
    let named = inputs.enumerated().map { (name: "x\($0)", shape: $1) }
    let model = Model.ofOneOperator(type, inputs: named, constants: constants, attributes: attributes, opset: opset)
    return inferShapes(of: model)["y"].fixedShape
  }

  private func ints(_ values: [Int]) -> Tensor { Tensor(values.map { Int64($0) }, shape: [values.count]) }

  @Test func convolutions() {
    let pads = Attribute("pads", ints: [1, 1, 1, 1])
    #expect(shape("Conv", [[1, 3, 32, 32], [8, 3, 3, 3]], [pads]) == [1, 8, 32, 32])
    #expect(
      shape(
        "Conv", [[2, 4, 11, 9], [6, 2, 3, 3]], [Attribute("group", int: 2), Attribute("strides", ints: [2, 1])])
        == [2, 6, 5, 7])
    #expect(
      shape(
        "Conv", [[1, 3, 10, 10], [1, 3, 3, 3]],
        [Attribute("auto_pad", string: "SAME_UPPER"), Attribute("strides", ints: [3, 3])])
        == [1, 1, 4, 4])
    #expect(shape("Conv", [[1, 1, 9], [1, 1, 3]], [Attribute("dilations", ints: [4])]) == [1, 1, 1])
    #expect(
      shape(
        "ConvTranspose", [[1, 4, 5, 5], [4, 2, 3, 3]],
        [Attribute("strides", ints: [2, 2]), Attribute("output_padding", ints: [1, 1]), pads])
        == [1, 2, 10, 10])
    #expect(
      shape(
        "MaxPool", [[1, 1, 5, 5]],
        [
          Attribute("kernel_shape", ints: [2, 2]), Attribute("strides", ints: [2, 2]), Attribute("ceil_mode", int: 1),
        ]) == [1, 1, 3, 3])
  }

  @Test func matrixProducts() {
    #expect(shape("MatMul", [[2, 1, 3, 4], [5, 4, 6]]) == [2, 5, 3, 6])
    #expect(shape("MatMul", [[4], [4, 6]]) == [6])
    #expect(shape("MatMul", [[3, 4], [4]]) == [3])
    #expect(shape("MatMul", [[4], [4]]) == [])
    #expect(shape("Gemm", [[3, 4], [6, 4]], [Attribute("transB", int: 1)]) == [3, 6])
    #expect(shape("Einsum", [[2, 3, 4], [2, 4, 5]], [Attribute("equation", string: "bij,bjk->bik")]) == [2, 3, 5])
    #expect(shape("Einsum", [[7, 2, 3], [3, 5]], [Attribute("equation", string: "...ij,jk")]) == [7, 2, 5])
  }

  @Test func reshapes() {
    #expect(shape("Reshape", [[2, 3, 4]], constants: [ints([0, -1])]) == [2, 12])
    #expect(shape("Reshape", [[0, 3]], constants: [ints([3, 0])], [Attribute("allowzero", int: 1)]) == [3, 0])
    #expect(shape("Reshape", [[2, 3, 4]], constants: [ints([5, -1])]) == nil)
    #expect(shape("Flatten", [[2, 3, 4]], [Attribute("axis", int: 2)]) == [6, 4])
    #expect(shape("Flatten", [[2, 3, 4]], [Attribute("axis", int: 0)]) == [1, 24])
    #expect(shape("Squeeze", [[1, 3, 1]], constants: [ints([-1])]) == [1, 3])
    #expect(shape("Squeeze", [[1, 3, 1]], [Attribute("axes", ints: [0])], opset: 11) == [3, 1])
    #expect(shape("Unsqueeze", [[3]], constants: [ints([0, -1])]) == [1, 3, 1])
    #expect(shape("Transpose", [[2, 3, 4]], [Attribute("perm", ints: [2, 0, 1])]) == [4, 2, 3])
    #expect(shape("Transpose", [[2, 3, 4]]) == [4, 3, 2])
  }

  @Test func slices() {
    #expect(
      shape("Slice", [[10, 5]], constants: [ints([1, 0]), ints([8, 3]), ints([0, 1]), ints([3, 1])]) == [3, 3])
    #expect(shape("Slice", [[10]], constants: [ints([-1]), ints([Int.min]), ints([0]), ints([-1])]) == [10])
    #expect(shape("Slice", [[10]], constants: [ints([8]), ints([2]), ints([0]), ints([-2])]) == [3])
    #expect(shape("Slice", [[10]], constants: [ints([20]), ints([30])]) == [0])
    #expect(shape("Slice", [[10]], constants: [ints([2]), ints([Int.max])]) == [8])
    #expect(
      shape(
        "Slice", [[4, 6]],
        [Attribute("starts", ints: [1]), Attribute("ends", ints: [-1]), Attribute("axes", ints: [1])], opset: 9)
        == [4, 4])
  }

  @Test func reductionsAndSelections() {
    #expect(shape("ReduceSum", [[2, 3, 4]], constants: [ints([1])]) == [2, 1, 4])
    #expect(
      shape("ReduceMean", [[2, 3, 4]], [Attribute("axes", ints: [-1]), Attribute("keepdims", int: 0)]) == [2, 3])
    #expect(shape("ArgMax", [[2, 3]], [Attribute("axis", int: 1), Attribute("keepdims", int: 0)]) == [2])
    #expect(shape("Concat", [[2, 3], [2, 5]], [Attribute("axis", int: -1)]) == [2, 8])
    #expect(shape("Gather", [[10, 4]], constants: [ints([1, 2, 3])]) == [3, 4])
    #expect(shape("Pad", [[2, 3]], constants: [ints([0, 1, 0, 2])]) == [2, 6])
    #expect(shape("Expand", [[3, 1]], constants: [ints([2, 1, 6])]) == [2, 3, 6])
    #expect(shape("Tile", [[2, 3]], constants: [ints([2, 1])]) == [4, 3])
    #expect(
      shape("Upsample", [[1, 1, 4, 4]], constants: [Tensor([1, 1, 2, 2.5] as [Float], shape: [4])], opset: 9)
        == [1, 1, 8, 10])
    #expect(shape("TopK", [[3, 9]], constants: [ints([4])]) == [3, 4])
  }

  @Test func recurrentLayers() {
    let hidden = Attribute("hidden_size", int: 5)
    #expect(shape("LSTM", [[7, 2, 3], [1, 20, 3], [1, 20, 5]], [hidden]) == [7, 1, 2, 5])
    #expect(
      shape("GRU", [[7, 2, 3], [2, 15, 3], [2, 15, 5]], [hidden, Attribute("direction", string: "bidirectional")])
        == [7, 2, 2, 5])
    #expect(shape("RNN", [[7, 2, 3], [1, 5, 3], [1, 5, 5]], [hidden]) == [7, 1, 2, 5])
  }

  @Test func symbolsAreCarriedThroughShapeArithmetic() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(64)])
    let shape = graph.node("Shape", [x])
    let batch = graph.node(
      "Slice", [shape, graph.constant(ints: [0]), graph.constant(ints: [1]), graph.constant(ints: [0])])
    let target = graph.node("Concat", [batch, graph.constant(ints: [1, 8, 8])], [Attribute("axis", int: 0)])
    let image = graph.node("Reshape", [x, target])
    let flat = graph.node("Reshape", [image, graph.constant(ints: [-1, 64])])
    let model = graph.model(outputs: [flat])
    let shapes = inferShapes(of: model)
    #expect(shapes[target].integers == [.symbolic("N"), .fixed(1), .fixed(8), .fixed(8)])
    #expect(shapes[image].shape == [.symbolic("N"), .fixed(1), .fixed(8), .fixed(8)])
    #expect(inferShapes(of: model, dimensions: ["N": 3])[flat].fixedShape == [3, 64])
    #expect(inferShapes(of: model, inputs: ["x": [5, 64]])[flat].fixedShape == [5, 64])
  }

  @Test func anUnknownOperatorMakesEverythingAfterItUnknown() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", [1, 4])
    let y = graph.node("Mystery", [x], domain: "org.example", output: "mystery")
    let z = graph.node("Relu", [y])
    let model = graph.model(outputs: [z], domains: ["org.example": 1])
    let shapes = inferShapes(of: model)
    #expect(shapes["mystery"].shape == nil)
    #expect(shapes[z].shape == nil)
    #expect(shapes.unknownOperators.map(\.operatorName) == ["org.example:Mystery"])
    #expect(shapes.contradictions.isEmpty)
  }

  @Test(arguments: [
    ("MatMul", [[2, 3], [4, 5]]), ("Conv", [[1, 3, 8, 8], [4, 2, 3, 3]]), ("Add", [[2, 3], [4]]),
    ("Gemm", [[2, 3], [4, 5]]), ("Conv", [[1, 3, 2, 2], [4, 3, 3, 3]]), ("Concat", [[2, 3], [3, 3, 3]]),
  ])
  func wrongShapesAreReportedWithTheNode(type: String, inputs: [[Int]]) throws {
    let named = inputs.enumerated().map { (name: "x\($0)", shape: $1) }
    let model = Model.ofOneOperator(type, inputs: named)
    let error = try #require(throws: ONNXError.self) { try model.check() }
    #expect(error.code == .invalidGraph)
    #expect(error.place?.node?.hasPrefix(type) == true, "\(error)")
  }

  @Test func aWronglyDeclaredOutputIsReported() throws {
    var graph = GraphBuilder()
    let y = graph.node("Relu", [graph.input("x", [2, 3])], output: "y")
    let error = try #require(throws: ONNXError.self) {
      try graph.model(outputs: [y], shape: [.fixed(2), .fixed(4)]).check()
    }
    #expect(error.place?.node == "y")
  }

  @Test func impossibleExtentsDoNotTrap() {
    for extent in [Int.max, Int.min, 1 << 48, 1 << 47] {
      let model = Model.ofOneOperator(
        "Conv", inputs: [("x", [1, 1, extent, extent]), ("w", [extent, 1, 3, 3])],
        attributes: [
          Attribute("pads", ints: [Int.max, Int.min, 1, 1]), Attribute("dilations", ints: [Int.max, 1]),
          Attribute("group", int: Int.max),
        ])
      #expect(inferShapes(of: model)["y"].fixedShape == nil)
      for type in ["Flatten", "Transpose", "GlobalAveragePool", "Shape", "Size", "DepthToSpace"] {
        let model = Model.ofOneOperator(
          type, inputs: [("x", [extent, extent, extent])],
          attributes: [Attribute("axis", int: Int.min), Attribute("blocksize", int: Int.max)])
        _ = inferShapes(of: model)
        _ = model.cost()
      }
    }
  }
}
