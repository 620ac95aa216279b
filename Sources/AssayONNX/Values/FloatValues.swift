public import AssayCore

extension Tensor {
  /// The elements as 32-bit floats, for any real numeric type; nil for strings and complex numbers.
  ///
  /// Exact for floats of up to 32 bits and integers of up to 24; wider numbers are rounded to nearest, ties to even.
  /// Booleans are 0 and 1.
  ///
  /// - Complexity: O(n).
  public func floatValues() -> [Float]? {
    switch elementType {
    case .float: elements(Float.self)
    case .float16: mapped(UInt16.self) { HalfPrecision.float(fromFloat16: $0) }
    case .bfloat16: mapped(UInt16.self) { HalfPrecision.float(fromBFloat16: $0) }
    case .double: mapped(Double.self) { Float($0) }
    case .int8: mapped(Int8.self) { Float($0) }
    case .uint8: mapped(UInt8.self) { Float($0) }
    case .int16: mapped(Int16.self) { Float($0) }
    case .uint16: mapped(UInt16.self) { Float($0) }
    case .int32: mapped(Int32.self) { Float($0) }
    case .uint32: mapped(UInt32.self) { Float($0) }
    case .int64: mapped(Int64.self) { Float($0) }
    case .uint64: mapped(UInt64.self) { Float($0) }
    case .bool: mapped(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .float8e4m3fn: lookedUp(SmallFloat.float8e4m3fn.table)
    case .float8e4m3fnuz: lookedUp(SmallFloat.float8e4m3fnuz.table)
    case .float8e5m2: lookedUp(SmallFloat.float8e5m2.table)
    case .float8e5m2fnuz: lookedUp(SmallFloat.float8e5m2fnuz.table)
    case .float8e8m0: lookedUp((0...255).map { PowerOfTwo.float(UInt8($0)) })
    case .uint4: unpacked(4) { Float($0) }
    case .int4: unpacked(4) { Float(Int8(bitPattern: $0 << 4) >> 4) }
    case .uint2: unpacked(2) { Float($0) }
    case .int2: unpacked(2) { Float(Int8(bitPattern: $0 << 6) >> 6) }
    case .float4e2m1: unpacked(4) { SmallFloat.float4e2m1.float($0) }
    case .string, .complex64, .complex128: nil
    }
  }

  /// The elements as 64-bit integers; nil for floating point, complex and string tensors, and for a `uint64` beyond
  /// the range of `Int`.
  ///
  /// - Complexity: O(n).
  public func intValues() -> [Int]? {
    switch elementType {
    case .int64: mapped(Int64.self) { Int($0) }
    case .int32: mapped(Int32.self) { Int($0) }
    case .int16: mapped(Int16.self) { Int($0) }
    case .int8: mapped(Int8.self) { Int($0) }
    case .uint32: mapped(UInt32.self) { Int($0) }
    case .uint16: mapped(UInt16.self) { Int($0) }
    case .uint8: mapped(UInt8.self) { Int($0) }
    case .bool: mapped(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint64:
      bytes.withElements(as: UInt64.self) { source in
        source.allSatisfy { $0 <= UInt64(Int.max) } ? source.map { Int($0) } : nil
      }
    case .int4, .uint4, .int2, .uint2: floatValues()?.map { Int($0) }
    default: nil
    }
  }

  private func mapped<Source: BitwiseCopyable, Result>(_: Source.Type, _ convert: (Source) -> Result) -> [Result] {
    // Weights in a mapped file are rarely aligned; loading them so spares a copy of the whole tensor.
    bytes.withUnsafeBytes { source in
      let (stride, total) = (MemoryLayout<Source>.stride, source.count / MemoryLayout<Source>.stride)
      return [Result](unsafeUninitializedCapacity: total) { target, count in
        for index in 0..<total {
          let element = source.loadUnaligned(fromByteOffset: index &* stride, as: Source.self)
          target.initializeElement(at: index, to: convert(element))
        }
        count = total
      }
    }
  }

  private func lookedUp(_ table: [Float]) -> [Float] {
    table.withUnsafeBufferPointer { table in mapped(UInt8.self) { table[Int($0)] } }
  }

  /// Elements of `bits` bits, low bits first, made into one byte each before `convert`.
  private func unpacked(_ bits: Int, _ convert: (UInt8) -> Float) -> [Float] {
    let (mask, perByte) = (UInt8(1 << bits - 1), 8 / bits)
    let table = (0...Int(mask)).map { convert(UInt8($0)) }
    let total = count
    return bytes.withUnsafeBytes { source in
      [Float](unsafeUninitializedCapacity: total) { target, count in
        for index in 0..<total {
          let field = source[index / perByte] >> UInt8(index % perByte * bits) & mask
          target.initializeElement(at: index, to: table[Int(field)])
        }
        count = total
      }
    }
  }
}
