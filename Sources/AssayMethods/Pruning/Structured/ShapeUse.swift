import AssayCore
import AssayONNX

/// Finds out whether what is computed from the shape of a value decides about shapes alone.
///
/// Shapes of a cut model are checked; a number of channels that becomes part of a result (a sum divided by it) would
/// change it unseen.
struct ShapeUse {
  private let graph: Graph
  private let index: GraphIndex
  private let shapes: InferredShapes

  /// Operators whose operands after the first name extents or places.
  private static let layoutOperators: Set<String> = [
    "Reshape", "Expand", "Slice", "Pad", "Tile", "Resize", "Upsample", "Split", "Squeeze", "Unsqueeze",
  ]

  init(_ graph: Graph, _ index: GraphIndex, _ shapes: InferredShapes) {
    self.graph = graph
    self.index = index
    self.shapes = shapes
  }

  /// Whether the integers in `value` reach only operands that name shapes.
  func isOnlyShape(_ value: String) -> Bool {
    var (pending, seen) = ([value], Set([value]))
    while let name = pending.popLast() {
      guard !index.outputs.contains(name) else { return false }
      for position in index.consumers[name] ?? [] {
        let node = graph.nodes[position]
        guard node.domain.isEmpty, node.subgraphs.isEmpty else { return false }
        let isOperand = Self.layoutOperators.contains(node.opType) && node.input(0) != name
        if isOperand || node.opType == "ConstantOfShape" { continue }
        for output in node.outputs where !output.isEmpty {
          // Integers and truths may be computed on; numbers are results.
          switch shapes[output].elementType {
          case .int64, .int32, .bool: if seen.insert(output).inserted { pending.append(output) }
          default: return false
          }
        }
      }
    }
    return true
  }
}
