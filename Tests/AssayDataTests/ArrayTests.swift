import AssayCore
import FoundationEssentials
import Testing

@testable import AssayData

private func decode(_ bytes: [UInt8]) throws -> Tensor {
  try NPY.decode(Bytes(copying: bytes), at: Place(file: "a.npy"))
}

private func npy(_ header: String, _ payload: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
  let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + payload
}

@Suite struct NPYTests {
  @Test(arguments: Oracles.arrays.indices)
  func readsWhatNumpyWrites(index: Int) throws {
    let oracle = Oracles.arrays[index]
    let tensor = try decode(try decoded(oracle.base64))
    #expect(tensor.shape == oracle.shape, "\(oracle.name)")
    #expect(try floats(of: tensor, at: Place()) == oracle.values, "\(oracle.name)")
  }

  @Test func writesWhatItMaps() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/t.npy"
    for tensor in [
      Tensor([1.5, -2, .infinity, 0, 1.5e-38, 3] as [Float], shape: [1, 2, 3]), Tensor(scalar: 7 as Int64),
      Tensor([1, 2, 3] as [UInt8], shape: [3]), Tensor([] as [Float], shape: [0, 4]),
      Tensor([true, false], shape: [2, 1]), Tensor([-1, 2] as [Double], shape: [2]),
    ] {
      try NPY.write(tensor, to: path)
      #expect(try NPY.map(path) == tensor)
    }
    #expect(try folder.names == ["t.npy"])
  }

  @Test func elementsAreAlignedForMapping() throws {
    for rank in 0...30 {
      let header = try #require(NPYHeader.bytes(for: .float, shape: Array(repeating: 1, count: rank)))
      #expect(header.count % 64 == 0)
      #expect(try decode(header + [0, 0, 0x80, 0x3f]).elements(Float.self) == [1])
    }
    let long = try #require(NPYHeader.bytes(for: .float, shape: Array(repeating: 1, count: 30_000)))
    #expect(long[6] == 2 && long.count % 64 == 0)
    #expect(try decode(long + [0, 0, 0x80, 0x3f]).shape.count == 30_000)
  }

  @Test func mappedPagesAreNotCopied() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/t.npy"
    try NPY.write(Tensor([Float](repeating: 1, count: 5000), shape: [5000]), to: path)
    let tensor = try NPY.map(path)
    let first = tensor.withElements(Float.self) { UInt(bitPattern: $0.baseAddress) }
    // A page-aligned mapping with a header that is a multiple of 64 bytes long; our own blocks begin at the block.
    #expect(first % 4096 == 64 || first % 4096 == 128)
    // Replacing the file leaves the old mapping as it was.
    try NPY.write(Tensor([2] as [Float], shape: [1]), to: path)
    #expect(tensor.elements(Float.self).allSatisfy { $0 == 1 })
  }

  @Test func readsOtherSpellingsOfTheHeader() throws {
    let one: [UInt8] = [0, 0, 0x80, 0x3f]
    #expect(try decode(npy("{\"shape\":(1L,),\"descr\":\"<f4\",\"fortran_order\":True}\n", one)).shape == [1])
    #expect(
      try decode(npy("{ 'descr' : 'f4', 'fortran_order': False, 'shape': ( 1 , 1 ) , } ", one, version: 2)).shape == [
        1, 1,
      ])
  }

  @Test(arguments: [
    ("", DataErrorCode.malformed), ("{", .malformed), ("{}", .malformed),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", .malformed),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", .malformed),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", .malformed),
    ("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }", .malformed),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x", .malformed),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", .truncated),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904), }", .truncated),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904, 0), }", .truncated),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'shape': (), }", .malformed),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", .malformed),
    ("{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }", .unsupported),
    ("{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }", .unsupported),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", .unsupported),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", .unsupported),
  ])
  func refusesBadHeaders(header: String, code: DataErrorCode) {
    expectFault(code, "a.npy") { _ = try decode(npy(header, [1, 2, 3, 4])) }
  }

  @Test func refusesOtherFilesAndTypes() throws {
    expectFault(.malformed, "not an .npy array") { _ = try decode(Array("PK\u{3}\u{4}      ".utf8)) }
    expectFault(.malformed, "not an .npy array") { _ = try decode([]) }
    expectFault(.unsupported, "version 4") { _ = try decode(npy("{}", version: 4)) }
    expectFault(.truncated, "header") { _ = try decode(Array(npy("{'descr'", version: 2).dropLast(3))) }
    expectFault(.unsupported, "dtype") { _ = try decode(try decoded(Oracles.structured)) }
    expectFault(.unsupported, "dtype") { _ = try decode(try decoded(Oracles.complexNumbers)) }
    let half = try #require(Tensor(.bfloat16, shape: [1], bytes: Bytes(copying: [0, 0] as [UInt8])))
    expectFault(.unsupported, "bfloat16") { try NPY.write(half, to: "/nowhere/x.npy") }
  }

  @Test func everyPrefixOfAFileIsRefused() throws {
    for name in ["<f4", "fortran big-endian", "version 2"] {
      let oracle = try #require(Oracles.arrays.first { $0.name == name })
      let whole = try decoded(oracle.base64)
      for length in 0..<whole.count {
        #expect(throws: DataError.self, "\(name), first \(length) bytes") { _ = try decode(Array(whole[..<length])) }
      }
    }
  }

  @Test func randomDamageNeverCrashes() throws {
    let whole = try decoded(try #require(Oracles.arrays.first { $0.name == "fortran" }).base64)
    var outcomes = (read: 0, refused: 0)
    for seed in UInt64(1)...400 {
      var generator = SeededGenerator(seed: seed)
      var damaged = whole
      for _ in 0...generator.index(below: 4) {
        damaged[generator.index(below: 128)] = UInt8(truncatingIfNeeded: generator.next())
      }
      do {
        let tensor = try decode(damaged)
        #expect(tensor.elementType.byteCount(of: tensor.count) == tensor.bytes.count, "seed \(seed)")
        outcomes.read += 1
      } catch { outcomes.refused += 1 }
    }
    #expect(outcomes.refused > 100)
  }

  @Test func labelsMayBeAColumnOrFloats() throws {
    let folder = try TemporaryFolder()
    let (x, y) = ("\(folder.path)/x.npy", "\(folder.path)/y.npy")
    try NPY.write(Tensor([1, 2, 3, 4] as [Double], shape: [2, 2]), to: x)
    try NPY.write(Tensor([1, 0] as [Float], shape: [2, 1]), to: y)
    let dataset = try description("npy", x, options: ["labels": .text(y)]).open()
    #expect(dataset.labels == [1, 0] && dataset.examples.elements(Float.self) == [1, 2, 3, 4])
    try NPY.write(Tensor([0.5, 0] as [Float], shape: [2]), to: y)
    expectFault(.labels, "y.npy", "0.5") { _ = try description("npy", x, options: ["labels": .text(y)]).open() }
    try NPY.write(Tensor([1, 0, 0, 1] as [UInt8], shape: [2, 2]), to: y)
    expectFault(.shape, "y.npy", "[2, 2]") { _ = try description("npy", x, options: ["labels": .text(y)]).open() }
    try NPY.write(Tensor([1, -1] as [Int64], shape: [2]), to: y)
    expectFault(.labels, "label -1 of row 1") { _ = try description("npy", x, options: ["labels": .text(y)]).open() }
    try NPY.write(Tensor([1, .max] as [UInt64], shape: [2]), to: y)
    #expect(
      try description("npy", x, options: ["labels": .text(y), "regression": .bool(true)]).open().classCount == nil)
    expectFault(.labels, "row 1") { _ = try description("npy", x, options: ["labels": .text(y)]).open() }
    expectFault(.option, "labels: PATH") { _ = try description("npy", x).open() }
  }
}

@Suite struct NPZTests {
  private let names: [String: OptionValue] = ["x": .text("x_test"), "y": .text("y_test"), "stored": .text("nhwc")]

  @Test(arguments: [Oracles.storedArchive, Oracles.deflatedArchive])
  func readsWhatNumpyWrites(archive: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try decoded(archive), to: "a.npz")
    let dataset = try description("npz", path, options: names).open()
    #expect(dataset.labels == [1, 0] && dataset.storedLayout == .nhwc && dataset.exampleShape == [2, 2, 3])
    let planes = try dataset.prepare(Preparation(layout: .nchw), rows: [0])
    #expect(planes.shape == [1, 3, 2, 2])
    #expect(planes.elements(Float.self) == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
  }

  @Test func namesTheArraysThereAre() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try decoded(Oracles.storedArchive), to: "a.npz")
    expectFault(.option, "no array 'x'", "x_test, y_test") { _ = try description("npz", path).open() }
    let text = try folder.write("no archive", to: "b.npz")
    expectFault(.malformed, "b.npz", "zip") { _ = try description("npz", text).open() }
    expectFault(.missing, "/nowhere/c.npz") { _ = try description("npz", "/nowhere/c.npz").open() }
  }

  @Test func damageIsRefusedOrHarmless() throws {
    let folder = try TemporaryFolder()
    let whole = try decoded(Oracles.deflatedArchive)
    for length in stride(from: 0, to: whole.count, by: 7) {
      let path = try folder.write(Array(whole[..<length]), to: "cut.npz")
      #expect(throws: DataError.self, "first \(length) bytes") {
        _ = try description("npz", path, options: names).open()
      }
    }
    var refused = 0
    for seed in UInt64(1)...150 {
      var generator = SeededGenerator(seed: seed)
      var damaged = whole
      for _ in 0..<4 {
        damaged[generator.index(below: whole.count)] = UInt8(truncatingIfNeeded: generator.next())
      }
      let path = try folder.write(damaged, to: "damaged.npz")
      do {
        // What is accepted in spite of the damage (in a date, say) has its checksum right: the content is unharmed.
        #expect(try description("npz", path, options: names).open().labels == [1, 0], "seed \(seed)")
      } catch { refused += 1 }
    }
    #expect(refused > 50)
  }

  @Test func announcedSizesAreNotTrusted() throws {
    let folder = try TemporaryFolder()
    var bytes = try decoded(Oracles.deflatedArchive)
    // The uncompressed size in each central directory entry ("PK\1\2", offset 24).
    for at in 0..<(bytes.count - 28) where Array(bytes[at..<(at + 4)]) == [0x50, 0x4b, 1, 2] {
      bytes.replaceSubrange((at + 24)..<(at + 28), with: [0xf0, 0xff, 0xff, 0x7f])
    }
    let path = try folder.write(bytes, to: "huge.npz")
    expectFault(.truncated, "huge.npz", "announces 2147483632 bytes") {
      _ = try description("npz", path, options: names).open()
    }
  }
}
