public import AssayCore
import FoundationEssentials
import Glibc
import SwiftProtobuf

/// Where the weights of a written model go.
public enum WeightPlacement: Sendable {
  /// As they were read: in the file, or in one file beside it; beside it in any case when the file would pass 2 GB,
  /// which protobuf cannot hold.
  case asRead
  /// All in one file.
  case inline
}

extension Model {
  /// Writes the model to `path`, whole or not at all: a temporary file beside it is synced, then renamed.
  ///
  /// Weights are streamed from where they lie; no second copy of them is made. External data go to
  /// `<name of the file>.data`.
  ///
  /// - Parameter isSynced: Whether to wait for the disk. What can be made again need not: the file is whole for every
  ///   process as soon as it has its name, only when the machine itself fails it may be lost or damaged.
  /// - Throws: `cannotCreate` when the folder is missing or not writable, `writeFailed` when the disk is full.
  public func write(
    to path: String, weights placement: WeightPlacement = .asRead, isSynced: Bool = true
  ) throws(ONNXError) {
    let external = externalInitializers(placement)
    if !external.isEmpty {
      try writeFile(externalPieces(external.map(\.tensor)), to: path + ".data", isSynced: isSynced)
    }
    try writeFile(
      try serializedPieces(external: external, location: lastComponent(of: path) + ".data"), to: path,
      isSynced: isSynced)
  }

  /// The model as the bytes of one file.
  ///
  /// - Complexity: O(n) in the size of the weights, which are copied once.
  public func serialized() throws(ONNXError) -> Bytes {
    let pieces = try serializedPieces(external: [], location: "")
    return Bytes(count: pieces.reduce(0) { $0 + $1.count }) { target in
      var offset = 0
      for piece in pieces {
        piece.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyMemory(from: source)
        }
        offset += piece.count
      }
    }
  }

  /// An initializer whose bytes go to the file beside the model, and where they begin there.
  private typealias External = (index: Int, tensor: Bytes, offset: Int)

  /// ONNX aligns external tensors to pages, so that readers can map them.
  private static var externalAlignment: Int { 4096 }

  private func externalInitializers(_ placement: WeightPlacement) -> [External] {
    guard case .asRead = placement else { return [] }
    let inlineBytes = graph.initializers.reduce(0) { $0 + ($1.isExternal ? 0 : $1.tensor?.bytes.count ?? 0) }
    let forced = inlineBytes > 1_900_000_000
    var offset = 0
    var external: [External] = []
    for (index, initializer) in graph.initializers.enumerated() where initializer.isExternal || forced {
      guard let tensor = initializer.tensor, tensor.elementType != .string, tensor.bytes.count >= 1024 else { continue }
      external.append((index, tensor.bytes, offset))
      let align = Self.externalAlignment
      offset += (tensor.bytes.count + align - 1) / align * align
    }
    return external
  }

  private func externalPieces(_ tensors: [Bytes]) -> [Bytes] {
    tensors.flatMap { bytes in
      let padding = (Self.externalAlignment - bytes.count % Self.externalAlignment) % Self.externalAlignment
      return padding == 0 ? [bytes] : [bytes, Bytes(copying: [UInt8](repeating: 0, count: padding))]
    }
  }

  /// The file as a list of byte runs: small messages newly encoded, weights shared.
  ///
  /// A message's fields may stand in any order, so the graph is written last and its initializers last within it.
  private func serializedPieces(external: [External], location: String) throws(ONNXError) -> [Bytes] {
    let externalByIndex = Dictionary(external.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    var tensors: [(head: [UInt8], raw: Bytes?)] = []
    var graphLength = 0
    for (index, initializer) in graph.initializers.enumerated() {
      var proto = initializer.protoWithoutRawData()
      var raw: Bytes?
      if let placed = externalByIndex[index] {
        proto.dataLocation = 1
        proto.externalData = [
          ("location", location), ("offset", "\(placed.offset)"), ("length", "\(placed.tensor.count)"),
        ].map { pair in
          var entry = Onnx_StringStringEntryProto()
          (entry.key, entry.value) = pair
          return entry
        }
      } else if let tensor = initializer.tensor, tensor.elementType != .string {
        raw = tensor.bytes
      }
      var head = try encode(proto)
      if let raw { head += WireFormat.prefix(field: 9, length: raw.count) }
      let length = head.count + (raw?.count ?? 0)
      head = WireFormat.prefix(field: 5, length: length) + head
      tensors.append((head, raw))
      graphLength += head.count + (raw?.count ?? 0)
    }
    let graphHead = try encode(graph.protoWithoutInitializers())
    graphLength += graphHead.count
    var pieces = [
      Bytes(copying: try encode(modelProto()) + WireFormat.prefix(field: 7, length: graphLength) + graphHead)
    ]
    for tensor in tensors {
      pieces.append(Bytes(copying: tensor.head))
      if let raw = tensor.raw { pieces.append(raw) }
    }
    return pieces
  }

  /// The message without its graph; fields that did not change are left as they were read.
  private func modelProto() -> Onnx_ModelProto {
    var proto = rest
    if proto.irVersion != Int64(irVersion) { proto.irVersion = Int64(irVersion) }
    if proto.producerName != producerName { proto.producerName = producerName }
    if proto.producerVersion != producerVersion { proto.producerVersion = producerVersion }
    proto.opsetImport = opsetImports()
    let isSameMetadata = proto.metadataProps.elementsEqual(metadata) { $0.key == $1.key && $0.value == $1.value }
    if !isSameMetadata {
      proto.metadataProps = metadata.map { pair in
        var entry = Onnx_StringStringEntryProto()
        (entry.key, entry.value) = pair
        return entry
      }
    }
    return proto
  }

  /// The imports that were read, in their order and spelling, with versions as they are now; then new domains.
  private func opsetImports() -> [Onnx_OperatorSetIdProto] {
    var kept = rest.opsetImport.filter { opsets[canonicalDomain($0.domain)] != nil }
    for index in kept.indices {
      let version = Int64(opsets[canonicalDomain(kept[index].domain)] ?? 0)
      if kept[index].version != version { kept[index].version = version }
    }
    let known = Set(kept.map { canonicalDomain($0.domain) })
    return kept
      + opsets.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.map { domain, version in
        var entry = Onnx_OperatorSetIdProto()
        entry.domain = domain
        entry.version = Int64(version)
        return entry
      }
  }
}

private func encode(_ message: some SwiftProtobuf.Message) throws(ONNXError) -> [UInt8] {
  do {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    return try message.serializedBytes(options: options)
  } catch {
    throw ONNXError(.malformed, "the model cannot be encoded", cause: error)
  }
}

private func lastComponent(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
