public import AssayCore
import FoundationEssentials
import SwiftProtobuf

extension StoredTensor {
  /// Reads a lone tensor message, as ONNX's own test data store inputs and outputs (`input_0.pb`).
  ///
  /// - Throws: `malformed` for other bytes, `invalidGraph` when the values do not fit the shape, `externalData` when
  ///   the values are said to lie in another file.
  public init(serialized bytes: Bytes) throws(ONNXError) {
    let proto: Onnx_TensorProto
    do {
      proto = try Onnx_TensorProto(serializedBytes: bytes.withUnsafeBytes { Data($0) })
    } catch {
      throw ONNXError(.malformed, "not a tensor file", remedy: "is the file complete?", cause: error)
    }
    var external = ExternalDataReader(folder: nil)
    try self.init(proto, raw: nil, external: &external)
  }
}
