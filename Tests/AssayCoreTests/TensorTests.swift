import AssayCore
import AssayTestSupport
import Testing

struct BytesTests {
  @Test("Bytes hold what was copied; slices share it and slices of slices compose")
  func slices() {
    let values = (0..<100).map { UInt8($0) }
    let bytes = Bytes(copying: values)
    let slice = bytes.slice(10..<60).slice(5..<20)
    #expect(slice.count == 15)
    #expect(slice.withUnsafeBytes { Array($0) } == Array(values[15..<30]))
    #expect(bytes.slice(0..<0).count == 0 && bytes.slice(0..<100) == bytes)
    let (first, second) = (
      bytes.withUnsafeBytes { $0.baseAddress }, bytes.slice(0..<1).withUnsafeBytes { $0.baseAddress }
    )
    #expect(first == second)
  }

  @Test("A slice outlives the whole")
  func lifetime() {
    func slice() -> Bytes { Bytes(copying: [Int32](repeating: 7, count: 1000)).slice(400..<408) }
    #expect(slice().withElements(as: Int32.self) { Array($0) } == [7, 7])
  }

  @Test("Equality is of contents")
  func equality() {
    #expect(Bytes(copying: [1, 2, 3] as [UInt8]) == Bytes(copying: [0, 1, 2, 3] as [UInt8]).slice(1..<4))
    #expect(Bytes(copying: [1, 2] as [UInt8]) != Bytes(copying: [1, 2, 3] as [UInt8]))
    #expect(Bytes(copying: [UInt8]()) == Bytes(copying: [Double]()))
  }

  @Test("Elements at any offset are read, aligned or not", arguments: 0..<16)
  func misaligned(offset: Int) {
    let source = Bytes(count: offset + 24) { target in
      for (index, value) in [1.5, -2, 1e9].enumerated() {
        target.storeBytes(of: value, toByteOffset: offset + 8 * index, as: Double.self)
      }
    }
    #expect(source.slice(offset..<offset + 24).withElements(as: Double.self) { Array($0) } == [1.5, -2, 1e9])
    // A remainder shorter than an element is left out.
    #expect(source.slice(offset..<offset + 23).withElements(as: Double.self) { $0.count } == 2)
    #expect(source.slice(offset..<offset).withElements(as: Double.self) { $0.count } == 0)
  }

  @Test("What fill throws is thrown on")
  func throwing() {
    #expect(throws: CancellationError.self) { _ = try Bytes(count: 8) { _ in throw CancellationError() } }
  }
}

struct TensorTests {
  @Test("Values come back as they were given", arguments: 0..<20 as Range<UInt64>)
  func roundTrip(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let shape = (0..<generator.integer(in: 0...4)).map { _ in generator.integer(in: 0...5) }
    let count = shape.reduce(1, *)
    let floats = generator.floats(count)
    let tensor = Tensor(floats, shape: shape)
    #expect(tensor.elements(Float.self) == floats && tensor.count == count && tensor.shape == shape, "seed \(seed)")
    #expect(tensor.bytes.count == count * 4, "seed \(seed)")
    let flat = tensor.reshaped([count])
    #expect(flat.elements(Float.self) == floats && flat.bytes == tensor.bytes, "seed \(seed)")
    #expect(flat.reshaped(shape) == tensor, "seed \(seed)")
    #expect((flat == tensor) == (shape == [count]), "seed \(seed)")
  }

  @Test("Every element type that Swift has is named right")
  func types() {
    #expect(Tensor(scalar: Float(1)).elementType == .float && Tensor(scalar: 1.0).elementType == .double)
    #expect(Tensor(scalar: Int8(1)).elementType == .int8 && Tensor(scalar: UInt8(1)).elementType == .uint8)
    #expect(Tensor(scalar: Int64(1)).elementType == .int64 && Tensor(scalar: true).elementType == .bool)
    #expect(Tensor(scalar: UInt16(1)).elementType == .uint16 && Tensor(scalar: Int16(1)).elementType == .int16)
    #expect(Tensor(scalar: UInt32(1)).elementType == .uint32 && Tensor(scalar: UInt64(1)).elementType == .uint64)
    #expect(Tensor(scalar: Int32(5)).shape.isEmpty && Tensor(scalar: Int32(5)).count == 1)
  }

  @Test("A tensor is made only of bytes that fit its shape")
  func fitting() {
    let bytes = Bytes(copying: [UInt8](repeating: 0, count: 6))
    #expect(Tensor(.uint8, shape: [2, 3], bytes: bytes) != nil)
    #expect(Tensor(.uint8, shape: [7], bytes: bytes) == nil)
    #expect(Tensor(.float, shape: [6], bytes: bytes) == nil)
    #expect(Tensor(.uint8, shape: [-2, -3], bytes: bytes) == nil)
    #expect(Tensor(.int4, shape: [11], bytes: bytes) != nil && Tensor(.int4, shape: [13], bytes: bytes) == nil)
    #expect(Tensor(.string, shape: [6], bytes: bytes) == nil)
    #expect(Tensor(strings: [[65], []], shape: [2]) != nil && Tensor(strings: [[65]], shape: [2]) == nil)
  }

  @Test(
    "A shape too large for any memory is refused, not a crash")
  func overflow() {
    let bytes = Bytes(copying: [UInt8]())
    #expect(Tensor(.float, shape: [.max, .max], bytes: bytes) == nil)
    #expect(Tensor(.float, shape: [.max / 4 + 1], bytes: bytes) == nil)
    #expect(Tensor(strings: [], shape: [.max, 2]) == nil)
    #expect(Tensor(.float, shape: [.max, 2, 0], bytes: bytes) == nil)
  }

  @Test("Element types have ONNX's numbers and widths")
  func elementTypes() {
    // onnx.TensorProto.DataType of onnx 1.19.
    #expect(ElementType.allCases.map(\.rawValue) == Array(1...26))
    #expect(
      ElementType.float16.rawValue == 10 && ElementType.bfloat16.rawValue == 16 && ElementType.int4.rawValue == 22)
    #expect(ElementType.int4.byteCount(of: 3) == 2 && ElementType.uint2.byteCount(of: 5) == 2)
    #expect(ElementType.string.byteCount(of: 3) == nil && ElementType.complex128.byteCount(of: 1) == 16)
    #expect(Set(ElementType.allCases.map(\.onnxName)).count == ElementType.allCases.count)
    #expect(ElementType.allCases.filter(\.isFloatingPoint).count == 10)
  }

  @Test("Dimensions read as a person writes them")
  func dimensions() {
    let shape: [Dimension] = [.symbolic("N"), .fixed(28), .unknown]
    #expect(shape.map(\.description) == ["N", "28", "?"] && shape.map(\.value) == [nil, 28, nil])
  }
}
