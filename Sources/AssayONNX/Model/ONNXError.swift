public import AssayCore

/// What can be wrong with an ONNX model or with writing one.
public enum ONNXErrorCode: String, FaultCode {
  /// The file cannot be opened or read.
  case unreadable
  /// The bytes are not an ONNX model, or end in the middle of one.
  case malformed
  /// A file of external tensor data is missing or too short.
  case externalData
  /// The graph contradicts itself: a cycle, a dangling input, a wrong shape.
  case invalidGraph
  /// An opset or IR version that Assay can neither use nor convert.
  case unsupportedVersion
  /// The file cannot be created.
  case cannotCreate
  /// Writing failed half-way.
  case writeFailed

  public var exitStatus: ExitStatus {
    switch self {
    case .unreadable, .malformed, .externalData, .invalidGraph, .unsupportedVersion: .badInput
    case .cannotCreate: .cannotCreate
    case .writeFailed: .inputOutput
    }
  }
}

/// An error of reading, checking, editing or writing a model.
public typealias ONNXError = Fault<ONNXErrorCode>
