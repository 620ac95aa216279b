import AssayCore
import FoundationEssentials

extension StoredTensor {
  /// Reads a tensor message, whose raw data the caller may have left in place.
  ///
  /// - Throws: `invalidGraph` when the number of values does not fit the shape, `externalData` when a file is missing.
  init(_ proto: Onnx_TensorProto, raw: Bytes?, external: inout ExternalDataReader) throws(ONNXError) {
    guard let type = ElementType(rawValue: proto.dataType) else {
      var rest = proto
      if let raw { rest.rawData = raw.withUnsafeBytes { Data($0) } }
      self.init(name: proto.name, tensor: nil, isExternal: false, rest: rest)
      return
    }
    let place = Place(node: proto.name)
    let shape = proto.dims.map { Int($0) }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow, product <= Int.max / 256 else {
        throw ONNXError(
          .invalidGraph, "the tensor has the impossible shape \(shape)", at: place,
          remedy: "the file is damaged or was written wrongly; export the model again")
      }
      count = product
    }
    let isExternal = proto.dataLocation == 1
    let tensor: Tensor?
    if type == .string {
      tensor = Tensor(strings: proto.stringData.map { Array($0) }, shape: shape)
    } else if isExternal {
      tensor = Tensor(type, shape: shape, bytes: try external.bytes(proto.externalData, tensor: proto.name))
    } else if let raw {
      tensor = Tensor(type, shape: shape, bytes: raw)
    } else if proto.hasRawData {
      tensor = Tensor(type, shape: shape, bytes: Bytes(copying: Array(proto.rawData)))
    } else {
      tensor = Self.typedValues(proto, type, shape: shape)
    }
    guard let tensor else {
      throw ONNXError(
        .invalidGraph, "the tensor's data do not fit its shape \(shape) of \(type)", at: place,
        remedy: "the model was written wrongly; export it again")
    }
    var rest = proto
    rest.dims = []
    rest.clearRawData()
    if isExternal {
      rest.clearDataLocation()
      rest.externalData = []
    }
    rest.floatData = []
    rest.int32Data = []
    rest.int64Data = []
    rest.doubleData = []
    rest.uint64Data = []
    rest.stringData = []
    self.init(name: proto.name, tensor: tensor, isExternal: isExternal, rest: rest)
  }

  /// Decodes the typed fields (`float_data`, `int32_data` ...), which hold what `raw_data` does not.
  ///
  /// Types narrower than 32 bits stand one to an `int32_data` entry, sub-byte types one *byte* to an entry.
  private static func typedValues(_ proto: Onnx_TensorProto, _ type: ElementType, shape: [Int]) -> Tensor? {
    func narrow<Narrow: FixedWidthInteger & BitwiseCopyable>(_: Narrow.Type) -> Bytes {
      Bytes(copying: proto.int32Data.map { Narrow(truncatingIfNeeded: $0) })
    }
    let bytes: Bytes =
      switch type {
      case .float, .complex64: Bytes(copying: proto.floatData)
      case .double, .complex128: Bytes(copying: proto.doubleData)
      case .int64: Bytes(copying: proto.int64Data)
      case .uint64: Bytes(copying: proto.uint64Data)
      case .uint32: Bytes(copying: proto.uint64Data.map { UInt32(truncatingIfNeeded: $0) })
      case .int32: Bytes(copying: proto.int32Data)
      case .int16, .uint16, .float16, .bfloat16: narrow(UInt16.self)
      default: narrow(UInt8.self)
      }
    return Tensor(type, shape: shape, bytes: bytes)
  }

  /// The message with everything but the raw data.
  func protoWithoutRawData() -> Onnx_TensorProto {
    var proto = rest
    if proto.name != name { proto.name = name }
    if let tensor {
      proto.dims = tensor.shape.map { Int64($0) }
      if proto.dataType != tensor.elementType.rawValue { proto.dataType = tensor.elementType.rawValue }
      if tensor.elementType == .string { proto.stringData = tensor.strings.map { Data($0) } }
    }
    return proto
  }

  /// The whole message, for tensors inside attributes.
  func proto() -> Onnx_TensorProto {
    var proto = protoWithoutRawData()
    if let tensor, tensor.elementType != .string { proto.rawData = tensor.bytes.withUnsafeBytes { Data($0) } }
    return proto
  }
}

/// Finds tensor data in files beside the model, each mapped once.
struct ExternalDataReader {
  private let folder: String?
  private var files: [String: Bytes] = [:]

  init(folder: String?) { self.folder = folder }

  /// The bytes that the entries `location`, `offset` and `length` of a tensor name.
  ///
  /// - Throws: `externalData` when the file is missing or too short, or lies outside the model's folder.
  mutating func bytes(_ entries: [Onnx_StringStringEntryProto], tensor: String) throws(ONNXError) -> Bytes {
    let values = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    let place = Place(node: tensor)
    guard let location = values["location"], !location.isEmpty else {
      throw ONNXError(.externalData, "external data without a location", at: place)
    }
    guard let folder else {
      throw ONNXError(
        .externalData, "the data lie in '\(location)', but a model in memory has no folder", at: place)
    }
    // The format asks for a path within the model's folder; anything else could read any file of the user.
    guard !location.hasPrefix("/"), !location.split(separator: "/").contains("..") else {
      throw ONNXError(.externalData, "the location '\(location)' leaves the model's folder", at: place)
    }
    let path = "\(folder)/\(location)"
    let file: Bytes
    if let known = files[path] {
      file = known
    } else {
      do {
        file = try mappedBytes(path)
      } catch {
        throw ONNXError(
          .externalData, "the file of external data '\(path)' is missing or unreadable", at: place,
          remedy: "copy it beside the model", cause: error)
      }
      files[path] = file
    }
    let offset = values["offset"].map { Int($0) } ?? 0
    guard let offset, offset >= 0, offset <= file.count else {
      throw ONNXError(
        .externalData, "the data begin beyond the end of '\(path)' (\(file.count) bytes)", at: place,
        remedy: "copy the complete file")
    }
    let length = values["length"].map { Int($0) } ?? (file.count - offset)
    guard let length, length >= 0, length <= file.count - offset else {
      throw ONNXError(
        .externalData, "the data end beyond the end of '\(path)' (\(file.count) bytes)", at: place,
        remedy: "copy the complete file")
    }
    return file.slice(offset..<(offset + length))
  }
}
