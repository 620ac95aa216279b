public import AssayCore
import FoundationEssentials
import SwiftProtobuf

extension Model {
  /// Reads the model file at `path`.
  ///
  /// The file is mapped, and the bytes of its initializers are used where they lie: a model costs address space, not
  /// memory, until its weights are touched. Fields that Assay does not know are kept for writing.
  ///
  /// - Throws: `unreadable`, `malformed` (truncated or foreign bytes), `externalData`.
  public init(contentsOf path: String) throws(ONNXError) {
    let bytes = try mappedBytes(path)
    do {
      try self.init(serialized: bytes, folder: parentFolder(of: path))
    } catch {
      throw error.located(at: Place(file: path))
    }
  }

  /// Reads a model from bytes, whose memory it goes on sharing.
  ///
  /// - Parameter folder: Where files of external data lie; nil when the model has no place of its own.
  public init(serialized bytes: Bytes, folder: String? = nil) throws(ONNXError) {
    guard bytes.count > 0 else {
      throw ONNXError(.malformed, "not an ONNX model: the file is empty", remedy: "is the download complete?")
    }
    var external = ExternalDataReader(folder: folder)
    let parts = try bytes.withUnsafeBytes { buffer throws(ONNXError) in
      try Self.takeApart(buffer)
    }
    let proto = try decode(Onnx_ModelProto.self, parts.model)
    guard parts.hasGraph, proto.hasIrVersion || !proto.opsetImport.isEmpty else {
      throw ONNXError(.malformed, "not an ONNX model: it has no graph or no version", remedy: "is it another format?")
    }
    let graphProto = try decode(Onnx_GraphProto.self, parts.graphs)
    let initializers = try parts.initializers.map { part throws(ONNXError) in
      let tensor = try decode(Onnx_TensorProto.self, part.rest)
      return try StoredTensor(tensor, raw: part.raw.map(bytes.slice), external: &external)
    }
    let graph = try Graph(graphProto, initializers: initializers, external: &external)
    let metadata = proto.metadataProps.map { (key: $0.key, value: $0.value) }
    var opsets: [String: Int] = [:]
    for entry in proto.opsetImport { opsets[canonicalDomain(entry.domain)] = Int(clamping: entry.version) }
    let functions = proto.functions.map { FunctionName(domain: canonicalDomain($0.domain), name: $0.name) }
    let (ir, name, version) = (proto.irVersion, proto.producerName, proto.producerVersion)
    self.init(
      irVersion: Int(clamping: ir), opsets: opsets, producerName: name, producerVersion: version,
      metadata: metadata, graph: graph, localFunctions: Set(functions), rest: proto)
  }

  /// The pieces of a model file: small messages copied out, weights left in place.
  private struct Parts {
    var model = Data()
    var hasGraph = false
    var graphs = Data()
    var initializers: [(rest: Data, raw: Range<Int>?)] = []
  }

  /// Separates the initializers' raw data from everything else.
  ///
  /// Field numbers are those of `onnx.proto`: ModelProto.graph 7, GraphProto.initializer 5, TensorProto.raw_data 9.
  private static func takeApart(_ buffer: UnsafeRawBufferPointer) throws(ONNXError) -> Parts {
    var parts = Parts()
    func copy(_ range: Range<Int>, to data: inout Data) {
      data.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[range]))
    }
    var model = WireScanner(buffer, 0..<buffer.count)
    while let field = try model.next() {
      guard field.number == 7, let graphRange = field.payload else {
        copy(field.whole, to: &parts.model)
        continue
      }
      parts.hasGraph = true
      var graph = WireScanner(buffer, graphRange)
      while let field = try graph.next() {
        guard field.number == 5, let tensorRange = field.payload else {
          copy(field.whole, to: &parts.graphs)
          continue
        }
        var (rest, raw) = (Data(), Range<Int>?.none)
        var tensor = WireScanner(buffer, tensorRange)
        while let field = try tensor.next() {
          if field.number == 9, let payload = field.payload { raw = payload } else { copy(field.whole, to: &rest) }
        }
        parts.initializers.append((rest, raw))
      }
    }
    return parts
  }
}

func decode<Message: SwiftProtobuf.Message>(_ type: Message.Type, _ data: Data) throws(ONNXError) -> Message {
  do {
    return try Message(serializedBytes: data)
  } catch {
    throw ONNXError(
      .malformed, "not an ONNX model: \(Message.protoMessageName) cannot be decoded", remedy: "is the file complete?",
      cause: error)
  }
}

/// The folder a path lies in, `.` for a bare name.
func parentFolder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// `ai.onnx` is another spelling of the empty domain.
func canonicalDomain(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
