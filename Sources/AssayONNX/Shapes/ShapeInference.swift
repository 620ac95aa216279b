import AssayCore

/// Infers element types and shapes of all values, and the integers that shapes are computed from.
///
/// Pure; subgraphs are not entered, and the outputs of control flow are unknown. Annotations in the file
/// (`value_info`) are not used, because an edited graph leaves them behind; declared outputs are compared.
///
/// - Parameters:
///   - dimensions: Extents for symbolic dimensions: `["N": 1]`.
///   - inputs: Shapes that take the place of those that the model declares, by name of the input.
/// - Complexity: O(n) in the number of nodes, for graphs of bounded rank.
public func inferShapes(
  of model: Model, dimensions: [String: Int] = [:], inputs: [String: [Int]] = [:]
) -> InferredShapes {
  var inference = ShapeInference(model: model, dimensions: dimensions)
  inference.setInputs(overrides: inputs)
  for index in TopologicalOrder.indices(of: model.graph) { inference.visit(model.graph.nodes[index]) }
  inference.compareOutputs()
  return InferredShapes(
    values: inference.values, unknownOperators: inference.unknownOperators,
    contradictions: inference.contradictions)
}

/// Larger extents cannot be of this world; below it sums of a few do not overflow.
let largestExtent = 1 << 48

private struct ShapeInference {
  let model: Model
  let dimensions: [String: Int]
  var values: [String: InferredValue] = [:]
  var unknownOperators: [(node: String, operatorName: String)] = []
  var contradictions: [ONNXError] = []

  /// Integers and numbers of larger constants are not followed: they are data, not shapes.
  private static let largestFollowed = 1024

  init(model: Model, dimensions: [String: Int]) {
    self.model = model
    self.dimensions = dimensions
  }

  mutating func setInputs(overrides: [String: [Int]]) {
    for input in model.graph.inputs {
      var value = InferredValue(input.tensorType?.elementType, input.tensorType?.shape.map(substituted))
      if let shape = overrides[input.name] {
        if let declared = value.shape, declared.count != shape.count {
          contradict(input.name, "the input has rank \(declared.count), but a shape of rank \(shape.count) was given")
        }
        value.shape = shape.map { .fixed($0) }
      }
      if value.shape?.contains(where: { $0.value.map { $0 < 0 || $0 > largestExtent } ?? false }) == true {
        contradict(input.name, "the input has the impossible shape \(value.shape?.text ?? "")")
        value.shape = nil
      }
      values[input.name] = value
    }
    for initializer in model.graph.initializers {
      let declared = model.graph.inputs.isEmpty ? nil : values[initializer.name]
      let value =
        initializer.tensor.map(ConstantShapes.followed) ?? InferredValue(nil, initializer.shape.map { .fixed($0) })
      values[initializer.name] = value
      if let shape = declared?.shape, let actual = value.shape, !compatible(shape, actual) {
        contradict(
          initializer.name, "the initializer has shape \(actual.text), but the input of that name says \(shape.text)")
      }
    }
  }

  private func substituted(_ shape: [Dimension]) -> [Dimension] {
    shape.map { dimension in
      if case .symbolic(let name) = dimension, let value = dimensions[name] { .fixed(value) } else { dimension }
    }
  }

  mutating func visit(_ node: Node) {
    let inputs = node.inputs.map { $0.isEmpty ? InferredValue() : values[$0] ?? InferredValue() }
    guard !model.localFunctions.contains(Model.FunctionName(domain: node.domain, name: node.opType)),
      let rule = OperatorTable.entry(domain: node.domain, type: node.opType)
    else {
      unknownOperators.append((node.label, node.qualifiedType))
      return
    }
    let call = ShapeCall(node: node, version: model.opsets[node.domain] ?? 1, inputs: inputs)
    do {
      for (name, value) in zip(node.outputs, try rule.shapes(call)) where !name.isEmpty {
        values[name] = try plausible(value)
      }
    } catch {
      if case .contradiction(let text) = error { contradict(node.label, "\(node.qualifiedType): \(text)") }
    }
  }

  private func plausible(_ value: InferredValue) throws(ShapeProblem) -> InferredValue {
    var value = value
    if let shape = value.shape {
      for case .fixed(let extent) in shape where extent < 0 || extent > largestExtent {
        throw .contradiction("the output would have the impossible shape \(shape.text)")
      }
    }
    if let integers = value.integers, integers.count > Self.largestFollowed { value.integers = nil }
    if let numbers = value.numbers, numbers.count > Self.largestFollowed { value.numbers = nil }
    return value
  }

  mutating func compareOutputs() {
    for output in model.graph.outputs {
      guard let declared = output.tensorType, let value = values[output.name] else { continue }
      if let type = value.elementType, type != declared.elementType {
        contradict(output.name, "the output is declared as \(declared.elementType), but it is \(type)")
      }
      // A caller who gives other extents than the file declares knows that outputs change with them.
      guard let shape = declared.shape.map(substituted), let actual = value.shape, !compatible(shape, actual) else {
        continue
      }
      contradict(output.name, "the output is declared with shape \(shape.text), but it has \(actual.text)")
    }
  }

  private func compatible(_ a: [Dimension], _ b: [Dimension]) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { x, y in
        guard let x = x.value, let y = y.value else { return true }
        return x == y
      }
  }

  private mutating func contradict(_ node: String, _ text: String) {
    contradictions.append(
      ONNXError(
        .invalidGraph, text, at: Place(node: node),
        remedy: "correct the shapes and export the model again"))
  }
}

extension Node {
  /// `Conv`, or `com.microsoft:FusedConv` outside ONNX's own operator set.
  public var qualifiedType: String { domain.isEmpty ? opType : "\(domain):\(opType)" }
}
