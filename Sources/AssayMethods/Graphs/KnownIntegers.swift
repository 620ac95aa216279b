import AssayCore
import AssayONNX

extension Graph {
  /// Turns integers that follow from constants and fixed extents (the operand of a `Reshape`, computed by `Shape`,
  /// `Slice` and `Concat`) into initializers; what only served to compute them is dead then.
  mutating func foldKnownIntegers(_ shapes: InferredShapes, _ report: inout StepReport) {
    let outputNames = Set(outputs.map(\.name))
    var folded: Set<Int> = []
    for (position, node) in nodes.enumerated() where node.domain.isEmpty && node.subgraphs.isEmpty {
      guard node.outputs.count == 1, let output = node.output(0), !outputNames.contains(output) else { continue }
      let value = shapes[output]
      guard value.elementType == .int64, let integers = value.fixedIntegers, let shape = value.fixedShape,
        shape.count <= 1, shape.reduce(1, *) == integers.count
      else { continue }
      setInitializer(output, Tensor(integers.map { Int64($0) }, shape: shape))
      folded.insert(position)
    }
    removeNodes(folded)
    guard !folded.isEmpty else { return }
    report.changed(name, "\(folded.count) nodes that compute shapes from fixed extents became initializers")
  }
}
