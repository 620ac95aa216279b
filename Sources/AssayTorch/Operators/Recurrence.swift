import AssayCore
import AssayONNX

/// RNN, GRU and LSTM: in one ATen call where libtorch has the same cell, else step by step.
///
/// A direction is `[steps, batch, width]` to `[steps, batch, hidden]`; ONNX's outputs are Y `[steps, directions, batch, hidden]`,
/// Y_h and, of the LSTM, Y_c `[directions, batch, hidden]`.
enum Recurrence {
  static let rnn: Lowering = { plan throws(TorchError) in try lowering(plan, .rnn) }
  static let gru: Lowering = { plan throws(TorchError) in try lowering(plan, .gru) }
  static let lstm: Lowering = { plan throws(TorchError) in try lowering(plan, .lstm) }

  private static func lowering(_ plan: NodePlan, _ kind: CellKind) throws(TorchError) -> NodeFunction {
    let settings = try RecurrentSettings(plan, kind)
    let aten = plan.aten
    let fused = try FusedCell(plan, settings)
    let stepped = try fused == nil ? SteppedCell(plan, settings) : nil
    func run(
      _ call: NodeCall, _ input: TorchTensor, _ hidden: TorchTensor, _ cell: TorchTensor?
    ) throws(TorchError) -> [TorchTensor] {
      if let fused { return try fused.run(call, input, hidden, cell) }
      return try stepped?.run(call, input, hidden, cell) ?? []
    }
    return { call throws(TorchError) in
      let sequence = try call.input(0)
      guard sequence.rank == 3 else { throw .run("the sequence has shape \(sequence.shape)") }
      let input = settings.isBatchFirst ? try aten.transpose(sequence, 0, 1) : sequence
      try settings.check(call, input.shape)
      let batch = input.shape[1]
      func initial(_ index: Int) throws(TorchError) -> TorchTensor {
        if let given = call.optional(index) {
          return settings.isBatchFirst ? try aten.contiguous(try aten.transpose(given, 0, 1)) : given
        }
        return try TorchTensor(
          zeros: [settings.directions, batch, settings.hidden(call)], type: input.elementType ?? .float,
          on: input.device, library: aten.library)
      }
      var results = try run(call, input, try initial(5), kind == .lstm ? try initial(6) : nil)
      guard settings.isBatchFirst else { return results }
      results[0] = try aten.permute(results[0], [2, 0, 1, 3])
      for index in results.indices.dropFirst() { results[index] = try aten.transpose(results[index], 0, 1) }
      return results
    }
  }
}

enum CellKind {
  case rnn, gru, lstm

  /// Matrices in one weight: 1 RNN, 3 GRU (z, r, h), 4 LSTM (i, o, f, c).
  var gates: Int {
    switch self {
    case .rnn: 1
    case .gru: 3
    case .lstm: 4
    }
  }

  /// Where libtorch's gates (GRU: r, z, n; LSTM: i, f, g, o) stand among ONNX's.
  var order: [Int] {
    switch self {
    case .rnn: [0]
    case .gru: [1, 0, 2]
    case .lstm: [0, 2, 3, 1]
    }
  }

  var activations: [String] {
    switch self {
    case .rnn: ["Tanh"]
    case .gru: ["Sigmoid", "Tanh"]
    case .lstm: ["Sigmoid", "Tanh", "Tanh"]
    }
  }
}

/// The attributes of a recurrent node.
struct RecurrentSettings {
  let kind: CellKind
  let directions: Int
  let isReversed: Bool
  let isBatchFirst: Bool
  let clip: Double?
  let isLinearBeforeReset: Bool
  let couplesForget: Bool
  /// In the order of the cell's equations, for each direction.
  let activations: [String]
  private let declaredHidden: Int?

  init(_ plan: NodePlan, _ kind: CellKind) throws(TorchError) {
    self.kind = kind
    let node = plan.node
    switch node.string("direction") ?? "forward" {
    case "forward": (directions, isReversed) = (1, false)
    case "reverse": (directions, isReversed) = (1, true)
    case "bidirectional": (directions, isReversed) = (2, false)
    case let other: throw plan.failure("direction '\(other)' is unknown")
    }
    isBatchFirst = plan.flag("layout")
    clip = node.float("clip").map { Double($0) }
    isLinearBeforeReset = plan.flag("linear_before_reset")
    couplesForget = plan.flag("input_forget")
    declaredHidden = node.int("hidden_size")
    var names = (0..<directions).flatMap { _ in kind.activations }
    if case .strings(let given)? = node.attribute("activations") {
      names = given.map { String(decoding: $0, as: UTF8.self) }
    }
    guard names.count == kind.activations.count * directions else {
      throw plan.failure("\(names.count) activations where \(kind.activations.count * directions) are needed")
    }
    activations = names.map { $0.lowercased() }
  }

  func hidden(_ call: NodeCall) throws(TorchError) -> Int { try call.input(2).shape.last ?? 0 }

  /// Compares the shapes of all inputs; `sequence` is [steps, batch, width].
  func check(_ call: NodeCall, _ sequence: [Int]) throws(TorchError) {
    let recurrence = try call.input(2).shape
    guard recurrence.count == 3, declaredHidden == nil || declaredHidden == recurrence[2] else {
      throw .run("hidden_size \(declaredHidden ?? 0) and R of shape \(recurrence)")
    }
    let (hidden, rows) = (recurrence[2], kind.gates * recurrence[2])
    let state = isBatchFirst ? [sequence[1], directions, hidden] : [directions, sequence[1], hidden]
    let expected: [Int: [Int]] = [
      1: [directions, rows, sequence[2]], 2: [directions, rows, hidden], 3: [directions, 2 * rows], 4: [sequence[1]],
      5: state, 6: state, 7: [directions, 3 * hidden],
    ]
    for (index, tensor) in call.inputs.enumerated() {
      guard let tensor, let shape = expected[index], tensor.shape != shape else { continue }
      throw .run("input \(index) has shape \(tensor.shape), not \(shape)")
    }
  }
}

/// A node whose cell libtorch has itself.
private struct FusedCell {
  private let settings: RecurrentSettings
  private let aten: ATen
  private let operation: TorchOperator

  /// nil where the node differs from libtorch's cell.
  init?(_ plan: NodePlan, _ settings: RecurrentSettings) throws(TorchError) {
    self.settings = settings
    aten = plan.aten
    let kind = settings.kind
    let isPlain = settings.clip == nil && !settings.couplesForget && !plan.hasInput(4) && !plan.hasInput(7)
    let defaults = (0..<settings.directions).flatMap { _ in kind.activations.map { $0.lowercased() } }
    let isRelu = kind == .rnn && settings.activations.allSatisfy { $0 == "relu" }
    guard isPlain, settings.activations == defaults || isRelu, kind != .gru || settings.isLinearBeforeReset else {
      return nil
    }
    switch kind {
    case .rnn: operation = try plan.operation(isRelu ? "aten::rnn_relu.input" : "aten::rnn_tanh.input")
    case .gru: operation = try plan.operation("aten::gru.input")
    case .lstm: operation = try plan.operation("aten::lstm.input")
    }
  }

  func run(
    _ call: NodeCall, _ input: TorchTensor, _ hidden: TorchTensor, _ cell: TorchTensor?
  ) throws(TorchError) -> [TorchTensor] {
    let shape = input.shape
    let size = try settings.hidden(call)
    var weights: [TorchTensor] = []
    for direction in 0..<settings.directions {
      weights += try [1, 2].map { index throws(TorchError) in
        try reordered(try aten.library.row(direction, of: try call.input(index)), size)
      }
      if let bias = call.optional(3) {
        let row = try aten.library.row(direction, of: bias)
        let rows = settings.kind.gates * size
        weights.append(try reordered(try aten.narrow(row, axis: 0, from: 0, count: rows), size))
        weights.append(try reordered(try aten.narrow(row, axis: 0, from: rows, count: rows), size))
      }
    }
    let sequence = settings.isReversed ? try aten.flip(input, axis: 0) : input
    let states: TorchValue = cell.map { .tensors([hidden, $0]) } ?? .tensor(hidden)
    var results = try operation.call([
      .tensor(sequence), states, .tensors(weights), .bool(call.optional(3) != nil), 1, 0.0,
      .bool(call.state.isTraining), .bool(settings.directions == 2), false,
    ])
    guard let all = results.first else { throw .run("libtorch gave no result") }
    var output = settings.isReversed ? try aten.flip(all, axis: 0) : all
    output = try aten.reshape(output, [shape[0], shape[1], settings.directions, size])
    results[0] = try aten.transpose(output, 1, 2)
    return results
  }

  /// Rows of gates in libtorch's order.
  private func reordered(_ weight: TorchTensor, _ hidden: Int) throws(TorchError) -> TorchTensor {
    guard settings.kind != .rnn else { return weight }
    var parts: [TorchTensor] = []
    for gate in settings.kind.order {
      parts.append(try aten.narrow(weight, axis: 0, from: gate * hidden, count: hidden))
    }
    return try aten.join(parts, axis: 0)
  }
}

extension TorchLibrary {
  /// `tensor[index]`, without its first axis.
  func row(_ index: Int, of tensor: TorchTensor) throws(TorchError) -> TorchTensor {
    try call("aten::select.int", .tensor(tensor), 0, .int(index))[0]
  }
}
