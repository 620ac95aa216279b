import AssayCore
import AssayTorch
import Testing

@Suite("Tensors of libtorch", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct TorchTensorTests {
  private func roundTrip(_ tensor: Tensor) throws {
    let library = try TorchFixture.loaded()
    let copy = try TorchTensor(tensor, library: library)
    #expect(copy.shape == tensor.shape && copy.rank == tensor.shape.count && copy.count == tensor.count)
    #expect(copy.elementType == tensor.elementType)
    #expect(copy.device == .cpu && copy.isDefined && !copy.requiresGradient)
    #expect(try copy.values() == tensor, "\(tensor.elementType) \(tensor.shape)")
    #expect(try TorchTensor(viewing: tensor, library: library).values() == tensor)
  }

  @Test("Every element type and shape comes back as it went")
  func roundTrips() throws {
    try roundTrip(Tensor([1.5, -2, 3] as [Float], shape: [3]))
    try roundTrip(Tensor([1.5, -2, .nan, .infinity].map { Float($0) }, shape: [2, 2]).reshaped([4, 1]))
    try roundTrip(Tensor([1e300, -1] as [Double], shape: [1, 2]))
    try roundTrip(Tensor([Int64.min, .max], shape: [2]))
    try roundTrip(Tensor([Int32.min, .max], shape: [2]))
    try roundTrip(Tensor([Int16.min, .max], shape: [2]))
    try roundTrip(Tensor([Int8.min, .max, 0], shape: [3]))
    try roundTrip(Tensor([UInt8.min, .max, 7], shape: [3, 1]))
    try roundTrip(Tensor([UInt16.min, .max], shape: [2]))
    try roundTrip(Tensor([UInt32.min, .max], shape: [2]))
    try roundTrip(Tensor([UInt64.min, .max], shape: [2]))
    try roundTrip(Tensor([true, false, true], shape: [3]))
    try roundTrip(Tensor(scalar: Float(4)))
    try roundTrip(Tensor([Float](), shape: [0, 3]))
    for type in [ElementType.float16, .bfloat16, .float8e4m3fn, .float8e5m2] {
      let bytes = Bytes(copying: (0..<(type.bitWidth ?? 8) / 2).map { UInt8($0) })
      try roundTrip(#require(Tensor(type, shape: [2, 2], bytes: bytes)))
    }
  }

  @Test("What libtorch has no tensors of is refused")
  func unsupported() throws {
    let library = try TorchFixture.loaded()
    let strings = try #require(Tensor(strings: [[65]], shape: [1]))
    let nibbles = try #require(Tensor(.int4, shape: [2], bytes: Bytes(copying: [UInt8(7)])))
    for tensor in [strings, nibbles] {
      let error = TorchFixture.error { () throws(TorchError) in try TorchTensor(tensor, library: library) }
      #expect(error?.code == .unsupported)
      let viewing = TorchFixture.error { () throws(TorchError) in try TorchTensor(viewing: tensor, library: library) }
      #expect(viewing?.code == .unsupported)
    }
  }

  @Test("Zeros are zero; impossible shapes are errors")
  func zeros() throws {
    let library = try TorchFixture.loaded()
    #expect(
      try TorchTensor(zeros: [2, 2], type: .int64, library: library).values().elements(Int64.self) == [0, 0, 0, 0])
    #expect(try TorchTensor(zeros: [3, 0], library: library).values().count == 0)
    let codes: [([Int], TorchErrorCode)] = [
      ([-1], .argument), ([2, -3], .argument), ([Int.max, 2], .memory), ([1 << 31, 1 << 31], .memory),
      ([1 << 45], .memory), ([Int](repeating: 1, count: 65), .argument),
    ]
    for (shape, code) in codes {
      let error = TorchFixture.error { () throws(TorchError) in try TorchTensor(zeros: shape, library: library) }
      #expect(error?.code == code, "\(shape): \(String(describing: error))")
    }
    let error = TorchFixture.error { () throws(TorchError) in try TorchTensor(zeros: [1 << 45], library: library) }
    #expect(error?.remedy?.contains("smaller") == true)
  }

  @Test("Elements change in place, and only as many as there are")
  func writing() throws {
    let tensor = try TorchFixture.tensor([1, 2, 3, 4], [2, 2])
    let transposed = try #require(try TorchFixture.loaded().call("aten::t", .tensor(tensor)).first)
    try tensor.write(Tensor([5, 6, 7, 8] as [Float], shape: [4]))
    #expect(try TorchFixture.floats(transposed) == [5, 7, 6, 8], "a view sees the change, and is read row-major")
    try transposed.write(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
    #expect(try TorchFixture.floats(tensor) == [1, 3, 2, 4])
    try tensor.zero()
    #expect(try TorchFixture.floats(transposed) == [0, 0, 0, 0])
    let short = TorchFixture.error { () throws(TorchError) in try tensor.write(Tensor([1] as [Float], shape: [1])) }
    #expect(short?.code == .argument)
    let other = TorchFixture.error { () throws(TorchError) in
      try tensor.write(Tensor([1, 2, 3, 4] as [Int32], shape: [4]))
    }
    #expect(other?.code == .argument)
    var small = [UInt8](repeating: 0, count: 3)
    let read = small.withUnsafeMutableBytes { bytes in
      TorchFixture.error { () throws(TorchError) in try tensor.read(into: bytes) }
    }
    #expect(read?.code == .argument)
  }

  @Test("One element is a number, others are not")
  func numbers() throws {
    #expect(try TorchFixture.tensor([2.5], []).number() == 2.5)
    #expect(try TorchFixture.tensor([2.5], [1, 1]).number() == 2.5)
    let library = try TorchFixture.loaded()
    let error = TorchFixture.error { () throws(TorchError) in
      try TorchTensor(zeros: [2], library: library).number()
    }
    #expect(error?.code == .argument)
    let same = try TorchFixture.tensor([1])
    #expect(try same.moved(to: .cpu).number() == 1)
  }

  @Test("Memory that is looked at stays as long as the tensor, no longer")
  func viewing() throws {
    final class Owner {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
      deinit { memory.deallocate() }
    }
    let library = try TorchFixture.loaded()
    weak var seen: Owner?
    var tensor: TorchTensor?
    do {
      let owner = Owner()
      owner.memory.initializeMemory(as: Float.self, repeating: 3, count: 16)
      seen = owner
      let bytes = Bytes(unsafe: UnsafeRawPointer(owner.memory), count: 64, owner: owner)
      tensor = try TorchTensor(viewing: #require(Tensor(.float, shape: [16], bytes: bytes)), library: library)
    }
    #expect(seen != nil)
    let view = try tensor.map { try library.call("aten::reshape", .tensor($0), .ints([4, 4])) }?.first
    tensor = nil
    #expect(seen != nil, "a view still looks at it")
    #expect(try view.map { try TorchFixture.floats($0) } == [Float](repeating: 3, count: 16))
    withExtendedLifetime(view) {}
  }

  @Test("Ten thousand calls leave no handle behind, also where they fail")
  func handles() throws {
    // A value of its own, so that other tests do not count.
    let library = try TorchLibrary(path: TorchFixture.loaded().path)
    let add = try library.operator("aten::add.Tensor")
    let split = try library.operator("aten::split.Tensor")
    let matmul = try library.operator("aten::mm")
    do {
      let x = try TorchTensor(Tensor([Float](repeating: 1, count: 6), shape: [2, 3]), library: library)
      for _ in 0..<2_000 {
        _ = try add(.tensor(x), .tensor(x))
        _ = try add(.tensor(x), 1)
        #expect(try split.call([.tensor(x), 1, 1]).count == 3)
        #expect(TorchFixture.error { () throws(TorchError) in try matmul(.tensor(x), .tensor(x)) } != nil)
        _ = try x.detached()
      }
      #expect(library.liveTensorCount == 1)
    }
    #expect(library.liveTensorCount == 0)
  }
}
