public import AssayCore
public import AssayONNX

/// Builds small graphs in the order in which a person would draw them.
///
/// ```swift
/// var graph = GraphBuilder()
/// let x = graph.input("x", [1, 3, 8, 8])
/// let w = graph.constant(generator.tensor([4, 3, 3, 3]))
/// let y = graph.node("Conv", [x, w], [Attribute("pads", ints: [1, 1, 1, 1])])
/// let model = graph.model(outputs: [y])
/// ```
public struct GraphBuilder {
  private var graph = Graph(name: "test")
  private var count = 0

  public init() {}

  /// Adds an input of fixed extents and returns its name.
  @discardableResult
  public mutating func input(_ name: String, _ shape: [Int], _ elementType: ElementType = .float) -> String {
    input(name, dimensions: shape.map { .fixed($0) }, elementType)
  }

  /// Adds an input whose extents may be symbolic, or of unknown rank.
  @discardableResult
  public mutating func input(_ name: String, dimensions: [Dimension]?, _ elementType: ElementType = .float) -> String {
    graph.inputs.append(ValueInfo(name: name, elementType: elementType, shape: dimensions))
    return name
  }

  /// Adds an initializer and returns its name.
  public mutating func constant(_ tensor: Tensor, name: String? = nil) -> String {
    let name = name ?? fresh("constant")
    graph.setInitializer(name, tensor)
    return name
  }

  /// Adds an initializer of 64-bit integers, as shapes and axes are given.
  public mutating func constant(ints: [Int], name: String? = nil) -> String {
    constant(Tensor(ints.map { Int64($0) }, shape: [ints.count]), name: name)
  }

  /// Adds a node with one output and returns the output's name.
  @discardableResult
  public mutating func node(
    _ type: String, _ inputs: [String], _ attributes: [Attribute] = [], name: String? = nil, domain: String = "",
    output: String? = nil
  ) -> String {
    let output = output ?? fresh(type.lowercased())
    graph.nodes.append(
      Node(
        type, name: name ?? "\(type)_\(count)", domain: domain, inputs: inputs, outputs: [output],
        attributes: attributes))
    count += 1
    return output
  }

  /// Adds a node with several outputs and returns their names.
  @discardableResult
  public mutating func node(
    _ type: String, _ inputs: [String], _ attributes: [Attribute] = [], outputCount: Int, domain: String = ""
  ) -> [String] {
    let outputs = (0..<outputCount).map { _ in fresh(type.lowercased()) }
    graph.nodes.append(
      Node(
        type, name: "\(type)_\(count)", domain: domain, inputs: inputs, outputs: outputs, attributes: attributes))
    count += 1
    return outputs
  }

  /// The model with those outputs, by default of unknown shape.
  ///
  /// Make the nodes before: in `graph.model(outputs: [graph.node(...)])` the model is taken without that node.
  public func model(
    outputs: [String], elementType: ElementType = .float, shape: [Dimension]? = nil, opset: Int = 17,
    domains: [String: Int] = [:]
  ) -> Model {
    var graph = graph
    graph.outputs = outputs.map { ValueInfo(name: $0, elementType: elementType, shape: shape) }
    var model = Model(graph: graph, opset: opset)
    for (domain, version) in domains { model.opsets[domain] = version }
    return model
  }

  private mutating func fresh(_ stem: String) -> String {
    defer { count += 1 }
    return "\(stem)_\(count)"
  }
}

extension Model {
  /// A model of one operator: inputs by name and shape, constants after them, one output named `y`.
  public static func ofOneOperator(
    _ type: String, inputs: [(name: String, shape: [Int])], constants: [Tensor] = [], attributes: [Attribute] = [],
    opset: Int = 17
  ) -> Model {
    var builder = GraphBuilder()
    var names = inputs.map { builder.input($0.name, $0.shape) }
    for tensor in constants { names.append(builder.constant(tensor)) }
    let output = builder.node(type, names, attributes, output: "y")
    return builder.model(outputs: [output], opset: opset)
  }
}
