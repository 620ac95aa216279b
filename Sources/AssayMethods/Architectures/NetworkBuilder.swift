import AssayCore
import AssayONNX

/// Builds a network layer by layer: each goes on from the value that the last one made.
///
/// The input is named `input`, the output `logits`; the first axis of both is the batch `N`.
public struct NetworkBuilder: Sendable {
  let options: ArchitectureOptions
  /// Logits of the last layer.
  let outputs: Int
  /// Name of the value that the last layer made.
  var value = "input"
  /// Its extents without the batch axis.
  var shape: [Int]
  private var graph: Graph
  private var counts: [String: Int] = [:]
  private var generator: SeededGenerator

  /// More weights than this in one layer are a mistake in the suite rather than a network.
  private static let mostElements = 1 << 28

  init(
    name: String, example: [Int], outputs: Int, options: ArchitectureOptions, generator: SeededGenerator
  ) throws(MethodError) {
    guard !example.isEmpty, example.allSatisfy({ $0 > 0 }), outputs > 0, outputs <= 1 << 20 else {
      throw MethodError(.training, "no network has examples of shape \(example) and \(outputs) outputs")
    }
    var product = 1
    for extent in example {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow, next <= Self.mostElements else {
        throw MethodError(.training, "examples of shape \(example) are too large for a network")
      }
      product = next
    }
    self.options = options
    self.outputs = outputs
    self.shape = example
    self.generator = generator
    graph = Graph(name: name)
    graph.inputs = [
      ValueInfo(name: "input", elementType: .float, shape: [.symbolic("N")] + example.map { .fixed($0) })
    ]
  }

  func model() -> Model {
    var graph = graph
    graph.outputs = [
      ValueInfo(name: value, elementType: .float, shape: [.symbolic("N")] + shape.map { .fixed($0) })
    ]
    return Model(graph: graph, opset: 17, irVersion: 8)
  }

  // MARK: pieces

  /// Adds a node that goes on from here and returns the name of its value, `output` where given.
  @discardableResult
  mutating func node(
    _ type: String, _ inputs: [String], _ attributes: [Attribute] = [], name: String? = nil, output: String? = nil
  ) -> String {
    let name = name ?? layer(stem: type.lowercased())
    value = output ?? "\(name).out"
    graph.nodes.append(Node(type, name: name, inputs: inputs, outputs: [value], attributes: attributes))
    return value
  }

  /// Adds a node with several values, named as given; empty names are left out.
  mutating func node(
    _ type: String, _ inputs: [String], _ attributes: [Attribute] = [], name: String, outputs: [String]
  ) {
    graph.nodes.append(Node(type, name: name, inputs: inputs, outputs: outputs, attributes: attributes))
    value = outputs.last { !$0.isEmpty } ?? value
  }

  mutating func constant(_ name: String, _ tensor: Tensor) -> String {
    graph.setInitializer(name, tensor)
    return name
  }

  mutating func constant(_ name: String, ints: [Int]) -> String {
    constant(name, Tensor(ints.map { Int64($0) }, shape: [ints.count]))
  }

  /// A number without axes, which nothing trains.
  mutating func scalar(_ name: String, _ number: Float) -> String { constant(name, Tensor(scalar: number)) }

  /// `stem1`, `stem2`, in order.
  mutating func layer(stem: String) -> String {
    counts[stem, default: 0] += 1
    return "\(stem)\(counts[stem] ?? 0)"
  }

  /// Start values of a weight.
  ///
  /// - Parameter isHidden: Whether the activation follows; Glorot's values otherwise.
  mutating func weight(
    _ name: String, _ shape: [Int], fanIn: Int, fanOut: Int, isHidden: Bool = true
  ) throws(MethodError) -> String {
    var count = 1
    for extent in shape {
      let (next, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, next <= Self.mostElements else {
        throw MethodError(
          .training, "the weight '\(name)' of shape \(shape) is too large", remedy: "give smaller widths")
      }
      count = next
    }
    let own: Initialization = isHidden && options.activation.isRectifier ? .he : .glorot
    return constant(
      name, (options.initialization ?? own).tensor(shape, fanIn: fanIn, fanOut: fanOut, &generator))
  }

  mutating func zeros(_ name: String, _ count: Int) -> String {
    constant(name, Tensor([Float](repeating: 0, count: count), shape: [count]))
  }

  /// An own width of an architecture, times the factor asked for.
  func scaled(_ width: Int) -> Int { max(1, Int((Double(width) * options.width).rounded())) }
}
