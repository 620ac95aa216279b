import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport
import AssayTorch
import Testing

@Suite("Operators", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct OperatorTests {
  static let cases =
    OperatorCase.windows + OperatorCase.elementwise + OperatorCase.layouts + OperatorCase.reductions
    + OperatorCase.recurrent + OperatorCase.quantized

  /// Oracle: the reference engine, which sums in Double and rounds once.
  @Test("An operator answers as the reference engine does", arguments: cases)
  func agreement(item: OperatorCase) throws {
    let expected = try ReferenceSession(item.model).run(item.inputs)
    let library = try TorchFixture.loaded()
    let graph = try TorchGraph(item.model, library: library)
    var inputs: [String: TorchTensor] = [:]
    for (name, tensor) in item.inputs { inputs[name] = try TorchTensor(tensor, library: library) }
    let actual = try graph.run(inputs).outputs
    #expect(actual.count == expected.count)
    for (a, e) in zip(actual, expected) {
      let largest = e.doubleValues?.filter(\.isFinite).map(\.magnitude).max() ?? 0
      let found = difference(try a.values(), e, absolute: 2e-6 * max(1, largest), relative: 1e-5)
      #expect(found == nil, "\(found ?? "")")
    }
  }

  /// Oracle: central differences in double precision, along random directions through all inputs and constants at once:
  /// (f(p + h·v) − f(p − h·v)) / 2h = ∇f · v, with f a random weighting of all outputs.
  @Test("An operator's gradient is its derivative", arguments: cases.filter(\.isDifferentiable))
  func gradient(item: OperatorCase) throws {
    let library = try TorchFixture.loaded()
    let graph = try TorchGraph(item.model, library: library, precision: .double, gradients: .none)
    var leaves: [(name: String, isInput: Bool, values: [Double], shape: [Int])] = []
    for (name, tensor) in item.inputs.sorted(by: { $0.key < $1.key }) {
      leaves.append((name, true, try #require(tensor.doubleValues), tensor.shape))
    }
    for name in graph.parameterNames {
      let tensor = try #require(item.model.graph.constant(name))
      leaves.append((name, false, try #require(tensor.doubleValues), tensor.shape))
    }
    try #require(!leaves.isEmpty)
    func run(_ points: [[Double]], recorded: Bool) throws -> (outputs: [TorchTensor], leaves: [TorchTensor]) {
      var (inputs, replaced, tensors): ([String: TorchTensor], [String: TorchTensor], [TorchTensor]) = ([:], [:], [])
      for (leaf, point) in zip(leaves, points) {
        let tensor = try TorchTensor(Tensor(point, shape: leaf.shape), library: library)
        if recorded { try tensor.setRequiresGradient(true) }
        if leaf.isInput { inputs[leaf.name] = tensor } else { replaced[leaf.name] = tensor }
        tensors.append(tensor)
      }
      let mode: TorchMode = recorded ? .evaluation : .inference
      return (try graph.run(inputs, replacing: replaced, mode: mode).outputs, tensors)
    }
    let start = leaves.map(\.values)
    let recorded = try run(start, recorded: true)
    var generator = SeededGenerator(seed: 77)
    // Places of maxima and the like are outputs without a gradient.
    let useful = recorded.outputs.indices.filter { recorded.outputs[$0].requiresGradient }
    try #require(!useful.isEmpty)
    let factors = useful.map { index in generator.floats(recorded.outputs[index].count).map { Double($0) } }
    func value(_ outputs: [TorchTensor]) throws -> Double {
      try zip(useful, factors).reduce(0.0) { sum, pair in
        let values = try outputs[pair.0].values().elements(Double.self)
        return sum + zip(values, pair.1).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    let seeds = try zip(useful, factors).map { index, factors in
      try TorchTensor(Tensor(factors, shape: recorded.outputs[index].shape), library: library)
    }
    let gradients = try library.derivatives(
      of: useful.map { recorded.outputs[$0] }, by: recorded.leaves, weights: seeds)
    let step = 1e-6
    for _ in 0..<3 {
      let direction = leaves.map { generator.floats($0.values.count).map { Double($0) } }
      func moved(_ sign: Double) -> [[Double]] {
        zip(start, direction).map { zip($0, $1).map { $0 + sign * step * $1 } }
      }
      let slope =
        (try value(run(moved(1), recorded: false).outputs) - value(run(moved(-1), recorded: false).outputs))
        / (2 * step)
      var expected = 0.0
      for (gradient, direction) in zip(gradients, direction) {
        guard let gradient else { continue }
        expected += zip(try gradient.values().elements(Double.self), direction).reduce(0) { $0 + $1.0 * $1.1 }
      }
      #expect(
        abs(slope - expected) <= 1e-6 + 1e-6 * abs(expected), "differences \(slope), gradient \(expected), seed 77")
    }
  }

  @Test("Everything of the table is under test, here or against PyTorch")
  func coverage() {
    let here = Set(
      Self.cases.map { item in
        let node = item.model.graph.nodes[0]
        return node.domain.isEmpty ? node.opType : "\(node.domain):\(node.opType)"
      })
    let elsewhere: Set = [
      "Constant", "Scatter", "GroupNormalization", "RMSNormalization", "Einsum", "Swish", "Mish",
      "com.microsoft:QuantizeLinear", "com.microsoft:DequantizeLinear",
    ]
    #expect(Set(TorchGraph.operators).subtracting(here) == elsewhere)
    #expect(here.subtracting(TorchGraph.operators).isEmpty)
  }
}
