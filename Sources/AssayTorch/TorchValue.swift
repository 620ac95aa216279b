public import AssayCore
import CTorch

/// One argument of an ATen operator.
///
/// Literals stand for themselves: `1`, `0.5`, `true`, `nil`, `"mean"` and `[1, 2]`.
public enum TorchValue {
  case tensor(TorchTensor)
  case tensors([TorchTensor])
  /// `Tensor?[]`, as `aten::index.Tensor` takes them.
  case optionalTensors([TorchTensor?])
  case int(Int)
  case ints([Int])
  case double(Double)
  case doubles([Double])
  case bool(Bool)
  case bools([Bool])
  case string(String)
  /// `ScalarType`, libtorch's dtype.
  case type(ElementType)
  case device(TorchDevice)
  case none

  /// The tensor, or None where there is none.
  public static func optional(_ tensor: TorchTensor?) -> TorchValue { tensor.map { .tensor($0) } ?? .none }
}

extension TorchValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral
{
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(nilLiteral: ()) { self = .none }
  public init(arrayLiteral elements: Int...) { self = .ints(elements) }
}
