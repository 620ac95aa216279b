public import AssayCore
public import AssayONNX

/// How a graph is run.
public enum TorchMode: Sendable, Hashable {
  /// Running statistics, no dropout, nothing recorded.
  case inference
  /// As in inference, but recorded for gradients.
  case evaluation
  /// Batch statistics, dropout, recorded. The seed starts the random numbers anew; nil goes on with the library's.
  case training(seed: UInt64?)
}

/// Which initializers of a graph shall have gradients.
public enum TorchGradients: Sendable {
  /// The graph only answers; operators without a gradient are welcome.
  case none
  /// Every floating point initializer that the outputs can be differentiated by.
  case all
  /// These, each of which must reach an output through operators that have a gradient.
  case of([String])
}

/// What one run of a graph gave.
public struct TorchRun {
  /// In the model's order.
  public var outputs: [TorchTensor]
  /// The intermediate values that were asked for, by name.
  public var values: [String: TorchTensor]
  /// After training: the new running means and variances of BatchNormalization, by the name of the initializer each one
  /// takes the place of. Handing them to the next run is the caller's part.
  public var statistics: [String: TorchTensor]
}

/// An ONNX model that runs, and can be differentiated, as ATen operators.
///
/// Every node is read once, when the graph is made; a run calls prepared operators one after the other. Initializers are
/// tensors on the device that no run copies, and any of them may be replaced, per run, by a tensor of the caller's: a
/// parameter, or a function of parameters. What is computed from constants alone is computed once.
///
/// ```swift
/// let graph = try TorchGraph(model, library: library, gradients: .of(["fc1.weight"]))
/// let run = try graph.run(["x": batch], replacing: ["fc1.weight": weight], mode: .training(seed: 7))
/// ```
///
/// One graph belongs to one thread at a time.
public final class TorchGraph {
  /// Inputs a caller must give, in the model's order.
  public let inputs: [TensorDescription]
  public let outputs: [TensorDescription]
  public let library: TorchLibrary
  public let device: TorchDevice
  private let plan: GraphPlan

  /// Prepares `model`; its nodes may stand in any order.
  ///
  /// - Parameter precision: What stands for ONNX's float: `float`, or `double` to compute everything in double precision
  ///   (inputs are then given as double).
  /// - Parameter gradients: The initializers that will be differentiated by.
  /// - Parameter replaceable: Initializers that an operator would otherwise read when the graph is made (limits of Clip, a
  ///   padding value), and that runs shall be able to replace all the same.
  /// - Throws: `graph`, with the node, for an operator or attribute that cannot be run, for one without a gradient on
  ///   the way to an initializer that needs one, and for a graph that contradicts itself.
  public init(
    _ model: Model, library: TorchLibrary, device: TorchDevice = .cpu, precision: ElementType = .float,
    gradients: TorchGradients = .none, replaceable: Set<String> = []
  ) throws(TorchError) {
    self.library = library
    self.device = device
    inputs = try Self.descriptions(model.graph.requiredInputs)
    outputs = try Self.descriptions(model.graph.outputs)
    let order = try NodeOrder(model)
    try GradientReach.check(model, order: order, gradients)
    plan = try library.withoutGradients { () throws(TorchError) -> GraphPlan in
      var builder = try GraphPlanner(
        model, library: library, device: device, precision: precision, replaceable: replaceable)
      return try builder.plan(order)
    }
  }

  private static func descriptions(_ values: [ValueInfo]) throws(TorchError) -> [TensorDescription] {
    var descriptions: [TensorDescription] = []
    for value in values {
      // An output of unknown type is declared by what computes it.
      descriptions.append(
        TensorDescription(
          name: value.name, elementType: value.tensorType?.elementType ?? .float, shape: value.tensorType?.shape ?? []))
    }
    return descriptions
  }

  /// Every operator that can be run, as `Conv` or `com.microsoft:FusedConv`, sorted.
  public static var operators: [String] { LoweringTable.operators.keys.sorted() }

  /// Names of the floating point initializers that can be trained, in the model's order: those that a run may replace, but
  /// for running statistics.
  public var parameterNames: [String] { plan.parameterNames }

  /// The initializer of that name as it lies on the device: the graph's own, perhaps in the memory of the model's file, so
  /// never to be changed in place.
  public func initializer(_ name: String) -> TorchTensor? {
    plan.initializers[name].flatMap { plan.values[$0.slot] }
  }

  /// Operators that a run calls, by ONNX name with their number; what was computed from constants is not among them.
  public var operatorCounts: [String: Int] {
    Dictionary(plan.steps.map { ($0.operatorName, 1) }, uniquingKeysWith: +)
  }

  /// Runs once.
  ///
  /// - Parameter inputs: Tensors on the graph's device, by input name.
  /// - Parameter replacing: Tensors that take the place of initializers in this run.
  /// - Parameter fetching: Intermediate values, inputs or initializers to give back besides the outputs.
  /// - Throws: `argument` when names, types or shapes do not fit; `graph`, `argument`, `unsupported` and `memory` with the
  ///   node that failed.
  public func run(
    _ inputs: [String: TorchTensor], replacing: [String: TorchTensor] = [:], mode: TorchMode = .inference,
    fetching names: [String] = []
  ) throws(TorchError) -> TorchRun {
    switch mode {
    case .inference:
      return try library.withoutGradients { () throws(TorchError) -> TorchRun in
        try run(inputs, replacing, fetching: names, RunState(isTraining: false, isRecorded: false))
      }
    case .evaluation:
      return try run(inputs, replacing, fetching: names, RunState(isTraining: false, isRecorded: true))
    case .training(let seed):
      if let seed, plan.isRandom { try library.seed(seed) }
      return try run(inputs, replacing, fetching: names, RunState(isTraining: true, isRecorded: true))
    }
  }

  private func run(
    _ inputs: [String: TorchTensor], _ replacing: [String: TorchTensor], fetching names: [String], _ state: RunState
  ) throws(TorchError) -> TorchRun {
    var values = plan.values
    for (name, tensor) in replacing { values[try slot(ofReplaced: name)] = tensor }
    try bind(inputs, to: &values)
    var fetched: [(name: String, slot: Int)] = []
    for name in names {
      guard let slot = plan.slots[name] else {
        throw TorchError(.argument, "the graph has no value '\(name)' to fetch")
      }
      fetched.append((name, slot))
    }
    let kept = Set(fetched.map(\.slot))
    for step in plan.steps {
      try step.run(&values, state)
      for slot in step.lastUses where kept.isEmpty || !kept.contains(slot) { values[slot] = nil }
    }
    var run = TorchRun(outputs: [], values: [:], statistics: state.statistics)
    for (output, slot) in zip(outputs, plan.outputSlots) {
      guard let value = values[slot] else { throw TorchError(.graph, "nothing makes the output '\(output.name)'") }
      run.outputs.append(value)
    }
    for (name, slot) in fetched { run.values[name] = values[slot] }
    return run
  }

  private func slot(ofReplaced name: String) throws(TorchError) -> Int {
    guard let initializer = plan.initializers[name] else {
      throw TorchError(.argument, "the graph has no initializer '\(name)' to replace")
    }
    guard !initializer.isRead else {
      throw TorchError(
        .argument, "the initializer '\(name)' was read when the graph was made and cannot be replaced",
        remedy: "name it in `replaceable` when the graph is made")
    }
    return initializer.slot
  }

  /// Compares the given inputs with the model's (names, element types, ranks and fixed extents) and puts them in place.
  private func bind(_ given: [String: TorchTensor], to values: inout [TorchTensor?]) throws(TorchError) {
    for (description, slot) in zip(inputs, plan.inputSlots) {
      guard let tensor = given[description.name] else {
        throw TorchError(.argument, "the input '\(description.name)' is missing")
      }
      let type = StorageType.of(description.elementType, precision: plan.precision)
      guard let found = tensor.elementType, found == type else {
        throw TorchError(
          .argument,
          "the input '\(description.name)' is \(type ?? description.elementType), "
            + "not \(tensor.elementType?.onnxName ?? "of a type that ONNX has")")
      }
      let shape = tensor.shape
      // An input without a declared shape takes any.
      let fits =
        description.shape.count == shape.count
        && zip(shape, description.shape).allSatisfy { ($1.value ?? $0) == $0 }
      guard fits || !plan.hasDeclaredShape[description.name, default: false] else {
        let expected = description.shape.map(\.description).joined(separator: ", ")
        throw TorchError(.argument, "the input '\(description.name)' has shape [\(expected)], not \(shape)")
      }
      values[slot] = tensor
    }
    guard given.count == inputs.count else {
      let known = Set(inputs.map(\.name))
      let unknown = given.keys.sorted().first { !known.contains($0) } ?? ""
      throw TorchError(
        .argument, "the model has no input '\(unknown)'",
        remedy: "its inputs are \(inputs.map(\.name).joined(separator: ", "))")
    }
  }
}
