import AssayCore
import AssayONNX

/// A graph ready to run: every value has a slot, every node a function.
struct GraphPlan {
  /// What a run starts with: initializers and folded constants, nil for what it computes.
  var values: [TorchTensor?] = []
  var steps: [GraphStep] = []
  var slots: [String: Int] = [:]
  var initializers: [String: (slot: Int, isRead: Bool)] = [:]
  var parameterNames: [String] = []
  var inputSlots: [Int] = []
  var outputSlots: [Int] = []
  /// Inputs whose shape the model declares.
  var hasDeclaredShape: [String: Bool] = [:]
  let precision: ElementType
  /// Whether training draws random numbers.
  var isRandom = false
}

/// One node with the places of its values.
struct GraphStep {
  let operatorName: String
  let label: String
  let function: NodeFunction
  /// -1 for an optional input left out.
  let inputs: [Int]
  /// -1 for a result that nobody named.
  let outputs: [Int]
  /// Slots that no later step reads.
  var lastUses: [Int] = []

  @inline(__always)
  func run(_ values: inout [TorchTensor?], _ state: RunState) throws(TorchError) {
    var arguments: [TorchTensor?] = []
    arguments.reserveCapacity(inputs.count)
    for slot in inputs { arguments.append(slot < 0 ? nil : values[slot]) }
    let results: [TorchTensor]
    do {
      results = try function(NodeCall(inputs: arguments, state: state))
    } catch {
      throw located(error)
    }
    for (index, slot) in outputs.enumerated() where slot >= 0 {
      guard index < results.count else {
        throw located(.run("output number \(index + 1) is not computed here"))
      }
      values[slot] = results[index]
    }
  }

  private func located(_ error: TorchError) -> TorchError {
    var located = error.located(at: Place(node: label))
    if error.code == .graph, !error.message.hasPrefix(operatorName) {
      located.message = "\(operatorName): \(error.message)"
    }
    return located
  }
}

/// Makes the plan: stores initializers, folds what is constant, joins pairs of quantizers, finds the end of each value.
struct GraphPlanner {
  private let model: Model
  private let aten: ATen
  private let device: TorchDevice
  private let replaceable: Set<String>
  private let constants = KnownConstants()
  private var plan: GraphPlan
  /// Values that are the same in every run.
  private var fixed: Set<String> = []

  /// Larger integer tensors are no shapes or axes; they stay on the device only.
  private static let largestKnown = 4096

  init(
    _ model: Model, library: TorchLibrary, device: TorchDevice, precision: ElementType, replaceable: Set<String>
  ) throws(TorchError) {
    self.model = model
    self.device = device
    self.replaceable = replaceable
    aten = try ATen(library)
    plan = GraphPlan(precision: precision)
  }

  mutating func plan(_ order: NodeOrder) throws(TorchError) -> GraphPlan {
    for stored in model.graph.initializers { try store(stored) }
    for input in model.graph.inputs {
      if let type = input.tensorType?.elementType { constants.declare(input.name, type) }
      plan.hasDeclaredShape[input.name] = input.tensorType?.shape != nil
    }
    var statistics: Set<String> = []
    for entry in order.entries {
      try prepare(entry)
      let node = entry.node
      if node.isONNX("BatchNormalization") { statistics.formUnion([3, 4].compactMap { node.input($0) }) }
    }
    for input in model.graph.requiredInputs { plan.inputSlots.append(slot(input.name)) }
    for output in model.graph.outputs { plan.outputSlots.append(slot(output.name)) }
    for name in constants.read { plan.initializers[name]?.isRead = true }
    plan.parameterNames.removeAll { constants.read.contains($0) || statistics.contains($0) }
    findLastUses()
    return plan
  }

  private mutating func slot(_ name: String) -> Int {
    if let slot = plan.slots[name] { return slot }
    let slot = plan.values.count
    plan.slots[name] = slot
    plan.values.append(nil)
    return slot
  }

  private mutating func store(_ stored: StoredTensor) throws(TorchError) {
    guard let tensor = stored.tensor else {
      throw TorchError(
        .graph, "the initializer '\(stored.name)' has an element type that Assay does not know",
        at: Place(node: stored.name))
    }
    let slot = slot(stored.name)
    plan.initializers[stored.name] = (slot, false)
    try put(tensor, stored.name, slot)
    if tensor.elementType.isFloatingPoint {
      plan.parameterNames.append(stored.name)
    } else if !replaceable.contains(stored.name) {
      fixed.insert(stored.name)
    }
  }

  /// Puts a constant on the device, and its numbers where lowerings find them.
  private mutating func put(_ tensor: Tensor, _ name: String, _ slot: Int) throws(TorchError) {
    constants.declare(name, tensor.elementType)
    if tensor.count <= Self.largestKnown, !replaceable.contains(name) { constants.set(name, tensor) }
    // Strings and other types without a counterpart may be there as long as no node is run on them.
    guard let converted = StorageType.stored(tensor, precision: plan.precision) else { return }
    // Shapes, axes and indices stay where shapes are computed.
    plan.values[slot] =
      device == .cpu || converted.elementType == .int64
      ? try TorchTensor(viewing: converted, library: aten.library)
      : try TorchTensor(converted, on: device, library: aten.library)
  }

  private mutating func prepare(_ entry: NodeOrder.Entry) throws(TorchError) {
    let node = entry.node
    let function: NodeFunction
    do {
      function = try entry.lowering.prepare(
        NodePlan(
          node: node, opset: model.opsets[node.domain] ?? 1, aten: aten, device: device, precision: plan.precision,
          constants: constants))
    } catch {
      throw error.located(at: Place(node: node.label))
    }
    let isMixed = device != .cpu && !Self.readsOnHost.contains(node.opType)
    var step = GraphStep(
      operatorName: node.opType, label: node.label, function: isMixed ? Self.gathering(function) : function,
      inputs: node.inputs.map { $0.isEmpty ? -1 : slot($0) }, outputs: node.outputs.map { $0.isEmpty ? -1 : slot($0) })
    if node.inputs.allSatisfy({ $0.isEmpty || fixed.contains($0) }), node.domain.isEmpty {
      do {
        try fold(&step, node)
      } catch {
        throw error.located(at: Place(node: node.label))
      }
    } else {
      plan.isRandom = plan.isRandom || node.opType == "Dropout"
      plan.steps.append(step)
    }
  }

  /// Operators whose inputs after the first are read, or moved, by themselves.
  private static let readsOnHost: Set = [
    "Clip", "CumSum", "Dropout", "Expand", "Gather", "GatherElements", "GatherND", "GRU", "LSTM", "Pad", "ReduceL1",
    "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
    "ReduceSumSquare", "Reshape", "Resize", "ReverseSequence", "RNN", "Slice", "Split", "Squeeze", "Tile", "TopK",
    "Trilu",
    "Unsqueeze", "Upsample",
  ]

  /// The function, with arguments from different devices brought to the one that is not the host.
  private static func gathering(_ function: @escaping NodeFunction) -> NodeFunction {
    { call throws(TorchError) in
      let devices = Set(call.inputs.compactMap { $0?.device })
      guard devices.count > 1, let device = devices.first(where: { $0 != .cpu }) else { return try function(call) }
      var inputs: [TorchTensor?] = []
      for input in call.inputs {
        inputs.append(try input.map { input throws(TorchError) in try input.moved(to: device) })
      }
      return try function(NodeCall(inputs: inputs, state: call.state))
    }
  }

  /// Runs a step whose inputs never change, now and never again.
  private mutating func fold(_ step: inout GraphStep, _ node: Node) throws(TorchError) {
    if node.opType == "Constant", let tensor = Creation.value(of: node), let name = node.output(0) {
      // Kept as the model has it: with its own element type.
      fixed.insert(name)
      try put(tensor, name, step.outputs[0])
      return
    }
    for name in node.inputs { constants.markRead(name) }
    try step.run(&plan.values, RunState(isTraining: false, isRecorded: false))
    for (name, slot) in zip(node.outputs, step.outputs) where slot >= 0 {
      fixed.insert(name)
      guard let value = plan.values[slot] else { continue }
      // A stretched view would be laid out anew in every run.
      plan.values[slot] = try aten.contiguous(value)
      if value.count <= Self.largestKnown { constants.set(name, try value.values()) }
    }
  }

  private mutating func findLastUses() {
    var seen = Set(plan.outputSlots)
    for (slot, value) in plan.values.enumerated() where value != nil { seen.insert(slot) }
    for index in plan.steps.indices.reversed() {
      let slots = plan.steps[index].inputs + plan.steps[index].outputs
      plan.steps[index].lastUses = slots.filter { $0 >= 0 && seen.insert($0).inserted }
    }
  }
}
