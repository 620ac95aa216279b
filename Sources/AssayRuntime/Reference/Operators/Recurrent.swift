import AssayCore
import AssayONNX
import Glibc

/// RNN, GRU and LSTM: one step of a cell for every element of a sequence, forwards, backwards or both.
enum Recurrent {
  static func rnn(_ call: OperatorCall) throws(EngineError) -> [Tensor] { try Run(call, gates: 1).outputs() }
  static func gru(_ call: OperatorCall) throws(EngineError) -> [Tensor] { try Run(call, gates: 3).outputs() }
  static func lstm(_ call: OperatorCall) throws(EngineError) -> [Tensor] { try Run(call, gates: 4).outputs() }
}

/// One activation of a cell with its parameters.
private struct Activation {
  let function: (Double) -> Double

  init(_ call: OperatorCall, _ name: String, alpha: Double?, beta: Double?) throws(EngineError) {
    switch name.lowercased() {
    case "sigmoid": function = logistic
    case "tanh": function = { tanh($0) }
    case "relu": function = { max(0, $0) }
    case "affine": function = { (alpha ?? 1) * $0 + (beta ?? 0) }
    case "leakyrelu": function = { $0 < 0 ? (alpha ?? 0.01) * $0 : $0 }
    case "thresholdedrelu": function = { $0 > (alpha ?? 1) ? $0 : 0 }
    case "scaledtanh": function = { (alpha ?? 1) * tanh((beta ?? 1) * $0) }
    case "hardsigmoid": function = { min(max((alpha ?? 0.2) * $0 + (beta ?? 0.5), 0), 1) }
    case "elu": function = { $0 < 0 ? (alpha ?? 1) * expm1($0) : $0 }
    case "softsign": function = { $0 / (1 + $0.magnitude) }
    case "softplus": function = { max($0, 0) + log1p(exp(-$0.magnitude)) }
    default: throw call.unsupported("the activation '\(name)'")
    }
  }
}

/// A whole node: weights, sequence and settings, read and checked.
private struct Run {
  let call: OperatorCall
  /// Matrices in one weight: 1 RNN, 3 GRU (z, r, h), 4 LSTM (i, o, f, c).
  let gates: Int
  let input: Tensor
  let isBatchFirst: Bool
  let (steps, batch, width, hidden, directions): (Int, Int, Int, Int, Int)
  let isReversed: Bool
  let lengths: [Int]
  let clip: Double?
  let activations: [Activation]

  init(_ call: OperatorCall, gates: Int) throws(EngineError) {
    self.call = call
    self.gates = gates
    let sequence = try call.input(0)
    guard sequence.shape.count == 3 else { throw call.failure("the sequence has shape \(sequence.shape)") }
    isBatchFirst = (call.node.int("layout") ?? 0) != 0
    input = isBatchFirst ? try call.transposed(sequence, [1, 0, 2]) : sequence
    let recurrence = try call.input(2)
    guard recurrence.shape.count == 3 else { throw call.failure("R has shape \(recurrence.shape)") }
    let direction = call.node.string("direction") ?? "forward"
    guard ["forward", "reverse", "bidirectional"].contains(direction) else {
      throw call.failure("direction '\(direction)' is unknown")
    }
    isReversed = direction == "reverse"
    directions = direction == "bidirectional" ? 2 : 1
    (steps, batch, width, hidden) = (input.shape[0], input.shape[1], input.shape[2], recurrence.shape[2])
    if let declared = call.node.int("hidden_size"), declared != hidden {
      throw call.failure("hidden_size \(declared) and R of shape \(recurrence.shape)")
    }
    clip = call.node.float("clip").map { Double($0) }
    let given = try call.optional(4).map { lengths throws(EngineError) in try call.integers(lengths) }
    lengths = given ?? [Int](repeating: steps, count: batch)
    guard lengths.count == batch, (lengths.min() ?? 0) >= 0, (lengths.max() ?? 0) <= steps else {
      throw call.failure("sequence_lens do not fit the sequence of shape \(sequence.shape)")
    }
    activations = try Self.activations(call, gates: gates, directions: directions)
    try check(1, [directions, gates * hidden, width])
    try check(2, [directions, gates * hidden, hidden])
    if call.optional(3) != nil { try check(3, [directions, 2 * gates * hidden]) }
    if gates == 4, call.optional(7) != nil { try check(7, [directions, 3 * hidden]) }
  }

  private func check(_ index: Int, _ shape: [Int]) throws(EngineError) {
    let given = try call.input(index).shape
    guard given == shape else { throw call.failure("input \(index) has shape \(given), not \(shape)") }
  }

  /// Activations in the order of the cell's equations, for each direction; parameters go to those that take them.
  private static func activations(
    _ call: OperatorCall, gates: Int, directions: Int
  ) throws(EngineError) -> [Activation] {
    let defaults = [1: ["Tanh"], 3: ["Sigmoid", "Tanh"], 4: ["Sigmoid", "Tanh", "Tanh"]][gates] ?? []
    var names = (0..<directions).flatMap { _ in defaults }
    if case .strings(let given)? = call.node.attribute("activations") {
      names = given.map { String(decoding: $0, as: UTF8.self) }
    }
    guard names.count == defaults.count * directions else {
      throw call.failure("\(names.count) activations where \(defaults.count * directions) are needed")
    }
    var alphas = (call.node.floats("activation_alpha") ?? []).makeIterator()
    var betas = (call.node.floats("activation_beta") ?? []).makeIterator()
    let withAlpha: Set = ["affine", "leakyrelu", "thresholdedrelu", "scaledtanh", "hardsigmoid", "elu"]
    let withBeta: Set = ["affine", "scaledtanh", "hardsigmoid"]
    var result: [Activation] = []
    for name in names {
      let alpha = withAlpha.contains(name.lowercased()) ? alphas.next() : nil
      let beta = withBeta.contains(name.lowercased()) ? betas.next() : nil
      result.append(try Activation(call, name, alpha: alpha.map { Double($0) }, beta: beta.map { Double($0) }))
    }
    return result
  }

  /// Y `[steps, directions, batch, hidden]`, Y_h `[directions, batch, hidden]`, and the LSTM's Y_c.
  func outputs() throws(EngineError) -> [Tensor] {
    let values = try call.reals(input)
    var states = try initial(5)
    var cells = gates == 4 ? try initial(6) : [Double](repeating: 0, count: states.count)
    var all = [Double](repeating: 0, count: try call.count([steps, directions, batch, hidden]))
    for direction in 0..<directions {
      var cell = try Cell(self, direction: direction)
      let backwards = isReversed || direction == 1
      for item in 0..<batch {
        let state = (direction * batch + item) * hidden
        cell.state = Array(states[state..<(state + hidden)])
        cell.memory = Array(cells[state..<(state + hidden)])
        for step in 0..<lengths[item] {
          let time = backwards ? lengths[item] - 1 - step : step
          let start = (time * batch + item) * width
          cell.advance(Array(values[start..<(start + width)]))
          let target = ((time * directions + direction) * batch + item) * hidden
          all.replaceSubrange(target..<(target + hidden), with: cell.state)
        }
        states.replaceSubrange(state..<(state + hidden), with: cell.state)
        cells.replaceSubrange(state..<(state + hidden), with: cell.memory)
      }
    }
    let type = input.elementType
    var sequence = try call.tensor(.real(all), as: type, shape: [steps, directions, batch, hidden])
    if isBatchFirst { sequence = try call.transposed(sequence, [2, 0, 1, 3]) }
    var results = [sequence]
    for last in gates == 4 ? [states, cells] : [states] {
      let tensor = try call.tensor(.real(last), as: type, shape: [directions, batch, hidden])
      results.append(isBatchFirst ? try call.transposed(tensor, [1, 0, 2]) : tensor)
    }
    return results
  }

  private func initial(_ index: Int) throws(EngineError) -> [Double] {
    let count = try call.count([directions, batch, hidden])
    guard let tensor = call.optional(index) else { return [Double](repeating: 0, count: count) }
    try check(index, isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden])
    return try call.reals(isBatchFirst ? try call.transposed(tensor, [1, 0, 2]) : tensor)
  }
}

/// The weights of one direction, and the state that moves through time.
private struct Cell {
  private let run: Run
  private let weight: [Double]
  private let recurrence: [Double]
  private let bias: [Double]
  private let recurrentBias: [Double]
  private let peephole: [Double]
  private let activations: [Activation]
  private let isLinearBeforeReset: Bool
  private let couplesForget: Bool
  var state: [Double] = []
  /// The LSTM's cell state.
  var memory: [Double] = []

  init(_ run: Run, direction: Int) throws(EngineError) {
    self.run = run
    let call = run.call
    let rows = run.gates * run.hidden
    func part(_ index: Int, _ size: Int) throws(EngineError) -> [Double] {
      guard let tensor = call.optional(index) else { return [Double](repeating: 0, count: size) }
      return Array(try call.reals(tensor)[(direction * size)..<((direction + 1) * size)])
    }
    weight = try part(1, rows * run.width)
    recurrence = try part(2, rows * run.hidden)
    let biases = try part(3, 2 * rows)
    bias = Array(biases[..<rows])
    recurrentBias = Array(biases[rows...])
    peephole = run.gates == 4 ? try part(7, 3 * run.hidden) : []
    let perDirection = run.activations.count / run.directions
    activations = Array(run.activations[(direction * perDirection)..<((direction + 1) * perDirection)])
    isLinearBeforeReset = (call.node.int("linear_before_reset") ?? 0) != 0
    couplesForget = (call.node.int("input_forget") ?? 0) != 0
  }

  /// `W[gate] · x + b`, for one unit of one gate.
  private func fromInput(_ gate: Int, _ unit: Int, _ input: [Double]) -> Double {
    let row = gate * run.hidden + unit
    return dot(weight, row * run.width, input) + bias[row]
  }

  private func fromState(_ gate: Int, _ unit: Int, _ state: [Double]) -> Double {
    let row = gate * run.hidden + unit
    return dot(recurrence, row * run.hidden, state) + recurrentBias[row]
  }

  private func dot(_ matrix: [Double], _ start: Int, _ vector: [Double]) -> Double {
    var sum = 0.0
    for index in vector.indices { sum += matrix[start + index] * vector[index] }
    return sum
  }

  private func clipped(_ value: Double) -> Double { run.clip.map { min(max(value, -$0), $0) } ?? value }

  private func activate(_ index: Int, _ value: Double) -> Double { activations[index].function(clipped(value)) }

  mutating func advance(_ input: [Double]) {
    let units = 0..<run.hidden
    switch run.gates {
    case 1: state = units.map { activate(0, fromInput(0, $0, input) + fromState(0, $0, state)) }
    case 3: advanceGRU(input)
    default: advanceLSTM(input)
    }
  }

  private mutating func advanceGRU(_ input: [Double]) {
    let units = 0..<run.hidden
    let update = units.map { activate(0, fromInput(0, $0, input) + fromState(0, $0, state)) }
    let reset = units.map { activate(0, fromInput(1, $0, input) + fromState(1, $0, state)) }
    let resetState = zip(reset, state).map(*)
    state = units.map { unit in
      let recurrent = isLinearBeforeReset ? reset[unit] * fromState(2, unit, state) : fromState(2, unit, resetState)
      let candidate = activate(1, fromInput(2, unit, input) + recurrent)
      return (1 - update[unit]) * candidate + update[unit] * state[unit]
    }
  }

  private mutating func advanceLSTM(_ input: [Double]) {
    let hidden = run.hidden
    let old = state
    // Gates in ONNX's order: input, output, forget, cell; peepholes: input, output, forget.
    for unit in 0..<hidden {
      func gate(_ index: Int) -> Double { fromInput(index, unit, input) + fromState(index, unit, old) }
      let enter = activate(0, gate(0) + peephole[unit] * memory[unit])
      let forget = couplesForget ? 1 - enter : activate(0, gate(2) + peephole[2 * hidden + unit] * memory[unit])
      memory[unit] = forget * memory[unit] + enter * activate(1, gate(3))
      let leave = activate(0, gate(1) + peephole[hidden + unit] * memory[unit])
      state[unit] = leave * activations[2].function(memory[unit])
    }
  }
}
