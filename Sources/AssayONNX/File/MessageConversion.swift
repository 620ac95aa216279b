import AssayCore
import FoundationEssentials

/// Between protobuf messages and the values of the graph. What a value does not model stays in its `rest`.
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
    proto.name = name
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
    rest.clearName()
    rest.clearOpType()
    rest.clearDomain()
  }

  fileprivate func proto() -> Onnx_NodeProto {
    var proto = rest
    proto.input = inputs
    proto.output = outputs
    if !name.isEmpty { proto.name = name }
    proto.opType = opType
    if !domain.isEmpty { proto.domain = domain }
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
    var rest = proto
    rest.clearName()
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
    if case .other = value {} else { rest.clearKnownValues() }
    self.init(proto.name, value)
    self.rest = rest
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

  fileprivate func proto() -> Onnx_AttributeProto {
    var proto = rest
    proto.name = name
    switch value {
    case .float(let value): (proto.f, proto.type) = (value, AttributeType.float)
    case .int(let value): (proto.i, proto.type) = (Int64(value), AttributeType.int)
    case .string(let value): (proto.s, proto.type) = (Data(value), AttributeType.string)
    case .tensor(let value): (proto.t, proto.type) = (value.proto(), AttributeType.tensor)
    case .graph(let value): (proto.g, proto.type) = (value.proto(), AttributeType.graph)
    case .floats(let values): (proto.floats, proto.type) = (values, AttributeType.floats)
    case .ints(let values): (proto.ints, proto.type) = (values.map { Int64($0) }, AttributeType.ints)
    case .strings(let values): (proto.strings, proto.type) = (values.map { Data($0) }, AttributeType.strings)
    case .tensors(let values): (proto.tensors, proto.type) = (values.map { $0.proto() }, AttributeType.tensors)
    case .graphs(let values): (proto.graphs, proto.type) = (values.map { $0.proto() }, AttributeType.graphs)
    case .reference(let name): proto.refAttrName = name
    case .other: break
    }
    return proto
  }
}

extension Onnx_AttributeProto {
  /// Leaves only documentation, the type and fields unknown here.
  fileprivate mutating func clearKnownValues() {
    clearF()
    clearI()
    clearS()
    clearT()
    clearG()
    floats = []
    ints = []
    strings = []
    tensors = []
    graphs = []
    clearRefAttrName()
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
    proto.name = name
    return proto
  }
}
