public import AssayCore
public import AssayONNX

/// Writes what can be said in several ways in the one way that later steps and engines know best.
public struct Canonicalize: Method {
  public static let description = MethodDescription(
    name: "canonicalize",
    summary:
      "writes MatMul + Add as Gemm, takes factors out of Gemm, computes layouts of constants beforehand and joins "
      + "transposes",
    source: "identities of linear algebra: αAB+βC = A(αB)+(βC); a transpose of a transpose is one transpose",
    options: [])

  public init(_ options: StepOptions) {}

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    var model = model
    try model.graph.checkOperands()
    var report = StepReport(step: "canonicalize")
    guard model.opset >= 7 else {
      report.notes.append("opset \(model.opset) broadcasts by attributes; nothing is rewritten before opset 7")
      return Rewrite(model: model, report: report)
    }
    model.graph.foldConstantLayouts(isConstantByDefault: model.irVersion >= 4, &report)
    model.graph.joinTransposes(&report)
    model.graph.writeSumsAsAdditions(&report)
    model.graph.writeProductsAsGemm(inferShapes(of: model), &report)
    model.graph.takeFactorsOutOfGemm(&report)
    for node in model.graph.removeDead().nodes { report.changed(node.label, "removed: no output depends on it") }
    return Rewrite(model: model, report: report)
  }
}

extension Graph {
  /// Computes `Reshape`, `Flatten`, `Squeeze`, `Unsqueeze`, `Transpose` and `Identity` of constants.
  mutating func foldConstantLayouts(isConstantByDefault: Bool, _ report: inout StepReport) {
    guard isConstantByDefault || inputs.count == requiredInputs.count else { return }
    let outputNames = Set(outputs.map(\.name))
    var folded: Set<Int> = []
    for (position, node) in nodes.enumerated() where node.domain.isEmpty {
      guard let name = node.input(0), let output = node.output(0), !outputNames.contains(output),
        let tensor = constant(name), let result = layout(of: tensor, by: node)
      else { continue }
      setInitializer(output, result)
      folded.insert(position)
      report.changed(node.label, "\(node.opType) of the constant '\(name)' computed beforehand")
    }
    removeNodes(folded)
  }

  private func layout(of tensor: Tensor, by node: Node) -> Tensor? {
    let shape = tensor.shape
    func resolved(_ axes: [Int], rank: Int) -> Set<Int>? {
      let result = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
      return result.allSatisfy { 0..<rank ~= $0 } && result.count == axes.count ? result : nil
    }
    func reshaped(_ extents: [Int]) -> Tensor? {
      guard checkedCount(extents) == tensor.count else { return nil }
      return tensor.reshaped(extents)
    }
    switch node.opType {
    case "Identity": return tensor
    case "Transpose": return tensor.transposed(node.ints("perm") ?? shape.indices.reversed())
    case "Flatten":
      let axis = node.int("axis") ?? 1
      let split = axis < 0 ? axis + shape.count : axis
      guard 0...shape.count ~= split else { return nil }
      return reshaped([shape[..<split].reduce(1, *), shape[split...].reduce(1, *)])
    case "Reshape":
      guard var extents = intConstant(node.input(1)), node.int("allowzero") ?? 0 == 0 else { return nil }
      for axis in extents.indices where extents[axis] == 0 {
        guard axis < shape.count else { return nil }
        extents[axis] = shape[axis]
      }
      if let open = extents.firstIndex(of: -1) {
        extents[open] = 1
        guard let known = checkedCount(extents), known > 0 else { return nil }
        extents[open] = tensor.count / known
      }
      return reshaped(extents)
    case "Squeeze":
      guard let given = node.ints("axes") ?? intConstant(node.input(1)), let axes = resolved(given, rank: shape.count)
      else { return nil }
      return reshaped(shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
    case "Unsqueeze":
      guard let given = node.ints("axes") ?? intConstant(node.input(1)),
        let axes = resolved(given, rank: shape.count + given.count)
      else { return nil }
      var rest = shape[...]
      return reshaped((0..<(shape.count + given.count)).map { axes.contains($0) ? 1 : rest.popFirst() ?? 1 })
    default: return nil
    }
  }

  /// Makes one transpose of two in a row, or none where they cancel.
  mutating func joinTransposes(_ report: inout StepReport) {
    let index = GraphIndex(self)
    var (removed, replacements) = (Set<Int>(), [String: String]())
    for (position, node) in nodes.enumerated() where node.isONNX("Transpose") {
      guard let outer = node.ints("perm"), outer.sorted() == Array(outer.indices) else { continue }
      var (order, source) = (outer, nodes[position].inputs[0])
      if let maker = index.producer[source], nodes[maker].isONNX("Transpose"), let inner = nodes[maker].ints("perm"),
        inner.count == outer.count, inner.sorted() == outer.sorted()
      {
        order = outer.map { inner[$0] }
        source = nodes[maker].inputs[0]
        nodes[position].inputs[0] = source
        nodes[position].set(Attribute("perm", ints: order))
        report.changed(node.label, "joined with the transpose '\(nodes[maker].label)' before it")
      }
      if order == Array(order.indices), !index.outputs.contains(node.outputs[0]) {
        replacements[node.outputs[0]] = source
        removed.insert(position)
        report.changed(node.label, "removed: it leaves the order of the axes as it is")
      }
    }
    replaceUses(replacements)
    removeNodes(removed)
  }

  /// Writes `Sum` of two values as `Add`, for which engines have integer kernels.
  mutating func writeSumsAsAdditions(_ report: inout StepReport) {
    for position in nodes.indices where nodes[position].isONNX("Sum") && nodes[position].inputs.count == 2 {
      nodes[position].opType = "Add"
      report.changed(nodes[position].label, "Sum of two values written as Add")
    }
  }
}

/// The number of elements of a shape; nil when it is negative or too large to be one.
///
/// Extents may be zero, but not stand beside others whose product alone overflows.
private func checkedCount(_ extents: [Int]) -> Int? {
  var count = 1
  for extent in extents {
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    guard extent >= 0, !overflow else { return nil }
    count = product
  }
  return count
}
