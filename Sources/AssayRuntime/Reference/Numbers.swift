import AssayCore
import AssayONNX

/// The elements of a numeric tensor, widened to one of three kinds, so that an operator is written three times at most.
enum Numbers {
  /// Floating point of any width: exact in Double.
  case real([Double])
  /// Signed integers of any width.
  case signed([Int64])
  /// Unsigned integers of any width, and bool as 0 and 1.
  case unsigned([UInt64])
}

extension OperatorCall {
  /// The elements of `tensor` in their kind.
  func numbers(_ tensor: Tensor) throws(EngineError) -> Numbers {
    let bytes = tensor.bytes
    switch tensor.elementType {
    case .float: return .real(tensor.withElements(Float.self, widened))
    case .double: return .real(tensor.elements(Double.self))
    case .float16: return .real(bytes.withElements(as: UInt16.self) { $0.map { Double(Float16(bitPattern: $0)) } })
    case .bfloat16:
      return .real(bytes.withElements(as: UInt16.self) { $0.map { Double(Float(bitPattern: UInt32($0) << 16)) } })
    case .int8: return .signed(tensor.withElements(Int8.self) { $0.map { Int64($0) } })
    case .int16: return .signed(tensor.withElements(Int16.self) { $0.map { Int64($0) } })
    case .int32: return .signed(tensor.withElements(Int32.self) { $0.map { Int64($0) } })
    case .int64: return .signed(tensor.elements(Int64.self))
    case .int4: return .signed(unpacked(tensor, width: 4).map { Int64(Int8(bitPattern: $0 << 4) >> 4) })
    case .int2: return .signed(unpacked(tensor, width: 2).map { Int64(Int8(bitPattern: $0 << 6) >> 6) })
    case .uint8: return .unsigned(tensor.withElements(UInt8.self) { $0.map { UInt64($0) } })
    case .uint16: return .unsigned(tensor.withElements(UInt16.self) { $0.map { UInt64($0) } })
    case .uint32: return .unsigned(tensor.withElements(UInt32.self) { $0.map { UInt64($0) } })
    case .uint64: return .unsigned(tensor.elements(UInt64.self))
    case .uint4: return .unsigned(unpacked(tensor, width: 4).map { UInt64($0) })
    case .uint2: return .unsigned(unpacked(tensor, width: 2).map { UInt64($0) })
    case .bool: return .unsigned(bytes.withElements(as: UInt8.self) { $0.map { $0 == 0 ? 0 : 1 } })
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1, .float8e8m0:
      return .real((tensor.floatValues() ?? []).map { Double($0) })
    case .string, .complex64, .complex128:
      throw unsupported("elements of type \(tensor.elementType)")
    }
  }

  /// The elements of any numeric tensor as Double; integers beyond 2^53 are rounded.
  func reals(_ tensor: Tensor) throws(EngineError) -> [Double] {
    switch try numbers(tensor) {
    case .real(let values): values
    case .signed(let values): values.map { Double($0) }
    case .unsigned(let values): values.map { Double($0) }
    }
  }

  /// A bool tensor's elements.
  func booleans(_ tensor: Tensor) throws(EngineError) -> [Bool] {
    guard tensor.elementType == .bool else { throw failure("an input is \(tensor.elementType) where bool is needed") }
    return tensor.bytes.withElements(as: UInt8.self) { $0.map { $0 != 0 } }
  }

  /// A tensor of `type`: reals are rounded once (to integers: towards zero, saturating at 64 bits), integers wrap.
  ///
  /// - Precondition: as many numbers as `shape` has elements.
  func tensor(_ numbers: Numbers, as type: ElementType, shape: [Int]) throws(EngineError) -> Tensor {
    let bytes: Bytes
    switch numbers {
    case .real(let values):
      switch type {
      case .float: bytes = Bytes(copying: values.withUnsafeBufferPointer(narrowed))
      case .double: bytes = Bytes(copying: values)
      case .float16: bytes = Bytes(copying: values.map { Float16($0).bitPattern })
      case .bfloat16: bytes = Bytes(copying: values.map(bfloat16Pattern))
      case .bool: bytes = Bytes(copying: values.map { $0 != 0 })
      case .uint64: bytes = Bytes(copying: values.map { truncated($0, UInt64.self) })
      case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1, .float8e8m0:
        guard let result = Tensor(converting: values.map { Float($0) }, to: type, shape: shape) else {
          throw failure("\(values.count) values do not fill shape \(shape)")
        }
        return result
      default: bytes = try integerBytes(values.map { truncated($0, Int64.self) }, type)
      }
    case .signed(let values):
      if type.isFloatingPoint { return try tensor(.real(values.map { Double($0) }), as: type, shape: shape) }
      bytes = try integerBytes(values, type)
    case .unsigned(let values):
      if type.isFloatingPoint { return try tensor(.real(values.map { Double($0) }), as: type, shape: shape) }
      bytes = try integerBytes(values.map { Int64(bitPattern: $0) }, type)
    }
    return try tensor(type, shape: shape, bytes: bytes)
  }

  /// A tensor over `bytes`, which must fit.
  func tensor(_ type: ElementType, shape: [Int], bytes: Bytes) throws(EngineError) -> Tensor {
    guard let tensor = Tensor(type, shape: shape, bytes: bytes) else {
      throw failure("\(bytes.count) bytes do not fill shape \(shape) of \(type)")
    }
    return tensor
  }

  private func integerBytes(_ values: [Int64], _ type: ElementType) throws(EngineError) -> Bytes {
    switch type {
    case .int8, .uint8: return Bytes(copying: values.map { UInt8(truncatingIfNeeded: $0) })
    case .int16, .uint16: return Bytes(copying: values.map { UInt16(truncatingIfNeeded: $0) })
    case .int32, .uint32: return Bytes(copying: values.map { UInt32(truncatingIfNeeded: $0) })
    case .int64, .uint64: return Bytes(copying: values)
    case .int4, .uint4: return packed(values.map { UInt8(truncatingIfNeeded: $0) }, width: 4)
    case .int2, .uint2: return packed(values.map { UInt8(truncatingIfNeeded: $0) }, width: 2)
    case .bool: return Bytes(copying: values.map { $0 != 0 })
    default: throw unsupported("results of type \(type)")
    }
  }
}

/// Sub-byte elements one to a byte, low bits first, the upper bits zero.
func unpacked(_ tensor: Tensor, width: Int) -> [UInt8] {
  let perByte = 8 / width
  let mask = UInt8((1 << width) - 1)
  return tensor.bytes.withUnsafeBytes { bytes in
    (0..<tensor.count).map { bytes[$0 / perByte] >> UInt8($0 % perByte * width) & mask }
  }
}

/// The inverse of `unpacked`.
func packed(_ values: [UInt8], width: Int) -> Bytes {
  let perByte = 8 / width
  let mask = UInt8((1 << width) - 1)
  return Bytes(count: (values.count + perByte - 1) / perByte) { bytes in
    for (index, value) in values.enumerated() {
      bytes[index / perByte] |= (value & mask) << UInt8(index % perByte * width)
    }
  }
}

/// The nearest bfloat16, ties to even, in one rounding.
func bfloat16Pattern(_ value: Double) -> UInt16 {
  let single = Float(value)
  guard single.isFinite else { return single.isNaN ? 0x7fc0 : UInt16(single.bitPattern >> 16) }
  var bits = single.bitPattern
  // A tie that only the rounding to Float made is moved back to the side where the number was.
  if bits & 0xffff == 0x8000, Double(single) != value {
    bits = value.magnitude > Double(single).magnitude ? bits + 1 : bits - 1
  }
  return UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
}

/// Towards zero, saturating, NaN as 0.
func truncated<Integer: FixedWidthInteger>(_ value: Double, _ type: Integer.Type) -> Integer {
  if value.isNaN { return 0 }
  return Integer(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
}

private func widened(_ values: UnsafeBufferPointer<Float>) -> [Double] {
  [Double](unsafeUninitializedCapacity: values.count) { target, count in
    var index = 0
    while index < values.count {
      target.initializeElement(at: index, to: Double(values[index]))
      index += 1
    }
    count = index
  }
}

private func narrowed(_ values: UnsafeBufferPointer<Double>) -> [Float] {
  [Float](unsafeUninitializedCapacity: values.count) { target, count in
    var index = 0
    while index < values.count {
      target.initializeElement(at: index, to: Float(values[index]))
      index += 1
    }
    count = index
  }
}
