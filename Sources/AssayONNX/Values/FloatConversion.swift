public import AssayCore

extension Tensor {
  /// Stores numbers in another element type, each rounded to the nearest value of that type, ties to even.
  ///
  /// Integers saturate at the ends of their range and NaN becomes 0 (this is what quantization needs; ONNX's Cast
  /// truncates instead). `bool` is "not zero". Float16 and bfloat16 overflow to infinity; float8 and float4 saturate,
  /// as ONNX's Cast does by default.
  ///
  /// Returns nil for strings and complex numbers, and when the number of values does not fit the shape.
  ///
  /// - Complexity: O(n).
  public init?(converting values: [Float], to elementType: ElementType, shape: [Int]) {
    guard let bytes = values.withUnsafeBytes({ Self.converted($0, to: elementType) }) else { return nil }
    self.init(elementType, shape: shape, bytes: bytes)
    guard count == values.count else { return nil }
  }

  /// The same numbers in another element type, by the rules of `init(converting:to:shape:)`; this tensor itself where it
  /// has that type already.
  public func converted(to elementType: ElementType) -> Tensor? {
    if elementType == self.elementType { return self }
    if self.elementType == .float {
      return bytes.withUnsafeBytes { source in
        Self.converted(source, to: elementType).flatMap { Tensor(elementType, shape: shape, bytes: $0) }
      }
    }
    return floatValues().flatMap { Tensor(converting: $0, to: elementType, shape: shape) }
  }

  /// Converts the floats in `values`, which need not be aligned: weights in a mapped file are not.
  private static func converted(_ values: UnsafeRawBufferPointer, to type: ElementType) -> Bytes? {
    switch type {
    case .float: mapped(values) { $0 }
    case .float16: mapped(values) { HalfPrecision.float16($0) }
    case .bfloat16: mapped(values) { HalfPrecision.bfloat16($0) }
    case .double: mapped(values) { Double($0) }
    case .int8: mapped(values) { saturated($0) as Int8 }
    case .uint8: mapped(values) { saturated($0) as UInt8 }
    case .int16: mapped(values) { saturated($0) as Int16 }
    case .uint16: mapped(values) { saturated($0) as UInt16 }
    case .int32: mapped(values) { saturated($0) as Int32 }
    case .uint32: mapped(values) { saturated($0) as UInt32 }
    case .int64: mapped(values) { saturated($0) as Int64 }
    case .uint64: mapped(values) { saturated($0) as UInt64 }
    case .bool: mapped(values) { $0 == 0 ? 0 as UInt8 : 1 }
    case .float8e4m3fn: mapped(values) { SmallFloat.float8e4m3fn.pattern($0) }
    case .float8e4m3fnuz: mapped(values) { SmallFloat.float8e4m3fnuz.pattern($0) }
    case .float8e5m2: mapped(values) { SmallFloat.float8e5m2.pattern($0) }
    case .float8e5m2fnuz: mapped(values) { SmallFloat.float8e5m2fnuz.pattern($0) }
    case .float8e8m0: mapped(values) { PowerOfTwo.pattern($0) }
    case .int4: packed(values, 4) { UInt8(bitPattern: clamped($0, -8, 7)) }
    case .uint4: packed(values, 4) { UInt8(bitPattern: clamped($0, 0, 15)) }
    case .int2: packed(values, 2) { UInt8(bitPattern: clamped($0, -2, 1)) }
    case .uint2: packed(values, 2) { UInt8(bitPattern: clamped($0, 0, 3)) }
    case .float4e2m1: packed(values, 4) { SmallFloat.float4e2m1.pattern($0) }
    case .string, .complex64, .complex128: nil
    }
  }

  @inline(__always)
  private static func saturated<Target: FixedWidthInteger>(_ value: Float) -> Target {
    let rounded = value.rounded(.toNearestOrEven)
    // The upper end of wide types rounds up as a float, so only what lies below it converts.
    if rounded >= Float(Target.max) { return .max }
    if rounded <= Float(Target.min) { return .min }
    return rounded.isNaN ? 0 : Target(rounded)
  }

  private static func clamped(_ value: Float, _ low: Float, _ high: Float) -> Int8 {
    value.isNaN ? 0 : Int8(min(max(value.rounded(.toNearestOrEven), low), high))
  }

  @inline(__always)
  private static func mapped<Target: BitwiseCopyable>(
    _ values: UnsafeRawBufferPointer, _ convert: (Float) -> Target
  ) -> Bytes {
    let count = values.count / 4
    return Bytes(count: count * MemoryLayout<Target>.stride) { buffer in
      let target = buffer.bindMemory(to: Target.self)
      for index in 0..<count {
        target[index] = convert(values.loadUnaligned(fromByteOffset: index &* 4, as: Float.self))
      }
    }
  }

  private static func packed(
    _ values: UnsafeRawBufferPointer, _ bits: Int, _ convert: (Float) -> UInt8
  ) -> Bytes {
    let (mask, perByte, count) = (UInt8(1 << bits - 1), 8 / bits, values.count / 4)
    return Bytes(count: (count + perByte - 1) / perByte) { target in
      for index in 0..<count {
        let value = values.loadUnaligned(fromByteOffset: index &* 4, as: Float.self)
        target[index / perByte] |= (convert(value) & mask) << UInt8(index % perByte * bits)
      }
    }
  }
}
