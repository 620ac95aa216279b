/// One operator application in a graph.
public struct Node: Sendable {
  /// Often empty; not an identity. Error messages use `label`.
  public var name: String
  /// Operator as ONNX writes it: `Conv`, `MatMul`.
  public var opType: String
  /// Operator set; empty for ONNX's own operators (`ai.onnx` is normalized to empty).
  public var domain: String
  /// Names of input values; an empty name is an optional input left out.
  public var inputs: [String]
  /// Names of output values; an empty name is an optional output left out.
  public var outputs: [String]
  public var attributes: [Attribute]
  var rest = Onnx_NodeProto()

  public init(
    _ opType: String, name: String = "", domain: String = "", inputs: [String], outputs: [String],
    attributes: [Attribute] = []
  ) {
    self.opType = opType
    self.name = name
    self.domain = domain
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }

  /// What a person recognises the node by: its name, or else its operator and first output.
  public var label: String { name.isEmpty ? "\(opType) → \(outputs.first ?? "?")" : name }

  /// The name of input `index`, nil when it is absent or left out.
  public func input(_ index: Int) -> String? {
    index < inputs.count && !inputs[index].isEmpty ? inputs[index] : nil
  }

  /// The name of output `index`, nil when it is absent or left out.
  public func output(_ index: Int) -> String? {
    index < outputs.count && !outputs[index].isEmpty ? outputs[index] : nil
  }

  /// Whether this is ONNX's own operator `type` (not one of the same name in another domain).
  public func isONNX(_ type: String) -> Bool { domain.isEmpty && opType == type }
}
