import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Testing

/// Whatever stands in a file, reading ends in a model or in an error.
@Suite struct DamagedFileTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: Fixture.path(name))))
  }

  /// Reads, and does with what could be read all that the program does before an engine sees it.
  private func use(_ bytes: [UInt8]) {
    guard let model = try? Model(serialized: Bytes(copying: bytes)) else { return }
    _ = model.problems()
    _ = model.cost()
    _ = try? model.upgraded(to: 17)
    _ = try? model.graph.sortedTopologically()
    _ = try? model.serialized()
    for tensor in model.graph.initializers.compactMap(\.tensor) { _ = tensor.floatValues() }
  }

  @Test(arguments: ["unusual.onnx", "small.onnx"])
  func everyTruncationIsAnErrorOrAModel(name: String) throws {
    let whole = try bytes(name)
    for length in stride(from: 0, to: whole.count, by: 3) { use(Array(whole[..<length])) }
    let error = try #require(throws: ONNXError.self) {
      _ = try Model(serialized: Bytes(copying: Array(whole[..<(whole.count / 2)])))
    }
    #expect(error.code == .malformed)
    #expect(error.remedy != nil)
  }

  @Test(arguments: ["unusual.onnx", "small.onnx"])
  func flippedBytesNeverCrash(name: String) throws {
    let whole = try bytes(name)
    for seed in 1...400 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var damaged = whole
      for _ in 0..<generator.integer(in: 1...6) {
        damaged[generator.integer(in: 0...(whole.count - 1))] = UInt8(generator.integer(in: 0...255))
      }
      use(damaged)
    }
  }

  @Test func randomBytesAreNotAModel() throws {
    for seed in 1...200 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let noise = (0..<generator.integer(in: 1...300)).map { _ in UInt8(generator.integer(in: 0...255)) }
      use(noise)
    }
    #expect(throws: ONNXError.self) { _ = try Model(serialized: Bytes(copying: [UInt8]())) }
    #expect(throws: ONNXError.self) { _ = try Model(serialized: Bytes(copying: Array("not a model".utf8))) }
  }

  @Test(arguments: [
    [Int.max], [1 << 40, 1 << 40], [-1], [Int.min, 2], [1 << 60], [Int.max / 16], [1 << 55, 0, 1 << 55],
  ])
  func impossibleTensorShapesAreRefused(dims: [Int]) throws {
    // ModelProto { ir_version: 8, graph { initializer { dims, data_type: float, name: "w", raw_data: 4 bytes } } }
    func varint(_ value: UInt64) -> [UInt8] {
      var (value, result) = (value, [UInt8]())
      while value >= 0x80 {
        result.append(UInt8(value & 0x7f) | 0x80)
        value >>= 7
      }
      return result + [UInt8(value)]
    }
    func field(_ number: UInt64, _ payload: [UInt8]) -> [UInt8] {
      varint(number << 3 | 2) + varint(UInt64(payload.count)) + payload
    }
    let tensor =
      dims.flatMap { varint(1 << 3) + varint(UInt64(bitPattern: Int64($0))) } + [0x10, 0x01] + field(8, [0x77])
      + field(9, [0, 0, 0, 0])
    let file = [0x08, 0x08] + field(7, field(5, tensor))
    let error = try #require(throws: ONNXError.self) { _ = try Model(serialized: Bytes(copying: file)) }
    #expect(error.code == .invalidGraph)
    #expect(error.place?.node == "w")
  }

  @Test func aMissingFileAndAFolderAreUnreadable() throws {
    let missing = try #require(throws: ONNXError.self) { _ = try Model(contentsOf: "/nowhere/model.onnx") }
    #expect(missing.code == .unreadable)
    #expect(missing.place?.file == "/nowhere/model.onnx")
    #expect(throws: ONNXError.self) { _ = try Model(contentsOf: "/tmp") }
  }
}
