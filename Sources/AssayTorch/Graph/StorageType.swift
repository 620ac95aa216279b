import AssayCore
import AssayONNX

/// How elements that libtorch computes badly or not at all are kept in it.
enum StorageType {
  /// float and double by the precision asked for, narrow and unsigned integers in wider ones; nil where there is none.
  static func of(_ type: ElementType, precision: ElementType) -> ElementType? {
    switch type {
    case .float: precision
    case .double, .float16, .bfloat16, .int8, .uint8, .int16, .int32, .int64, .bool: type
    case .int2, .int4: .int8
    case .uint2, .uint4: .uint8
    case .uint16: .int32
    case .uint32: .int64
    default: nil
    }
  }

  /// The same numbers in the storage type of the tensor's own; nil where there is none.
  static func stored(_ tensor: Tensor, precision: ElementType) -> Tensor? {
    guard let type = of(tensor.elementType, precision: precision) else { return nil }
    if type == tensor.elementType { return tensor }
    switch (tensor.elementType, type) {
    case (.float, .double):
      return Tensor(tensor.withElements(Float.self) { $0.map { Double($0) } }, shape: tensor.shape)
    case (_, .int8):
      return tensor.intValues().map { Tensor($0.map { Int8(truncatingIfNeeded: $0) }, shape: tensor.shape) }
    case (_, .uint8):
      return tensor.intValues().map { Tensor($0.map { UInt8(truncatingIfNeeded: $0) }, shape: tensor.shape) }
    case (_, .int32):
      return tensor.intValues().map { Tensor($0.map { Int32(truncatingIfNeeded: $0) }, shape: tensor.shape) }
    case (_, .int64): return tensor.intValues().map { Tensor($0.map { Int64($0) }, shape: tensor.shape) }
    default: return tensor.converted(to: type)
    }
  }
}

extension Tensor {
  /// The elements as real numbers; nil for strings and complex numbers.
  func realValues() -> [Double]? {
    switch elementType {
    case .double: elements(Double.self)
    case .int32, .uint32, .int64: intValues()?.map { Double($0) }
    default: floatValues()?.map { Double($0) }
    }
  }
}
