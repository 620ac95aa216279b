public import AssayCore

/// What one node computes.
public struct NodeCost: Sendable, Hashable {
  /// Position among the graph's nodes.
  public let index: Int
  /// What a person recognises the node by.
  public let node: String
  /// `Conv`, or `com.microsoft:FusedConv`.
  public let operatorName: String
  /// Multiply-accumulates; 0 for what only moves or scales, nil where the operator or a shape is unknown.
  public let macs: Int?
  /// Multiply-accumulates whose weight is not zero; equal to `macs` where no operand is constant.
  public let effectiveMacs: Int?
  /// Elements of the constant weights it uses, biases among them; a shared weight counts at each user.
  public let parameters: Int
  /// Whether its products are of 8-bit integers, by its operator.
  public let runsInInt8: Bool
  /// Whether the operator is one that Assay knows.
  public let isKnown: Bool
}

/// Counts over a whole graph; nil where something is unknown, never a guess.
public struct ModelCost: Sendable, Hashable {
  public let nodes: [NodeCost]
  public let parameters: Int?
  public let nonzeros: Int?
  public let macs: Int?
  public let effectiveMacs: Int?
  /// Operators that cannot be counted, each once: unknown ones by name, others with the reason.
  public let unknownOperators: [String]

  /// The figures of a run record.
  public func figures(file_B: Int) -> ModelFigures {
    ModelFigures(
      file_B: file_B, parameters: parameters, nonzeros: nonzeros, macs: macs, effectiveMacs: effectiveMacs,
      unknownOperators: unknownOperators)
  }
}

extension Model {
  /// Counts parameters and multiply-accumulates.
  ///
  /// - `parameters`: elements of constants that operators multiply or add with, each constant once: weights, biases,
  ///   normalization and embedding tables. Scalars (rank 0), scales, zero points and the integers of shape arithmetic do
  ///   not count. A quantized weight counts by its quantized elements; nonzero means other than its zero point.
  /// - `macs`: formulas at `Work`; symbolic first axes of the inputs count as 1 unless `dimensions` says otherwise.
  ///
  /// - Parameters: as for `inferShapes(of:dimensions:inputs:)`.
  /// - Complexity: O(n) in nodes and weights.
  public func cost(dimensions: [String: Int] = [:], inputs: [String: [Int]] = [:]) -> ModelCost {
    let batch = batchOne(dimensions, inputs)
    var counter = CostCounter(
      model: self, shapes: inferShapes(of: self, dimensions: batch.dimensions, inputs: batch.inputs))
    return counter.count()
  }

  /// Completes `dimensions` and `inputs` such that a first axis without a fixed extent is 1.
  func batchOne(
    _ dimensions: [String: Int], _ inputs: [String: [Int]]
  ) -> (dimensions: [String: Int], inputs: [String: [Int]]) {
    var (dimensions, inputs) = (dimensions, inputs)
    for input in graph.requiredInputs where inputs[input.name] == nil {
      guard let shape = input.tensorType?.shape, let first = shape.first else { continue }
      switch first {
      case .symbolic(let name):
        if dimensions[name] == nil { dimensions[name] = 1 }
      case .unknown:
        let rest = shape.dropFirst().map { dimension in
          if case .symbolic(let name) = dimension { return dimensions[name] }
          return dimension.value
        }
        let known = rest.compactMap { $0 }
        if known.count == rest.count { inputs[input.name] = [1] + known }
      case .fixed: break
      }
    }
    return (dimensions, inputs)
  }
}

private struct CostCounter {
  let model: Model
  let shapes: InferredShapes
  let tracer: WeightTracer
  /// Weights met so far, with the elements that are not zero.
  private var weights: [String: (count: Int, nonzeros: Int?)] = [:]
  private var parametersAreKnown = true
  private var unknown: [String] = []

  init(model: Model, shapes: InferredShapes) {
    self.model = model
    self.shapes = shapes
    var producer: [String: Int] = [:]
    for (index, node) in model.graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producer[output] = index }
    }
    tracer = WeightTracer(graph: model.graph, producer: producer, shapes: shapes)
  }

  mutating func count() -> ModelCost {
    var nodes: [NodeCost] = []
    for (index, node) in model.graph.nodes.enumerated() { nodes.append(cost(of: node, at: index)) }
    let nonzeros = weights.values.map(\.nonzeros)
    return ModelCost(
      nodes: nodes, parameters: parametersAreKnown ? Self.total(weights.values.map(\.count)) : nil,
      nonzeros: parametersAreKnown ? Self.total(nonzeros) : nil, macs: Self.total(nodes.map(\.macs)),
      effectiveMacs: Self.total(nodes.map(\.effectiveMacs)), unknownOperators: unknown)
  }

  private mutating func cost(of node: Node, at index: Int) -> NodeCost {
    let isLocal = model.localFunctions.contains(Model.FunctionName(domain: node.domain, name: node.opType))
    guard !isLocal, let entry = OperatorTable.entry(domain: node.domain, type: node.opType) else {
      note(node.qualifiedType)
      // What is inside, or what it makes of its constants, is not known.
      if isLocal || !node.subgraphs.isEmpty || node.inputs.contains(where: { tracer.source(of: $0) != nil }) {
        parametersAreKnown = false
      }
      return NodeCost(
        index: index, node: node.label, operatorName: node.qualifiedType, macs: nil, effectiveMacs: nil, parameters: 0,
        runsInInt8: false, isKnown: false)
    }
    var sources: [Int: WeightSource] = [:]
    // Arithmetic of constants alone makes a weight, whose user counts it; its operands are no weights of their own.
    let makesConstant = node.outputs.first.map(tracer.isUnpacked) ?? false
    for parameter in makesConstant ? [] : entry.parameters {
      guard let name = node.input(parameter.input), var source = tracer.source(of: name), isWeight(name, source)
      else { continue }
      if let zeroInput = parameter.zeroPoint, let zeroName = node.input(zeroInput) {
        if let tensor = tracer.constant(zeroName) {
          source.zeroPoint = (tensor, Self.channelAxis(entry.work))
        } else {
          source.hasUnknownZeroPoint = true
        }
      }
      sources[parameter.input] = source
    }
    for source in sources.values where weights[source.name] == nil {
      weights[source.name] = (elements(of: source, node, entry), nonzeros(of: source, node, entry))
    }
    // A weight that stands at two inputs of one node is one weight.
    let parameters = Dictionary(
      sources.values.map { ($0.name, elements(of: $0, node, entry)) }, uniquingKeysWith: { first, _ in first })
    let work = entry.work.count(node, shapes)
    if work == nil { note("\(node.qualifiedType) of unknown shape") }
    return NodeCost(
      index: index, node: node.label, operatorName: node.qualifiedType, macs: work?.macs,
      effectiveMacs: work.flatMap { effective($0, sources, node, entry) },
      parameters: Self.total(parameters.values.map { $0 }) ?? .max,
      runsInInt8: entry.runsInInt8, isKnown: true)
  }

  private mutating func note(_ text: String) { if !unknown.contains(text) { unknown.append(text) } }

  /// Whether a constant operand is learnt: an array of real numbers, or of what dequantizes to them.
  private func isWeight(_ name: String, _ source: WeightSource) -> Bool {
    guard source.count != 1 || (source.tensor.map { !$0.shape.isEmpty } ?? true) else { return false }
    guard let type = shapes[name].elementType ?? source.tensor?.elementType else { return false }
    switch type {
    case .int64, .string, .bool, .complex64, .complex128, .uint64: return false
    default: return true
    }
  }

  private static func channelAxis(_ work: Work) -> Int { if case .convolution = work { 0 } else { -1 } }

  /// Elements of a weight: of packed 4-bit blocks those that are packed.
  private func elements(of source: WeightSource, _ node: Node, _ entry: OperatorEntry) -> Int {
    guard case .matMulNBits = entry.work, let name = node.input(1), tracer.source(of: name)?.name == source.name else {
      return source.count
    }
    return node.int("K").flatMap { k in
      node.int("N").flatMap { n in k > 0 && n > 0 ? checkedProduct([k, n]) : nil }
    } ?? source.count
  }

  private func nonzeros(of source: WeightSource, _ node: Node, _ entry: OperatorEntry) -> Int? {
    guard case .matMulNBits = entry.work, let name = node.input(1), tracer.source(of: name)?.name == source.name else {
      return source.nonzeros()
    }
    return PackedBlocks(node, tracer)?.nonzeros()
  }

  /// The work less that of zero weights.
  ///
  /// Of two constant operands the one given as weight counts, not the other: their zeros may meet.
  private func effective(
    _ work: WorkCount, _ sources: [Int: WeightSource], _ node: Node, _ entry: OperatorEntry
  ) -> Int? {
    var macs = work.macs
    var counted = false
    for (input, times) in work.uses {
      guard let source = sources[input] else { continue }
      if counted, case .recurrent = entry.work {} else if counted { break }
      counted = true
      guard let nonzeros = weights[source.name]?.nonzeros ?? nil,
        let spared = checkedProduct([times, elements(of: source, node, entry) - nonzeros])
      else { return nil }
      macs -= spared
    }
    return macs
  }

  private static func total(_ values: [Int?]) -> Int? {
    var total = 0
    for value in values {
      guard let value else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(value)
      if overflow { return nil }
      total = sum
    }
    return total
  }
}

/// The weights of a MatMulNBits: blocks of `block_size` numbers along K, `bits` bits each, low bits first.
private struct PackedBlocks {
  private let zeros: Tensor?
  private let bits: Int
  private let k: Int
  private let n: Int
  private let blob: Int
  private let block: Int
  private let packed: Tensor

  /// nil where the layout is not the plain one: other widths than 2, 4 and 8 bits, or zero points that are not packed
  /// like the numbers.
  init?(_ node: Node, _ tracer: WeightTracer) {
    guard let bits = node.int("bits") ?? Optional(4), bits == 2 || bits == 4 || bits == 8, let k = node.int("K"),
      let n = node.int("N"), let block = node.int("block_size"), k > 0, n > 0, block > 0,
      let name = node.input(1), let packed = tracer.constant(name), packed.elementType == .uint8
    else { return nil }
    (self.bits, self.k, self.n, self.block, self.packed) = (bits, k, n, block, packed)
    blob = packed.shape.last ?? 0
    let blocks = (k - 1) / block + 1
    guard checkedProduct([n, blocks, blob]) == packed.count, checkedProduct([blob, 8 / bits]) == block else {
      return nil
    }
    zeros = node.input(3).flatMap(tracer.constant)
    guard node.input(3) == nil || zeros != nil else { return nil }
    if let zeros {
      let perByte = 8 / bits
      guard zeros.elementType == .uint8, checkedProduct([n, (blocks - 1) / perByte + 1]) == zeros.count else {
        return nil
      }
    }
  }

  /// Numbers other than the zero point of their block, 2^(bits−1) where none is given, without the padding of the last
  /// block.
  func nonzeros() -> Int {
    let given = zeros?.elements(UInt8.self)
    let (middle, mask, perByte) = (UInt8(1 << (bits - 1)), UInt8(truncatingIfNeeded: 1 << bits - 1), 8 / bits)
    let rowBytes = packed.count / n
    return packed.bytes.withUnsafeBytes { source in
      var count = 0
      for row in 0..<n {
        for column in 0..<k {
          var zero = middle
          if let given {
            let block = column / block
            zero = given[row * (given.count / n) + block / perByte] >> UInt8(block % perByte * bits) & mask
          }
          let byte = source[row * rowBytes + column / perByte]
          if byte >> UInt8(column % perByte * bits) & mask != zero { count += 1 }
        }
      }
      return count
    }
  }
}
