public import AssayCore
import CTorch

/// What can go wrong between Assay and libtorch.
public enum TorchErrorCode: String, FaultCode {
  /// libtorch or the bridge to it was not found.
  case missing
  /// A library is there and cannot be used: not a bridge, or one of another version.
  case library
  /// libtorch has no operator of that name.
  case `operator`
  /// Number, type, shape or value of an argument.
  case argument
  /// An element type, or an operator on this device or element type, that libtorch does not have.
  case unsupported
  /// The memory of the host or of the device does not suffice.
  case memory
  /// A device that is not there, or that failed.
  case device
  /// A graph that cannot be run here: an operator, attribute or shape; or one without a gradient.
  case graph
  /// libtorch failed for another reason.
  case failed

  /// 69 where the library is missing, 65 for what it cannot take, 2 for what failed while it ran.
  public var exitStatus: ExitStatus {
    switch self {
    case .missing, .library: .engineMissing
    case .operator, .argument, .unsupported, .device, .graph: .badInput
    case .memory, .failed: .trialFailed
    }
  }
}

/// An error of libtorch, or of a graph run on it.
public typealias TorchError = Fault<TorchErrorCode>

extension TorchErrorCode {
  /// The code that stands for a status of the bridge.
  init(status: Int32) {
    switch AssayTorchStatus(rawValue: UInt32(max(status, 0))) {
    case ASSAY_TORCH_NOT_A_LIBRARY, ASSAY_TORCH_NOT_A_BRIDGE: self = .library
    case ASSAY_TORCH_NO_OPERATOR: self = .operator
    case ASSAY_TORCH_ARGUMENT: self = .argument
    case ASSAY_TORCH_UNSUPPORTED: self = .unsupported
    case ASSAY_TORCH_NO_MEMORY: self = .memory
    case ASSAY_TORCH_DEVICE: self = .device
    default: self = .failed
    }
  }
}

/// Calls into the bridge and turns a status that is not 0 into an error with libtorch's message.
func attempt(
  _ what: @autoclosure () -> String, _ body: (UnsafeMutablePointer<AssayTorchMessage>) -> Int32
) throws(TorchError) {
  let failure: TorchError? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
    text[0] = 0
    var message = AssayTorchMessage(text: text.baseAddress, capacity: text.count)
    let status = body(&message)
    guard status != 0 else { return nil }
    let reason = text.baseAddress.map { String(cString: $0) } ?? ""
    let code = TorchErrorCode(status: status)
    return TorchError(code, "\(what()): \(reason)", remedy: code == .memory ? memoryRemedy : nil)
  }
  if let failure { throw failure }
}

private let memoryRemedy = "use smaller batches or a smaller model"
