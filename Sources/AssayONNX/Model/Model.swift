/// An ONNX model: a graph with the operator sets it is written in.
public struct Model: Sendable {
  public var irVersion: Int
  /// Version of each operator set the model imports, by domain; ONNX's own is under the empty name.
  public var opsets: [String: Int]
  public var producerName: String
  public var producerVersion: String
  /// Free key–value notes, in file order.
  public var metadata: [(key: String, value: String)]
  public var graph: Graph
  /// Operators that the model defines itself, by domain and name.
  public let localFunctions: Set<FunctionName>
  var rest = Onnx_ModelProto()

  /// Name of a model-local function.
  public struct FunctionName: Sendable, Hashable {
    public var domain: String
    public var name: String

    public init(domain: String, name: String) {
      self.domain = domain
      self.name = name
    }
  }

  public init(graph: Graph, opset: Int = 17, irVersion: Int = 8) {
    self.irVersion = irVersion
    self.opsets = ["": opset]
    self.producerName = "assay"
    self.producerVersion = ""
    self.metadata = []
    self.graph = graph
    self.localFunctions = []
  }

  init(
    irVersion: Int, opsets: [String: Int], producerName: String, producerVersion: String,
    metadata: [(key: String, value: String)], graph: Graph, localFunctions: Set<FunctionName>, rest: Onnx_ModelProto
  ) {
    self.irVersion = irVersion
    self.opsets = opsets
    self.producerName = producerName
    self.producerVersion = producerVersion
    self.metadata = metadata
    self.graph = graph
    self.localFunctions = localFunctions
    self.rest = rest
  }

  /// Version of ONNX's own operator set (0 when the model imports none).
  public var opset: Int { opsets[""] ?? 0 }
}
