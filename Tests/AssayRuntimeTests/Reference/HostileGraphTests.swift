import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport
import Testing

/// Whatever stands in a graph, an operator answers or throws; a trap would end the whole test process.
struct HostileGraphTests {
  private static let types: [ElementType] = [
    .float, .float, .float, .int64, .int64, .int32, .uint8, .int8, .bool, .double, .float16, .bfloat16, .uint64, .int4,
    .string, .float8e4m3fn, .complex64,
  ]
  private static let integerNames = [
    "axis", "keepdims", "group", "to", "blocksize", "ceil_mode", "count_include_pad", "storage_order", "batch_dims",
    "block_size", "transA", "transB", "allowzero", "k", "hidden_size", "layout", "exclusive", "size", "fmod", "upper",
    "K", "N", "bits", "noop_with_empty_axes", "output_dtype", "num_outputs", "start", "end", "dtype",
    "linear_before_reset",
  ]
  private static let listNames = [
    "axes", "pads", "strides", "dilations", "kernel_shape", "perm", "starts", "ends", "steps", "split", "shape",
    "output_shape", "output_padding",
  ]
  private static let words = [
    "auto_pad": ["SAME_UPPER", "SAME_LOWER", "VALID", "WHAT"],
    "mode": ["constant", "edge", "reflect", "wrap", "linear", "cubic", "nearest", "DCR", "CRD"],
    "direction": ["forward", "reverse", "bidirectional", "LEFT", "RIGHT"],
    "reduction": ["add", "mul", "max", "none"],
    "coordinate_transformation_mode": ["align_corners", "asymmetric", "tf_crop_and_resize", "pytorch_half_pixel"],
  ]
  private static let extremes = [Int.min, Int.max, Int.min + 1, 1 << 62, -(1 << 31), (1 << 31) - 1, 1 << 33, 1 << 40]

  private static func integer(_ generator: inout SeededGenerator) -> Int {
    generator.integer(in: 0...9) == 0
      ? extremes[generator.integer(in: 0...(extremes.count - 1))] : generator.integer(in: -3...4)
  }

  private static func real(_ generator: inout SeededGenerator) -> Float {
    let special: [Float] = [.nan, .infinity, -.infinity, 1e38, -1e38, .leastNonzeroMagnitude]
    let pick = generator.integer(in: 0...30)
    return pick < special.count ? special[pick] : Float(generator.integer(in: -20...20)) / 4
  }

  private static func tensor(_ shape: [Int], _ generator: inout SeededGenerator) -> Tensor {
    let type = types[generator.integer(in: 0...(types.count - 1))]
    let count = shape.reduce(1, *)
    switch type {
    case .int64: return Tensor((0..<count).map { _ in Int64(integer(&generator)) }, shape: shape)
    case .string: return Tensor(strings: (0..<count).map { _ in [65] }, shape: shape) ?? Tensor(scalar: Float(0))
    case .complex64:
      return Tensor(.complex64, shape: shape, bytes: Bytes(copying: [UInt64](repeating: 1, count: count)))
        ?? Tensor(scalar: Float(0))
    default:
      let values = (0..<count).map { _ in real(&generator) }
      return Tensor(converting: values, to: type, shape: shape) ?? Tensor(scalar: Float(0))
    }
  }

  private static func attributes(_ generator: inout SeededGenerator) -> [Attribute] {
    var attributes: [Attribute] = []
    for name in integerNames where generator.integer(in: 0...3) == 0 {
      attributes.append(Attribute(name, int: integer(&generator)))
    }
    let length = generator.integer(in: 0...4)
    for name in listNames where generator.integer(in: 0...3) == 0 {
      let count = name == "pads" ? 2 * length : length
      attributes.append(Attribute(name, ints: (0..<count).map { _ in integer(&generator) }))
    }
    for name in words.keys.sorted() where generator.integer(in: 0...2) == 0 {
      let choices = words[name] ?? []
      attributes.append(Attribute(name, string: choices[generator.integer(in: 0...(choices.count - 1))]))
    }
    return attributes
  }

  private static func shape(_ generator: inout SeededGenerator) -> [Int] {
    (0..<generator.integer(in: 0...4)).map { _ in generator.integer(in: 0...11) == 0 ? 0 : generator.integer(in: 1...3)
    }
  }

  /// Runs one random node; tells whether it answered.
  private static func answers(_ type: String, _ generator: inout SeededGenerator, seed: UInt64) -> Bool {
    var graph = GraphBuilder()
    let common = shape(&generator)
    var names: [String] = []
    for _ in 0..<generator.integer(in: 1...9) {
      guard generator.integer(in: 0...11) != 0 else {
        names.append("")
        continue
      }
      let shape = generator.integer(in: 0...2) == 0 ? shape(&generator) : common
      names.append(graph.constant(tensor(shape, &generator)))
    }
    let parts = type.split(separator: ":").map(String.init)
    let attributes = attributes(&generator)
    let outputs = graph.node(
      parts[parts.count - 1], names, attributes, outputCount: generator.integer(in: 1...3),
      domain: parts.count > 1 ? parts[0] : "")
    let opset = [1, 6, 9, 11, 13, 17, 21][generator.integer(in: 0...6)]
    let model = graph.model(outputs: [outputs[0]], opset: opset, domains: ["com.microsoft": 1])
    do {
      let results = try ReferenceSession(model).run([:])
      for result in results where result.elementType != .string {
        #expect(result.elementType.byteCount(of: result.count) == result.bytes.count, "\(type), seed \(seed)")
      }
      return true
    } catch {
      #expect(error.code != .load && error.place?.node != nil, "\(type), seed \(seed): \(error)")
      return false
    }
  }

  @Test func noOperatorTraps() {
    var answered: Set<String> = []
    for type in ReferenceEngine.operators {
      for seed in UInt64(1)...40 {
        var generator = SeededGenerator(seed: seed)
        if Self.answers(type, &generator, seed: seed) { answered.insert(type) }
      }
    }
    // Otherwise the random graphs would be too wild to reach the operators' insides.
    #expect(answered.count * 2 > ReferenceEngine.operators.count, "only \(answered.count) operators ever answered")
  }

  /// Shapes that fit, with windows that may not.
  @Test func noWindowTraps() {
    let windowed = ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "ConvInteger", "QLinearConv"]
    var answered = 0
    for seed in UInt64(1)...300 {
      var generator = SeededGenerator(seed: seed)
      let type = windowed[generator.integer(in: 0...(windowed.count - 1))]
      let rank = generator.integer(in: 1...3)
      var graph = GraphBuilder()
      let extents = (0..<rank).map { _ in generator.integer(in: 1...5) }
      let kernel = (0..<rank).map { _ in generator.integer(in: 1...3) }
      let isFloat = !type.contains("Integer") && !type.contains("QLinear")
      func filled(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        return isFloat
          ? Tensor([Float](repeating: 0.5, count: count), shape: shape)
          : Tensor([UInt8](repeating: 3, count: count), shape: shape)
      }
      let x = graph.constant(filled([1, 2] + extents))
      let w = graph.constant(filled([2, 2] + kernel))
      let scale = graph.constant(Tensor(scalar: Float(0.5)))
      let zero = graph.constant(Tensor(scalar: UInt8(1)))
      let inputs =
        type == "QLinearConv" ? [x, scale, zero, w, scale, zero, scale, zero] : type.hasSuffix("Pool") ? [x] : [x, w]
      var attributes = [Attribute("kernel_shape", ints: kernel)]
      for name in ["strides", "dilations", "pads", "output_padding", "output_shape"]
      where generator.integer(in: 0...2) == 0 {
        let count = name == "pads" ? 2 * rank : rank
        let values = (0..<count).map { _ in
          generator.integer(in: 0...12) == 0 ? Self.integer(&generator) : generator.integer(in: 1...3)
        }
        attributes.append(Attribute(name, ints: values))
      }
      attributes += Self.attributes(&generator).filter { ["auto_pad", "ceil_mode", "storage_order"].contains($0.name) }
      let y = graph.node(type, inputs, attributes)
      do {
        _ = try ReferenceSession(graph.model(outputs: [y])).run([:])
        answered += 1
      } catch {
        #expect(error.place?.node != nil, "\(type), seed \(seed): \(error)")
      }
    }
    #expect(answered > 30)
  }

  /// Graphs that were right, with one or two things made wrong.
  @Test func noDamagedGraphTraps() throws {
    var (answered, refused) = (0, 0)
    let models = try OracleTests.cases.map { try Model(serialized: Fixture.bytes(hexadecimal: $0.model[...])) }
    for seed in UInt64(1)...2000 {
      var generator = SeededGenerator(seed: seed)
      let pick = generator.integer(in: 0...(models.count - 1))
      var model = models[pick]
      let item = OracleTests.cases[pick]
      // As constants the inputs are not checked against the interface.
      model.graph.inputs = []
      for (name, tensor) in item.inputs { model.graph.setInitializer(name, tensor) }
      for _ in 0...generator.integer(in: 0...1) { Self.damage(&model.graph, &generator) }
      do {
        _ = try ReferenceSession(model).run([:])
        answered += 1
      } catch {
        refused += 1
        #expect(error.code != .load && error.place?.node != nil, "\(item.name), seed \(seed): \(error)")
      }
    }
    #expect(answered > 50 && refused > 50, "\(answered) answered, \(refused) refused")
  }

  private static func damage(_ graph: inout Graph, _ generator: inout SeededGenerator) {
    var node = graph.nodes[0]
    let attribute = node.attributes.indices.randomElement(using: &generator)
    let input = generator.integer(in: 0...(node.inputs.count - 1))
    switch generator.integer(in: 0...4) {
    case 0:
      node.inputs[input] = ""
    case 1, 2:
      if let attribute { node.attributes[attribute].value = damaged(node.attributes[attribute].value, &generator) }
    case 3:
      if let tensor = graph.constant(node.inputs[input]) {
        graph.setInitializer(node.inputs[input], self.tensor(tensor.shape, &generator))
      }
    default:
      if let tensor = graph.constant(node.inputs[input]) {
        var shape = tensor.shape
        let axis = shape.indices.randomElement(using: &generator)
        if let axis { shape[axis] = generator.integer(in: 0...5) } else { shape.append(2) }
        let values = tensor.doubleValues ?? []
        let resized = (0..<shape.reduce(1, *)).map { values.isEmpty ? 0 : Float(values[$0 % values.count]) }
        graph.setInitializer(
          node.inputs[input], Tensor(converting: resized, to: tensor.elementType, shape: shape) ?? tensor)
      }
    }
    graph.nodes[0] = node
  }

  private static func damaged(_ value: Attribute.Value, _ generator: inout SeededGenerator) -> Attribute.Value {
    switch value {
    case .int: return .int(integer(&generator))
    case .float: return .float(real(&generator))
    case .string: return .string([87, 104, 121])
    case .ints(var values):
      if generator.integer(in: 0...3) == 0 { return .ints(Array(values.dropLast())) }
      if let index = values.indices.randomElement(using: &generator) { values[index] = integer(&generator) }
      return .ints(values)
    default: return .other
    }
  }
}
