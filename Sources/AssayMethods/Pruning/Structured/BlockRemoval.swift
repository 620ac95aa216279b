import AssayCore
import AssayONNX

/// Takes residual blocks out whose removal changes the outputs least.
///
/// A block is what lies between a value and the sum that adds it again: y = x + f(x). It is removed by letting x take
/// the place of y. The blocks go one after the other; before each, every block that is left is taken out for trial and
/// the relative squared error of the model's outputs on the calibration data measured, Σ(ŷ−y)²/Σy².
///
/// - Complexity: k·b runs over the calibration data for k of b blocks.
struct BlockRemoval {
  let ratio: Double
  let filter: NameFilter

  /// A block, by the node that adds its input again.
  private struct Block {
    var sum: Int
    var label: String
    var shortcut: String
    var output: String
    /// Nodes of the block's own.
    var size: Int
  }

  func apply(to model: Model, from source: any ActivationSource) throws(MethodError) -> Rewrite {
    var report = StepReport(step: "prune")
    let (found, skips) = Self.blocks(of: model)
    report.skips = skips
    try filter.check(against: found.map(\.label) + skips.map(\.node))
    var candidates: Set<String> = []
    for block in found {
      if let reason = filter.reasonAgainst([block.label]) {
        report.skipped(block.label, reason)
      } else {
        candidates.insert(block.label)
      }
    }
    let total = candidates.count
    let goal = Int((ratio * Double(total)).rounded())
    var model = model
    if goal > 0 {
      let reference = try outputs(of: model, model.graph.outputs.map(\.name), source)
      for _ in 0..<goal {
        guard let (next, block, error) = try cheapest(of: model, among: candidates, reference, source) else { break }
        let removed = model.graph.nodes.count - next.graph.nodes.count
        model = next
        candidates.remove(block.label)
        report.changed(
          block.label,
          "block removed with \(removed) nodes: '\(block.shortcut)' takes the place of '\(block.output)'; relative squared "
            + "error of the outputs so far \(Self.text(error))")
      }
    }
    if found.isEmpty {
      report.notes.append("no sum adds a value to what is computed from it: there is no residual block")
    }
    report.notes.append(
      "\(report.changes.count) of \(total) residual blocks removed, the least missed first, on \(source.rowCount) rows")
    return Rewrite(model: model, report: report)
  }

  private static func text(_ error: Double) -> String {
    error < 1e9 ? "\((error * 10_000).rounded() / 10_000)" : "beyond measure"
  }

  // MARK: Finding

  private static func blocks(of model: Model) -> (found: [Block], skips: [StepReport.Entry]) {
    let graph = model.graph
    let index = GraphIndex(graph)
    let shapes = inferShapes(of: model)
    var (found, skips) = ([Block](), [StepReport.Entry]())
    for (position, node) in graph.nodes.enumerated()
    where (node.isONNX("Add") || node.isONNX("Sum")) && node.inputs.count == 2 {
      guard let output = node.output(0), node.inputs.allSatisfy({ graph.initializer($0) == nil && !$0.isEmpty }),
        node.inputs[0] != node.inputs[1], shapes[output].elementType == .float
      else { continue }
      var block: Block?
      for side in 0...1 {
        let (shortcut, branch) = (node.inputs[side], node.inputs[1 - side])
        guard let size = distance(from: branch, to: shortcut, graph, index) else { continue }
        block = Block(sum: position, label: node.label, shortcut: shortcut, output: output, size: size)
      }
      guard let block else {
        skips.append(
          .init(node: node.label, text: "no operand is computed from the other alone: its shortcut has weights"))
        continue
      }
      guard let shape = shapes[block.shortcut].shape, shape == shapes[output].shape, !shape.contains(.unknown) else {
        skips.append(.init(node: node.label, text: "the block changes the shape"))
        continue
      }
      guard !index.outputs.contains(output) else {
        skips.append(.init(node: node.label, text: "its sum is an output of the model"))
        continue
      }
      found.append(block)
    }
    return (found, skips)
  }

  /// Nodes between a value and one it is computed from; nil when it is not.
  private static func distance(from value: String, to source: String, _ graph: Graph, _ index: GraphIndex) -> Int? {
    let limit = index.producer[source] ?? -1
    var (pending, seen, reaches) = ([value], Set<Int>(), false)
    while let name = pending.popLast() {
      if name == source {
        reaches = true
        continue
      }
      // Nodes stand in order, so that nothing before the source's maker can depend on it.
      guard let maker = index.producer[name], maker > limit, seen.insert(maker).inserted else { continue }
      pending += graph.nodes[maker].inputs.filter { !$0.isEmpty }
    }
    return reaches ? seen.count : nil
  }

  // MARK: Judging

  private func cheapest(
    of model: Model, among labels: Set<String>, _ reference: [[Float]], _ source: any ActivationSource
  ) throws(MethodError) -> (model: Model, block: Block, error: Double)? {
    var best: (model: Model, block: Block, error: Double)?
    for block in Self.blocks(of: model).found where labels.contains(block.label) {
      var trial = model
      trial.graph.removeNodes([block.sum])
      trial.graph.replaceUses([block.output: block.shortcut])
      _ = trial.graph.removeDead()
      guard trial.graph.requiredInputs.map(\.name) == model.graph.requiredInputs.map(\.name) else { continue }
      let answers = try outputs(of: trial, model.graph.outputs.map(\.name), source)
      let error = Self.relativeError(answers, reference)
      if error < best?.error ?? .infinity { best = (trial, block, error) }
    }
    return best
  }

  /// All answers on the calibration data, by output.
  private func outputs(
    of model: Model, _ names: [String], _ source: any ActivationSource
  ) throws(MethodError) -> [[Float]] {
    var answers = [[Float]](repeating: [], count: names.count)
    try source.observe(model, values: names) { batch throws(MethodError) in
      for (position, tensor) in batch.enumerated() where position < answers.count {
        guard let values = tensor.floatValues() else {
          throw MethodError(.calibration, "the output is \(tensor.elementType)", at: Place(node: names[position]))
        }
        answers[position] += values
      }
    }
    guard answers.allSatisfy({ !$0.isEmpty }) else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
    return answers
  }

  /// The mean over the outputs of Σ(ŷ−y)²/Σy²; infinite where an answer is no number.
  private static func relativeError(_ answers: [[Float]], _ reference: [[Float]]) -> Double {
    var sum = 0.0
    for (a, b) in zip(answers, reference) {
      guard a.count == b.count else { return .infinity }
      var (error, power) = (0.0, 0.0)
      for index in a.indices {
        let difference = Double(a[index]) - Double(b[index])
        error += difference * difference
        power += Double(b[index]) * Double(b[index])
      }
      guard error.isFinite else { return .infinity }
      sum += error == 0 ? 0 : error / max(power, .leastNormalMagnitude)
    }
    return sum / Double(max(reference.count, 1))
  }
}
