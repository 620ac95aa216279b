import AssayCore
import AssayONNX

/// A model's layers as a table.
enum ModelTable {
  /// Interface, one row for each node that computes, and totals.
  ///
  /// - Parameter estimate: What integers would bring here, a line each.
  static func text(_ model: Model, path: String, estimate: [String] = []) -> String {
    let cost = model.cost()
    let shapes = inferShapes(of: model)
    let figures = cost.figures(file_B: 0)
    var lines = ["\(path): opset \(model.opset), IR version \(model.irVersion), \(model.graph.nodes.count) nodes"]
    for input in model.graph.requiredInputs { lines.append("  input   \(interface(input))") }
    for output in model.graph.outputs { lines.append("  output  \(interface(output))") }
    lines.append("")
    var rows = [["node", "operator", "output shape", "parameters", "MACs", "nonzero MACs"]]
    for node in cost.nodes where node.parameters > 0 || (node.macs ?? 1) > 0 {
      let output = model.graph.nodes[node.index].outputs.first ?? ""
      let share = node.macs.flatMap { macs in
        node.effectiveMacs.map { macs == 0 ? "-" : percent(Double($0) / Double(macs)) }
      }
      rows.append([
        node.node, node.operatorName, shape(shapes.values[output]?.shape), "\(node.parameters)",
        node.macs.map { "\($0)" } ?? "unknown", share ?? "unknown",
      ])
    }
    lines.append(aligned(rows))
    lines.append("")
    lines.append("parameters  \(figures.parameters.map { "\($0)" } ?? "unknown")")
    if let nonzeros = figures.nonzeros, let parameters = figures.parameters, parameters > 0 {
      lines.append("nonzeros    \(nonzeros) (\(percent(Double(nonzeros) / Double(parameters))))")
    }
    lines.append("MACs        \(figures.macs.map { "\($0)" } ?? "unknown") (batch 1)")
    for name in figures.unknownOperators { lines.append("not counted \(name)") }
    for line in estimate { lines.append("int8        \(line)") }
    return lines.joined(separator: "\n")
  }

  private static func interface(_ value: ValueInfo) -> String {
    "\(value.name)  \(value.tensorType?.elementType.description ?? "?") \(shape(value.tensorType?.shape))"
  }

  private static func shape(_ shape: [Dimension]?) -> String {
    shape.map { "[" + $0.map(\.description).joined(separator: ", ") + "]" } ?? "?"
  }

  private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

  /// Columns padded to their widest cell: the first three to the left, numbers to the right.
  private static func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column < 3 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
