import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

/// A graph of one operator: its inputs are drawn, its constants are initializers.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  var name: String
  var model: Model
  var inputs: [String: Tensor]
  /// Whether the results can be differentiated by the drawn inputs and the floating point constants.
  var isDifferentiable = true

  var testDescription: String { name }

  /// - Parameters:
  ///   - shapes: Shapes of the drawn inputs.
  ///   - constants: Initializers, as inputs after those; nil leaves an optional input out.
  init(
    _ type: String, _ name: String = "", _ shapes: [[Int]], in range: ClosedRange<Float> = -2...2,
    constants: [Tensor?] = [], _ attributes: [Attribute] = [], opset: Int = 17, outputs: Int = 1, domain: String = "",
    differentiable: Bool = true
  ) {
    self.name = name.isEmpty ? type : "\(type) \(name)"
    var generator = SeededGenerator(seed: UInt64(self.name.utf8.reduce(7) { ($0 * 31 + Int($1)) % 1_000_003 }))
    var builder = GraphBuilder()
    inputs = [:]
    var names: [String] = []
    for (index, shape) in shapes.enumerated() {
      names.append(builder.input("x\(index)", shape))
      inputs["x\(index)"] = generator.tensor(shape, in: range)
    }
    for (index, tensor) in constants.enumerated() {
      names.append(tensor.map { builder.constant($0, name: "c\(index)") } ?? "")
    }
    let results = builder.node(type, names, attributes, outputCount: outputs, domain: domain)
    model = builder.model(outputs: results, opset: opset, domains: domain.isEmpty ? [:] : [domain: 1])
    isDifferentiable = differentiable
  }
}

/// Drawn weights.
func weights(_ shape: [Int], seed: UInt64, in range: ClosedRange<Float> = -1...1) -> Tensor {
  var generator = SeededGenerator(seed: seed)
  return generator.tensor(shape, in: range)
}

func ints(_ values: Int64...) -> Tensor { Tensor(values, shape: [values.count]) }
func scalar(_ value: Float) -> Tensor { Tensor(scalar: value) }
func floats(_ values: Float...) -> Tensor { Tensor(values, shape: [values.count]) }

extension Attribute {
  static func ints(_ name: String, _ values: Int...) -> Attribute { Attribute(name, ints: values) }
  static func int(_ name: String, _ value: Int) -> Attribute { Attribute(name, int: value) }
  static func float(_ name: String, _ value: Float) -> Attribute { Attribute(name, float: value) }
  static func text(_ name: String, _ value: String) -> Attribute { Attribute(name, string: value) }
  static func texts(_ name: String, _ values: String...) -> Attribute {
    Attribute(name, .strings(values.map { Array($0.utf8) }))
  }
  static func floats(_ name: String, _ values: Float...) -> Attribute { Attribute(name, .floats(values)) }
}
