import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

/// Hand-computed cases.
@Suite struct ModelCostTests {
  private var generator = SeededGenerator(seed: 5)

  private func macs(_ type: String, _ inputs: [[Int]], _ attributes: [Attribute] = [], domain: String = "") -> Int? {
    var graph = GraphBuilder()
    let names = inputs.enumerated().map { graph.input("x\($0)", $1) }
    let y = graph.node(type, names, attributes, domain: domain)
    return graph.model(outputs: [y], domains: domain.isEmpty ? [:] : [domain: 1]).cost().macs
  }

  @Test func formulas() {
    let same = Attribute("pads", ints: [1, 1, 1, 1])
    #expect(macs("Conv", [[1, 3, 32, 32], [8, 3, 3, 3]], [same]) == 8 * 32 * 32 * 27)
    // Depthwise: each channel meets its own nine weights.
    #expect(macs("Conv", [[1, 16, 8, 8], [16, 1, 3, 3]], [same, Attribute("group", int: 16)]) == 16 * 64 * 9)
    #expect(macs("ConvTranspose", [[1, 4, 5, 5], [4, 2, 3, 3]]) == 4 * 25 * 2 * 9)
    #expect(macs("Gemm", [[3, 4], [6, 4]], [Attribute("transB", int: 1)]) == 3 * 4 * 6)
    #expect(macs("Gemm", [[4, 3], [4, 6]], [Attribute("transA", int: 1)]) == 3 * 4 * 6)
    #expect(macs("MatMul", [[2, 8, 3, 4], [2, 8, 4, 5]]) == 16 * 3 * 4 * 5)
    #expect(macs("Einsum", [[2, 3, 4], [2, 4, 5]], [Attribute("equation", string: "bij,bjk->bik")]) == 2 * 3 * 4 * 5)
    let hidden = Attribute("hidden_size", int: 5)
    #expect(macs("LSTM", [[7, 2, 3], [1, 20, 3], [1, 20, 5]], [hidden]) == 7 * 2 * 4 * 5 * (3 + 5))
    #expect(
      macs("GRU", [[7, 2, 3], [2, 15, 3], [2, 15, 5]], [hidden, Attribute("direction", string: "bidirectional")])
        == 7 * 2 * 2 * 3 * 5 * (3 + 5))
    #expect(macs("RNN", [[7, 2, 3], [1, 5, 3], [1, 5, 5]], [hidden]) == 7 * 2 * 5 * (3 + 5))
    #expect(
      macs("Attention", [[2, 6, 8], [8, 24], [24]], [Attribute("num_heads", int: 2)], domain: "com.microsoft")
        == 2 * 6 * 8 * 24 + 2 * 6 * 6 * 16)
    #expect(
      macs(
        "MultiHeadAttention", [[1, 4, 8], [1, 6, 8], [1, 6, 10]], [Attribute("num_heads", int: 2)],
        domain: "com.microsoft")
        == 4 * 6 * 18)
    for type in ["Relu", "Softmax", "GlobalAveragePool", "Sigmoid"] { #expect(macs(type, [[1, 3, 4, 4]]) == 0) }
    #expect(macs("FFT", [[1, 3]]) == nil)
  }

  @Test func zerosAreTakenOffTheWork() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(2)])
    let w = graph.constant(Tensor([1, 0, 0, 2, 3, -0.0] as [Float], shape: [2, 3]))
    let b = graph.constant(Tensor([0, 1, 1] as [Float], shape: [3]))
    let y = graph.node("Gemm", [x, w, b])
    let z = graph.node("MatMul", [y, graph.constant(Tensor([1, 0, 1] as [Float], shape: [3, 1]))])
    let model = graph.model(outputs: [z])
    let cost = model.cost()
    #expect(cost.parameters == 6 + 3 + 3)
    #expect(cost.nonzeros == 3 + 2 + 2)
    #expect(cost.macs == 6 + 3)
    #expect(cost.effectiveMacs == 3 + 2)
    #expect(model.cost(dimensions: ["N": 4]).macs == 36)
    #expect(cost.figures(file_B: 7).file_B == 7)
  }

  @Test func aSharedWeightCountsOnce() {
    var graph = GraphBuilder()
    let w = graph.constant(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
    let y = graph.node("MatMul", [graph.node("MatMul", [graph.input("x", [1, 2]), w]), w])
    let cost = graph.model(outputs: [y]).cost()
    #expect(cost.parameters == 4)
    #expect(cost.macs == 8)
  }

  @Test func scalarsAndShapesAreNotParameters() {
    var graph = GraphBuilder()
    let x = graph.input("x", [1, 4])
    let scaled = graph.node("Mul", [x, graph.constant(Tensor(scalar: Float(2)))])
    let y = graph.node("Reshape", [scaled, graph.constant(ints: [2, 2])])
    #expect(graph.model(outputs: [y]).cost().parameters == 0)
  }

  @Test func quantizedWeightsCountByTheirOwnZero() {
    var graph = GraphBuilder()
    let scale = graph.constant(Tensor(scalar: Float(0.1)))
    let zero = graph.constant(Tensor(scalar: UInt8(3)))
    let w = graph.constant(Tensor([3, 4, 3, 0] as [UInt8], shape: [2, 2]))
    let weights = graph.node("DequantizeLinear", [w, scale, zero])
    let y = graph.node("MatMul", [graph.input("x", [1, 2]), weights])
    let cost = graph.model(outputs: [y]).cost()
    #expect(cost.parameters == 4)
    #expect(cost.nonzeros == 2)
    #expect(cost.effectiveMacs == 2)
  }

  @Test func zeroPointsMayDifferByChannel() {
    var graph = GraphBuilder()
    let scales = graph.constant(Tensor([1, 1] as [Float], shape: [2]))
    let zeros = graph.constant(Tensor([1, 2] as [UInt8], shape: [2]))
    let w = graph.constant(Tensor([1, 1, 2, 1] as [UInt8], shape: [2, 2]))
    let weights = graph.node("DequantizeLinear", [w, scales, zeros], [Attribute("axis", int: 0)])
    let y = graph.node("MatMul", [graph.input("x", [1, 2]), weights])
    // Row 0 has only its zero 1; row 1 has its zero 2 and a 1.
    #expect(graph.model(outputs: [y]).cost().nonzeros == 1)
  }

  @Test func theShareOfInt8IsByWork() {
    var graph = GraphBuilder()
    let scale = graph.constant(Tensor(scalar: Float(1)))
    let zero = graph.constant(Tensor(scalar: UInt8(0)))
    let x = graph.input("x", [1, 4], .uint8)
    let w = graph.constant(Tensor([UInt8](repeating: 1, count: 12), shape: [4, 3]))
    let quantized = graph.node("QLinearMatMul", [x, scale, zero, w, scale, zero, scale, zero])
    let float = graph.node("DequantizeLinear", [quantized, scale, zero])
    let last = graph.constant(Tensor([1, 1, 1] as [Float], shape: [3, 1]))
    let y = graph.node("MatMul", [float, last], name: "head")
    let share = int8Share(of: graph.model(outputs: [y]))
    #expect(share.share == 12.0 / 15.0)
    #expect(share.floatNodes == ["head"])
    #expect(share.unknown.isEmpty)
  }

  @Test func anUnknownOperatorMakesTotalsUnknown() {
    var graph = GraphBuilder()
    let w = graph.constant(Tensor([1, 2] as [Float], shape: [2]))
    let y = graph.node("Mystery", [graph.input("x", [2]), w], domain: "org.example")
    let model = graph.model(outputs: [y], domains: ["org.example": 1])
    let cost = model.cost()
    #expect(cost.macs == nil && cost.effectiveMacs == nil && cost.parameters == nil && cost.nonzeros == nil)
    #expect(cost.unknownOperators == ["org.example:Mystery"])
    #expect(int8Share(of: model).share == nil)
  }

  @Test func packedFourBitWeightsCountTheirNumbers() {
    var graph = GraphBuilder()
    let x = graph.input("x", [1, 20])
    // Two rows of 20 numbers in blocks of 16: two blocks of 8 bytes; 0x88 packs two zeros.
    var packed = [UInt8](repeating: 0x88, count: 32)
    packed[0] = 0x89
    packed[17] = 0x11
    packed[31] = 0x00
    let w = graph.constant(Tensor(packed, shape: [2, 2, 8]))
    let scales = graph.constant(Tensor([1, 1, 1, 1] as [Float], shape: [4]))
    let y = graph.node(
      "MatMulNBits", [x, w, scales],
      [Attribute("K", int: 20), Attribute("N", int: 2), Attribute("bits", int: 4), Attribute("block_size", int: 16)],
      domain: "com.microsoft")
    let cost = graph.model(outputs: [y], domains: ["com.microsoft": 1]).cost()
    #expect(cost.parameters == 40)
    #expect(cost.macs == 40)
    #expect(cost.nonzeros == 3)
    #expect(cost.effectiveMacs == 3)
  }

  /// Made by Oracles/make_optimized_models.py: what ONNX Runtime makes of small.onnx.
  @Test(arguments: [("float", 0.0), ("qdq", 1.0), ("dynamic", 1.0)])
  func graphsReadBackFromAnEngineAreCounted(name: String, share: Double) throws {
    let small = try Model(contentsOf: Fixture.path("small.onnx"))
    let optimized = try Model(contentsOf: Fixture.path("optimized-\(name).onnx"))
    // Conv: 4 filters of 9 weights at 16 places; Gemm: 16 × 3.
    #expect(small.cost().macs == 4 * 9 * 16 + 16 * 3)
    #expect(optimized.cost().macs == small.cost().macs)
    #expect(optimized.cost().unknownOperators.isEmpty)
    #expect(int8Share(of: optimized).share == share)
    #expect(inferShapes(of: optimized).contradictions.isEmpty)
  }
}
