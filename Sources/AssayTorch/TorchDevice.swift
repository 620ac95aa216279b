/// Where tensors lie and operators run.
public enum TorchDevice: Sendable, Hashable {
  case cpu
  /// The CUDA device of that number.
  case cuda(Int)

  /// Reads `cpu`, `cuda` (the first) or `cuda:1`; nil for any other name.
  public init?(name: String) {
    if name == "cpu" {
      self = .cpu
    } else if name == "cuda" {
      self = .cuda(0)
    } else if name.hasPrefix("cuda:"), let index = Int32(name.dropFirst("cuda:".count)), index >= 0 {
      self = .cuda(Int(index))
    } else {
      return nil
    }
  }

  init(number: Int32) { self = number < 0 ? .cpu : .cuda(Int(number)) }

  /// As the bridge counts them: −1 is the CPU.
  var number: Int32 {
    switch self {
    case .cpu: -1
    case .cuda(let index): Int32(clamping: index)
    }
  }
}

extension TorchDevice: CustomStringConvertible {
  /// `cpu`, `cuda:0`.
  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    }
  }
}
