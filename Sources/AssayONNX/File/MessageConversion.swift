import AssayCore
import FoundationEssentials

/// Between protobuf messages and the values of the graph. What a value does not model stays in its `rest`.
///
/// Scalar fields stay in `rest` too and are set again only where they changed: a file that spells out an empty name, or
/// leaves out a zero, is written back that way.
extension Graph {
  init(_ proto: Onnx_GraphProto, initializers: [StoredTensor], external: inout ExternalDataReader) throws(ONNXError) {
    var nodes: [Node] = []
    nodes.reserveCapacity(proto.node.count)
    for node in proto.node { nodes.append(try Node(node, external: &external)) }
    self.init(
      name: proto.name, nodes: nodes, inputs: proto.input.map(ValueInfo.init),
      outputs: proto.output.map(ValueInfo.init),
      valueInfos: proto.valueInfo.map(ValueInfo.init), initializers: initializers)
    rest = proto
    rest.node = []
    rest.initializer = []
    rest.input = []
    rest.output = []
    rest.valueInfo = []
  }

  /// The message without its initializers, which the writer streams.
  func protoWithoutInitializers() -> Onnx_GraphProto {
    var proto = rest
    if proto.name != name { proto.name = name }
    proto.node = nodes.map { $0.proto() }
    proto.input = inputs.map { $0.proto() }
    proto.output = outputs.map { $0.proto() }
    proto.valueInfo = valueInfos.map { $0.proto() }
    return proto
  }

  /// The whole message, for graphs inside attributes.
  fileprivate func proto() -> Onnx_GraphProto {
    var proto = protoWithoutInitializers()
    proto.initializer = initializers.map { $0.proto() }
    return proto
  }

  /// A graph inside an attribute.
  fileprivate init(inner proto: Onnx_GraphProto, external: inout ExternalDataReader) throws(ONNXError) {
    var initializers: [StoredTensor] = []
    for tensor in proto.initializer {
      initializers.append(try StoredTensor(tensor, raw: nil, external: &external))
    }
    try self.init(proto, initializers: initializers, external: &external)
  }
}

extension Node {
  fileprivate init(_ proto: Onnx_NodeProto, external: inout ExternalDataReader) throws(ONNXError) {
    var attributes: [Attribute] = []
    for attribute in proto.attribute {
      do {
        attributes.append(try Attribute(attribute, external: &external))
      } catch {
        throw error.located(
          at: Place(node: proto.name.isEmpty ? "\(proto.opType) → \(proto.output.first ?? "?")" : proto.name))
      }
    }
    self.init(
      proto.opType, name: proto.name, domain: canonicalDomain(proto.domain), inputs: proto.input, outputs: proto.output,
      attributes: attributes)
    rest = proto
    rest.attribute = []
    rest.input = []
    rest.output = []
  }

  fileprivate func proto() -> Onnx_NodeProto {
    var proto = rest
    proto.input = inputs
    proto.output = outputs
    if proto.name != name { proto.name = name }
    if proto.opType != opType { proto.opType = opType }
    if canonicalDomain(proto.domain) != domain { proto.domain = domain }
    proto.attribute = attributes.map { $0.proto() }
    return proto
  }
}

/// Numbers of `AttributeProto.AttributeType`.
private enum AttributeType {
  static let float: Int32 = 1
  static let int: Int32 = 2
  static let string: Int32 = 3
  static let tensor: Int32 = 4
  static let graph: Int32 = 5
  static let floats: Int32 = 6
  static let ints: Int32 = 7
  static let strings: Int32 = 8
  static let tensors: Int32 = 9
  static let graphs: Int32 = 10
}

extension Attribute {
  fileprivate init(_ proto: Onnx_AttributeProto, external: inout ExternalDataReader) throws(ONNXError) {
    let value: Value
    // Files of IR version 1 leave the type out; the field that is there tells it.
    let type = proto.hasType ? proto.type : Self.guessedType(proto)
    if proto.hasRefAttrName, !proto.refAttrName.isEmpty {
      value = .reference(proto.refAttrName)
    } else {
      switch type {
      case AttributeType.float: value = .float(proto.f)
      case AttributeType.int: value = .int(Int(proto.i))
      case AttributeType.string: value = .string(Array(proto.s))
      case AttributeType.tensor: value = .tensor(try StoredTensor(proto.t, raw: nil, external: &external))
      case AttributeType.graph: value = .graph(try Graph(inner: proto.g, external: &external))
      case AttributeType.floats: value = .floats(proto.floats)
      case AttributeType.ints: value = .ints(proto.ints.map { Int($0) })
      case AttributeType.strings: value = .strings(proto.strings.map { Array($0) })
      case AttributeType.tensors:
        var tensors: [StoredTensor] = []
        for tensor in proto.tensors { tensors.append(try StoredTensor(tensor, raw: nil, external: &external)) }
        value = .tensors(tensors)
      case AttributeType.graphs:
        var graphs: [Graph] = []
        for graph in proto.graphs { graphs.append(try Graph(inner: graph, external: &external)) }
        value = .graphs(graphs)
      default: value = .other
      }
    }
    self.init(proto.name, value)
    rest = proto
    readType = typeNumber
    rest.clearMovedValue(typeNumber)
  }

  private static func guessedType(_ proto: Onnx_AttributeProto) -> Int32 {
    if proto.hasF { return AttributeType.float }
    if proto.hasI { return AttributeType.int }
    if proto.hasS { return AttributeType.string }
    if proto.hasT { return AttributeType.tensor }
    if proto.hasG { return AttributeType.graph }
    if !proto.floats.isEmpty { return AttributeType.floats }
    if !proto.ints.isEmpty { return AttributeType.ints }
    if !proto.strings.isEmpty { return AttributeType.strings }
    if !proto.tensors.isEmpty { return AttributeType.tensors }
    if !proto.graphs.isEmpty { return AttributeType.graphs }
    return 0
  }

  /// The number of the value's type; nil for a reference, whose type is the caller's, and for types not looked into.
  private var typeNumber: Int32? {
    switch value {
    case .float: AttributeType.float
    case .int: AttributeType.int
    case .string: AttributeType.string
    case .tensor: AttributeType.tensor
    case .graph: AttributeType.graph
    case .floats: AttributeType.floats
    case .ints: AttributeType.ints
    case .strings: AttributeType.strings
    case .tensors: AttributeType.tensors
    case .graphs: AttributeType.graphs
    case .reference, .other: nil
    }
  }

  fileprivate func proto() -> Onnx_AttributeProto {
    var proto = rest
    if proto.name != name { proto.name = name }
    // What a file left out, a zero for example, stays out, unless the attribute is new or of another type now.
    let isNew = typeNumber != readType || readType == nil
    if isNew, let type = typeNumber {
      proto.clearKnownValues()
      proto.type = type
    }
    switch value {
    case .float(let value):
      if isNew || proto.f.bitPattern != value.bitPattern { proto.f = value }
    case .int(let value):
      if isNew || proto.i != Int64(value) { proto.i = Int64(value) }
    case .string(let value):
      if isNew || !proto.s.elementsEqual(value) { proto.s = Data(value) }
    case .tensor(let value): proto.t = value.proto()
    case .graph(let value): proto.g = value.proto()
    case .floats(let values): proto.floats = values
    case .ints(let values): proto.ints = values.map { Int64($0) }
    case .strings(let values): proto.strings = values.map { Data($0) }
    case .tensors(let values): proto.tensors = values.map { $0.proto() }
    case .graphs(let values): proto.graphs = values.map { $0.proto() }
    case .reference(let name):
      if proto.refAttrName != name { proto.refAttrName = name }
    case .other: break
    }
    return proto
  }
}

extension Onnx_AttributeProto {
  /// Leaves only documentation and fields unknown here.
  fileprivate mutating func clearKnownValues() {
    clearF()
    clearI()
    clearS()
    for type in [AttributeType.tensor, AttributeType.graph] { clearMovedValue(type) }
    (floats, ints, strings, tensors, graphs) = ([], [], [], [], [])
    clearRefAttrName()
  }

  /// Takes out the value that a Swift value stands for now; scalars are too small to matter.
  fileprivate mutating func clearMovedValue(_ type: Int32?) {
    switch type {
    case AttributeType.tensor: clearT()
    case AttributeType.graph: clearG()
    case AttributeType.floats: floats = []
    case AttributeType.ints: ints = []
    case AttributeType.strings: strings = []
    case AttributeType.tensors: tensors = []
    case AttributeType.graphs: graphs = []
    default: break
    }
  }
}

extension ValueInfo {
  fileprivate init(_ proto: Onnx_ValueInfoProto) {
    var type: TensorType?
    if proto.hasType, proto.type.hasTensorType,
      let element = ElementType(rawValue: proto.type.tensorType.elemType)
    {
      let shape: [Dimension]? =
        proto.type.tensorType.hasShape
        ? proto.type.tensorType.shape.dim.map { dimension in
          if dimension.hasDimValue, dimension.dimValue >= 0 { return .fixed(Int(dimension.dimValue)) }
          if dimension.hasDimParam, !dimension.dimParam.isEmpty { return .symbolic(dimension.dimParam) }
          return .unknown
        } : nil
      type = TensorType(elementType: element, shape: shape)
    }
    self.init(name: proto.name, tensorType: type, rest: proto)
  }

  fileprivate func proto() -> Onnx_ValueInfoProto {
    // An untouched entry goes back as it came, with the denotations and whatever else it carries.
    if let tensorType, ValueInfo(rest).tensorType != tensorType {
      var proto = rest
      proto.name = name
      proto.type = Onnx_TypeProto()
      proto.type.tensorType.elemType = tensorType.elementType.rawValue
      if let shape = tensorType.shape {
        proto.type.tensorType.shape = Onnx_TensorShapeProto()
        proto.type.tensorType.shape.dim = shape.map { dimension in
          var proto = Onnx_TensorShapeProto.Dimension()
          switch dimension {
          case .fixed(let value): proto.dimValue = Int64(value)
          case .symbolic(let name): proto.dimParam = name
          case .unknown: break
          }
          return proto
        }
      }
      return proto
    }
    var proto = rest
    if proto.name != name { proto.name = name }
    return proto
  }
}
