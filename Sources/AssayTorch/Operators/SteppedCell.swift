import AssayCore
import AssayONNX

/// A recurrent node of any activations, clipping, peepholes and sequence lengths, one step after the other.
struct SteppedCell {
  private typealias Function = (TorchTensor) throws(TorchError) -> TorchTensor

  private let settings: RecurrentSettings
  private let aten: ATen
  private let activations: [Function]
  private let lengths: Integers?

  init(_ plan: NodePlan, _ settings: RecurrentSettings) throws(TorchError) {
    self.settings = settings
    aten = plan.aten
    lengths = plan.hasInput(4) ? try plan.integers(input: 4) : nil
    // Parameters go to the activations that take them, in order.
    var alphas = (plan.node.floats("activation_alpha") ?? []).makeIterator()
    var betas = (plan.node.floats("activation_beta") ?? []).makeIterator()
    let withAlpha: Set = ["affine", "leakyrelu", "thresholdedrelu", "scaledtanh", "hardsigmoid", "elu"]
    let withBeta: Set = ["affine", "scaledtanh", "hardsigmoid"]
    var functions: [Function] = []
    for name in settings.activations {
      let alpha = (withAlpha.contains(name) ? alphas.next() : nil).map { Double($0) }
      let beta = (withBeta.contains(name) ? betas.next() : nil).map { Double($0) }
      functions.append(try Self.function(plan, name, alpha, beta))
    }
    activations = functions
  }

  private static func function(
    _ plan: NodePlan, _ name: String, _ alpha: Double?, _ beta: Double?
  ) throws(TorchError) -> Function {
    let aten = plan.aten
    func plain(_ name: String) throws(TorchError) -> Function {
      let operation = try plan.operation(name)
      return { x throws(TorchError) in try operation(.tensor(x)) }
    }
    switch name {
    case "sigmoid": return try plain("aten::sigmoid")
    case "tanh": return try plain("aten::tanh")
    case "relu": return try plain("aten::relu")
    case "softplus": return try plain("aten::softplus")
    case "affine":
      return { x throws(TorchError) in try aten.add(try aten.multiply(x, alpha ?? 1), beta ?? 0) }
    case "leakyrelu":
      let operation = try plan.operation("aten::leaky_relu")
      return { x throws(TorchError) in try operation(.tensor(x), .double(alpha ?? 0.01)) }
    case "thresholdedrelu":
      let operation = try plan.operation("aten::threshold")
      return { x throws(TorchError) in try operation(.tensor(x), .double(alpha ?? 1), 0) }
    case "scaledtanh":
      let tanh = try plain("aten::tanh")
      return { x throws(TorchError) in try aten.multiply(try tanh(try aten.multiply(x, beta ?? 1)), alpha ?? 1) }
    case "hardsigmoid":
      return { x throws(TorchError) in
        try aten.clamp(try aten.add(try aten.multiply(x, alpha ?? 0.2), beta ?? 0.5), 0, 1)
      }
    case "elu":
      let operation = try plan.operation("aten::elu")
      return { x throws(TorchError) in try operation(.tensor(x), .double(alpha ?? 1)) }
    case "softsign":
      let absolute = try plain("aten::abs")
      return { x throws(TorchError) in try aten.divide(x, try aten.add(try absolute(x), 1)) }
    default: throw plan.unsupported("the activation '\(name)'")
    }
  }

  /// Weights of one direction, and the functions of its cell.
  private struct Direction {
    var fromInput: TorchTensor
    var recurrence: TorchTensor
    var recurrentBias: TorchTensor?
    /// Input, output, forget.
    var peepholes: [TorchTensor]
    var activations: ArraySlice<Function>
    var hidden: Int
  }

  func run(
    _ call: NodeCall, _ input: TorchTensor, _ hidden: TorchTensor, _ cell: TorchTensor?
  ) throws(TorchError) -> [TorchTensor] {
    let shape = input.shape
    let lengths = try lengths?(call)
    if let lengths, lengths.count != shape[1] || lengths.contains(where: { $0 < 0 || $0 > shape[0] }) {
      throw .run("sequence_lens do not fit the sequence of shape \(shape)")
    }
    var (outputs, lastStates, lastCells): ([TorchTensor], [TorchTensor], [TorchTensor]) = ([], [], [])
    for index in 0..<settings.directions {
      let direction = try direction(index, call, input)
      var state = try aten.library.row(index, of: hidden)
      var memory = try cell.map { cell throws(TorchError) in try aten.library.row(index, of: cell) }
      let zero = try aten.multiply(try state.detached(), integer: 0)
      let isBackward = settings.isReversed || index == 1
      var steps = [TorchTensor?](repeating: nil, count: shape[0])
      for step in 0..<shape[0] {
        let time = isBackward ? shape[0] - 1 - step : step
        let given = try aten.library.row(time, of: direction.fromInput)
        var (next, nextMemory) = try advanced(direction, given, state, memory)
        var output = next
        if let lengths, lengths.contains(where: { $0 <= time }) {
          // Sequences that are over keep their state and answer 0.
          let isInside = try TorchTensor(
            Tensor(lengths.map { time < $0 }, shape: [shape[1], 1]), on: input.device, library: aten.library)
          output = try aten.choose(isInside, next, zero)
          next = try aten.choose(isInside, next, state)
          if let new = nextMemory, let memory { nextMemory = try aten.choose(isInside, new, memory) }
        }
        steps[time] = output
        (state, memory) = (next, nextMemory)
      }
      let joined = try aten.library.stacked(steps.compactMap(\.self), axis: 0)
      outputs.append(joined)
      lastStates.append(state)
      if let memory { lastCells.append(memory) }
    }
    var results = [try aten.library.stacked(outputs, axis: 1), try aten.library.stacked(lastStates, axis: 0)]
    if !lastCells.isEmpty { results.append(try aten.library.stacked(lastCells, axis: 0)) }
    return results
  }

  private func direction(_ index: Int, _ call: NodeCall, _ input: TorchTensor) throws(TorchError) -> Direction {
    let library = aten.library
    let hidden = try settings.hidden(call)
    let rows = settings.kind.gates * hidden
    let weight = try library.row(index, of: try call.input(1))
    var fromInput = try aten.matmul(input, try aten.transpose(weight, 0, 1))
    var recurrentBias: TorchTensor?
    if let bias = call.optional(3) {
      let row = try library.row(index, of: bias)
      fromInput = try aten.add(fromInput, try aten.narrow(row, axis: 0, from: 0, count: rows))
      recurrentBias = try aten.narrow(row, axis: 0, from: rows, count: rows)
    }
    var peepholes: [TorchTensor] = []
    if settings.kind == .lstm, let given = call.optional(7) {
      let row = try library.row(index, of: given)
      for gate in 0..<3 { peepholes.append(try aten.narrow(row, axis: 0, from: gate * hidden, count: hidden)) }
    }
    let count = settings.kind.activations.count
    return Direction(
      fromInput: fromInput, recurrence: try aten.transpose(try library.row(index, of: try call.input(2)), 0, 1),
      recurrentBias: recurrentBias, peepholes: peepholes,
      activations: activations[(index * count)..<((index + 1) * count)], hidden: hidden)
  }

  private func activate(_ direction: Direction, _ index: Int, _ value: TorchTensor) throws(TorchError) -> TorchTensor {
    let bounded = try settings.clip.map { clip throws(TorchError) in try aten.clamp(value, -clip, clip) } ?? value
    return try direction.activations[direction.activations.startIndex + index](bounded)
  }

  private func advanced(
    _ direction: Direction, _ given: TorchTensor, _ state: TorchTensor, _ memory: TorchTensor?
  ) throws(TorchError) -> (state: TorchTensor, memory: TorchTensor?) {
    var recurrent = try aten.matmul(state, direction.recurrence)
    if let bias = direction.recurrentBias { recurrent = try aten.add(recurrent, bias) }
    func gate(_ tensor: TorchTensor, _ index: Int) throws(TorchError) -> TorchTensor {
      try aten.narrow(tensor, axis: 1, from: index * direction.hidden, count: direction.hidden)
    }
    if settings.kind == .gru { return (try gru(direction, given, recurrent, state), nil) }
    let sums = try aten.add(given, recurrent)
    guard let memory else { return (try activate(direction, 0, sums), nil) }
    func peeping(_ index: Int, peephole: Int, _ cell: TorchTensor) throws(TorchError) -> TorchTensor {
      let sum = try gate(sums, index)
      guard peephole < direction.peepholes.count else { return sum }
      return try aten.add(sum, try aten.multiply(direction.peepholes[peephole], cell))
    }
    // Gates in ONNX's order: input, output, forget, cell; peepholes: input, output, forget.
    let enter = try activate(direction, 0, try peeping(0, peephole: 0, memory))
    let forget =
      settings.couplesForget
      ? try aten.add(try aten.negate(enter), 1) : try activate(direction, 0, try peeping(2, peephole: 2, memory))
    let candidate = try activate(direction, 1, try gate(sums, 3))
    let next = try aten.add(try aten.multiply(forget, memory), try aten.multiply(enter, candidate))
    let leave = try activate(direction, 0, try peeping(1, peephole: 1, next))
    let shown = try direction.activations[direction.activations.startIndex + 2](next)
    return (try aten.multiply(leave, shown), next)
  }

  /// The gates z, r and h.
  private func gru(
    _ direction: Direction, _ given: TorchTensor, _ recurrent: TorchTensor, _ state: TorchTensor
  ) throws(TorchError) -> TorchTensor {
    let hidden = direction.hidden
    func gate(_ tensor: TorchTensor, _ index: Int) throws(TorchError) -> TorchTensor {
      try aten.narrow(tensor, axis: 1, from: index * hidden, count: hidden)
    }
    let update = try activate(direction, 0, try aten.add(try gate(given, 0), try gate(recurrent, 0)))
    let reset = try activate(direction, 0, try aten.add(try gate(given, 1), try gate(recurrent, 1)))
    var fromState: TorchTensor
    if settings.isLinearBeforeReset {
      fromState = try aten.multiply(reset, try gate(recurrent, 2))
    } else {
      let weight = try aten.narrow(direction.recurrence, axis: 1, from: 2 * hidden, count: hidden)
      fromState = try aten.matmul(try aten.multiply(reset, state), weight)
      if let bias = direction.recurrentBias {
        fromState = try aten.add(fromState, try aten.narrow(bias, axis: 0, from: 2 * hidden, count: hidden))
      }
    }
    let candidate = try activate(direction, 1, try aten.add(try gate(given, 2), fromState))
    // (1 − z)·n + z·h
    return try aten.add(candidate, try aten.multiply(update, try aten.subtract(state, candidate)))
  }
}

extension TorchLibrary {
  /// Tensors of one shape along a new axis.
  func stacked(_ tensors: [TorchTensor], axis: Int) throws(TorchError) -> TorchTensor {
    guard !tensors.isEmpty else { throw .run("a sequence of no steps has no result") }
    return try call("aten::stack", .tensors(tensors), .int(axis))[0]
  }
}
