public import AssayCore
public import AssayONNX

/// A model in memory that is interpreted node by node.
public final class ReferenceSession: Session {
  public let inputs: [TensorDescription]
  public let outputs: [TensorDescription]
  private let graph: Graph
  private let opsets: [String: Int]
  private let steps: [Step]

  /// One node, the function that computes it, and the values nobody needs after it.
  private struct Step {
    var node: Node
    var compute: Operator
    var lastUses: [String]
  }

  /// Prepares `model` for running; its nodes may stand in any order.
  ///
  /// - Throws: `unsupported` for an operator outside the table or an input that is not a tensor, `load` for a cycle or an
  ///   input that nothing makes.
  public init(_ model: Model) throws(EngineError) {
    graph = model.graph
    opsets = model.opsets
    inputs = try Self.descriptions(model.graph.requiredInputs)
    outputs = model.graph.outputs.map { info in
      TensorDescription(
        name: info.name, elementType: info.tensorType?.elementType ?? .float, shape: info.tensorType?.shape ?? [])
    }
    steps = try Self.plan(model)
  }

  private static func descriptions(_ values: [ValueInfo]) throws(EngineError) -> [TensorDescription] {
    var descriptions: [TensorDescription] = []
    for value in values {
      guard let type = value.tensorType else {
        throw EngineError(.unsupported, "the input '\(value.name)' is not a tensor")
      }
      descriptions.append(
        TensorDescription(name: value.name, elementType: type.elementType, shape: type.shape ?? []))
    }
    return descriptions
  }

  /// Orders the nodes so that each comes after those it depends on, and finds the end of each value's life.
  private static func plan(_ model: Model) throws(EngineError) -> [Step] {
    let order: [Int]
    do {
      order = try model.graph.executionOrder()
    } catch {
      throw EngineError(.load, error.message, at: error.place, remedy: error.remedy)
    }
    return try steps(model, order)
  }

  private static func steps(_ model: Model, _ order: [Int]) throws(EngineError) -> [Step] {
    var steps: [Step] = []
    for index in order {
      let node = model.graph.nodes[index]
      let isLocal = model.localFunctions.contains(Model.FunctionName(domain: node.domain, name: node.opType))
      guard !isLocal, let compute = OperatorTable.find(node) else {
        let name = node.domain.isEmpty ? node.opType : "\(node.domain):\(node.opType)"
        throw EngineError(
          .unsupported, "the reference engine has no operator '\(name)'", at: Place(node: node.label),
          remedy: "use another engine for this model")
      }
      steps.append(Step(node: node, compute: compute, lastUses: []))
    }
    var seen: Set<String> = []
    for index in steps.indices.reversed() {
      let names = steps[index].node.inputs + steps[index].node.outputs
      steps[index].lastUses = names.filter { seen.insert($0).inserted }
    }
    return steps
  }

  public func run(_ inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
    let values = try run(inputs, fetching: outputs.map(\.name))
    return outputs.compactMap { values[$0.name] }
  }

  /// Runs once and returns the values of the given names, which may be inputs, constants or intermediate results.
  ///
  /// - Throws: `input` when an input does not fit or a name is not a value of the model, `inference` when an operator
  ///   contradicts its inputs, `unsupported` for an element type or form that an operator does not have.
  public func run(_ inputs: [String: Tensor], fetching names: [String]) throws(EngineError) -> [String: Tensor] {
    try check(inputs)
    let wanted = Set(names)
    var values = inputs
    for step in steps {
      var arguments: [Tensor?] = []
      for name in step.node.inputs {
        arguments.append(name.isEmpty ? nil : values[name] ?? graph.constant(name))
      }
      for (name, argument) in zip(step.node.inputs, arguments) where !name.isEmpty && argument == nil {
        throw EngineError(
          .unsupported, "the value '\(name)' has an element type that Assay does not know",
          at: Place(node: step.node.label))
      }
      let call = OperatorCall(node: step.node, opset: opsets[step.node.domain] ?? 1, inputs: arguments)
      let results: [Tensor]
      do {
        for argument in arguments {
          _ = try argument.map { tensor throws(EngineError) in try call.count(tensor.shape) }
        }
        results = try step.compute(call)
      } catch {
        throw error.located(at: Place(node: step.node.label))
      }
      for (index, name) in step.node.outputs.enumerated() where !name.isEmpty {
        guard index < results.count else {
          throw call.unsupported("output number \(index + 1) of \(step.node.opType)")
            .located(at: Place(node: step.node.label))
        }
        values[name] = results[index]
      }
      for name in step.lastUses where !wanted.contains(name) { values[name] = nil }
    }
    var fetched: [String: Tensor] = [:]
    for name in names {
      guard let value = values[name] ?? graph.constant(name) else {
        throw EngineError(.input, "the model has no value '\(name)' to fetch")
      }
      fetched[name] = value
    }
    return fetched
  }

  /// Compares the given inputs with the model's: names, element types, ranks and fixed or shared extents.
  private func check(_ given: [String: Tensor]) throws(EngineError) {
    let known = Set(graph.inputs.map(\.name))
    for name in given.keys.sorted() where !known.contains(name) {
      let names = inputs.map(\.name).joined(separator: ", ")
      throw EngineError(.input, "the model has no input '\(name)'", remedy: "its inputs are \(names)")
    }
    var symbols: [String: Int] = [:]
    for description in inputs {
      guard let tensor = given[description.name] else {
        throw EngineError(.input, "the input '\(description.name)' is missing")
      }
      guard tensor.elementType == description.elementType else {
        throw EngineError(
          .input, "the input '\(description.name)' is \(description.elementType), not \(tensor.elementType)")
      }
      // An input without a declared shape takes any.
      guard graph.inputs.contains(where: { $0.name == description.name && $0.tensorType?.shape != nil }) else {
        continue
      }
      var fits = tensor.shape.count == description.shape.count
      for (extent, dimension) in zip(tensor.shape, description.shape) {
        switch dimension {
        case .fixed(let value): fits = fits && value == extent
        case .symbolic(let name):
          fits = fits && symbols[name, default: extent] == extent
          symbols[name] = extent
        case .unknown: break
        }
      }
      guard fits else {
        let expected = description.shape.map(\.description).joined(separator: ", ")
        throw EngineError(.input, "the input '\(description.name)' has shape [\(expected)], not \(tensor.shape)")
      }
    }
  }

  /// Keeps the inputs; nothing is allocated ahead, so timing this engine says nothing.
  public func bind(_ pool: [[String: Tensor]]) throws(EngineError) -> any BoundInference {
    guard !pool.isEmpty else { throw EngineError(.input, "the pool of inputs is empty") }
    for inputs in pool { try check(inputs) }
    return ReferenceInference(self, pool)
  }

  public func executionReport() throws(EngineError) -> ExecutionReport {
    let counts = Dictionary(steps.map { ($0.node.opType, 1) }, uniquingKeysWith: +)
    return ExecutionReport(operators: counts, notes: ["interpreted node by node; the graph runs as it is written"])
  }
}

private final class ReferenceInference: BoundInference {
  private let session: ReferenceSession
  private let pool: [[String: Tensor]]
  private var results: [Tensor] = []

  var poolCount: Int { pool.count }

  init(_ session: ReferenceSession, _ pool: [[String: Tensor]]) {
    self.session = session
    self.pool = pool
  }

  func infer(_ slot: Int) throws(EngineError) {
    guard pool.indices.contains(slot) else {
      throw EngineError(.input, "slot \(slot) is outside the pool of \(pool.count)")
    }
    results = try session.run(pool[slot])
  }

  func outputs() throws(EngineError) -> [Tensor] { results }
}
