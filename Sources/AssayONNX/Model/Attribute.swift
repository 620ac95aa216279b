public import AssayCore

/// A named constant of a node.
public struct Attribute: Sendable {
  /// The value, by ONNX's attribute types; `other` carries types that Assay does not look into.
  public enum Value: Sendable {
    case float(Float)
    case int(Int)
    /// Usually UTF-8, by the format any bytes.
    case string([UInt8])
    case tensor(StoredTensor)
    case graph(Graph)
    case floats([Float])
    case ints([Int])
    case strings([[UInt8]])
    case tensors([StoredTensor])
    case graphs([Graph])
    /// Within a function: the value of the named attribute of the caller.
    case reference(String)
    case other
  }

  public var name: String
  public var value: Value
  var rest = Onnx_AttributeProto()
  /// The number of the type under which the value stood in a file; nil for an attribute made here.
  var readType: Int32?

  public init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  public init(_ name: String, int value: Int) { self.init(name, .int(value)) }
  public init(_ name: String, float value: Float) { self.init(name, .float(value)) }
  public init(_ name: String, ints value: [Int]) { self.init(name, .ints(value)) }
  public init(_ name: String, string value: String) { self.init(name, .string(Array(value.utf8))) }
}

/// Reading attributes by name and type; an attribute of another type counts as absent.
extension Node {
  public func attribute(_ name: String) -> Attribute.Value? { attributes.first { $0.name == name }?.value }

  public func int(_ name: String) -> Int? {
    if case .int(let value)? = attribute(name) { value } else { nil }
  }

  public func float(_ name: String) -> Float? {
    if case .float(let value)? = attribute(name) { value } else { nil }
  }

  public func ints(_ name: String) -> [Int]? {
    if case .ints(let value)? = attribute(name) { value } else { nil }
  }

  public func floats(_ name: String) -> [Float]? {
    if case .floats(let value)? = attribute(name) { value } else { nil }
  }

  public func string(_ name: String) -> String? {
    if case .string(let value)? = attribute(name) { String(decoding: value, as: UTF8.self) } else { nil }
  }

  public func tensor(_ name: String) -> Tensor? {
    if case .tensor(let value)? = attribute(name) { value.tensor } else { nil }
  }

  public func graph(_ name: String) -> Graph? {
    if case .graph(let value)? = attribute(name) { value } else { nil }
  }

  /// Every graph inside the node's attributes: branches of `If`, bodies of `Loop` and `Scan`.
  public var subgraphs: [Graph] {
    attributes.flatMap { attribute -> [Graph] in
      switch attribute.value {
      case .graph(let graph): [graph]
      case .graphs(let graphs): graphs
      default: []
      }
    }
  }

  /// Sets the attribute, replacing one of the same name.
  public mutating func set(_ attribute: Attribute) {
    attributes.removeAll { $0.name == attribute.name }
    attributes.append(attribute)
  }
}
