import AssayCore
import FoundationEssentials
import Testing

@testable import AssayData

@Suite struct IDXTests {
  private let images = idx(8, [2, 2, 2], Array(0..<8))
  private let labels = idx(8, [2], [3, 1])

  @Test(arguments: ["-images-idx3-ubyte", "-images.idx3-ubyte"])
  func findsImagesAndLabelsFromAStem(suffix: String) throws {
    let folder = try TemporaryFolder()
    let imagesPath = try folder.write(images, to: "set\(suffix)")
    let labelsPath = try folder.write(
      labels, to: "set\(suffix.replacing("images", with: "labels").replacing("idx3", with: "idx1"))")
    let dataset = try description("idx", "\(folder.path)/set").open()
    #expect(dataset.files == [imagesPath, labelsPath])
    #expect(dataset.exampleShape == [1, 2, 2] && dataset.labels == [3, 1] && dataset.classCount == 4)
    #expect(dataset.examples.elements(UInt8.self) == Array(0..<8))
    #expect(try description("idx", imagesPath).open().labels == [3, 1])
  }

  @Test func readsGzipAndMixedPacking() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(try decoded(Oracles.gzippedImages), to: "set-images-idx3-ubyte.gz")
    _ = try folder.write(labels, to: "set-labels-idx1-ubyte")
    let dataset = try description("idx", "\(folder.path)/set").open()
    #expect(dataset.examples.elements(UInt8.self) == Array(0..<8))
  }

  @Test func readsExplicitPathsAndOtherElementTypes() throws {
    let folder = try TemporaryFolder()
    let x = try folder.write(
      idx(0x0d, [2, 3], [1.5, -2, 0, 4, 5, 6].flatMap { (v: Float) in bigEndian(Int(v.bitPattern)) }), to: "x.idx")
    let y = try folder.write(idx(0x0c, [2], bigEndian(0) + bigEndian(7)), to: "y.idx")
    let dataset = try description("idx", x, options: ["labels": .text(y), "classes": .integer(8)]).open()
    #expect(dataset.examples.elements(Float.self) == [1.5, -2, 0, 4, 5, 6] && dataset.labels == [0, 7])
    let doubles = idx(
      0x0e, [2],
      [0.5, -3].flatMap { (v: Double) in bigEndian(Int(v.bitPattern >> 32)) + bigEndian(Int(v.bitPattern & 0xffff_ffff))
      })
    let values = try folder.write(doubles, to: "values.idx")
    let regression = try description("idx", x, options: ["labels": .text(values), "regression": .bool(true)]).open()
    #expect(regression.targets == .values([0.5, -3]) && regression.classCount == nil && regression.labels.isEmpty)
  }

  @Test func missingFilesListThePathsTriedAndTheRemedy() {
    expectFault(
      .missing, "/nowhere/mnist/t10k-images-idx3-ubyte,", "/nowhere/mnist/t10k-images-idx3-ubyte.gz", "ASSAY_DATA",
      "data.root",
      "mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz", "mnist/t10k-images-idx3-ubyte.gz",
      "mnist/t10k-labels-idx1-ubyte.gz"
    ) { _ = try description("idx", "/nowhere/mnist/t10k").open() }
  }

  @Test func missingLabelsAreNamed() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(images, to: "set-images-idx3-ubyte")
    expectFault(.missing, "set-labels-idx1-ubyte") { _ = try description("idx", "\(folder.path)/set").open() }
  }

  @Test(arguments: [
    ([UInt8](), DataErrorCode.truncated, "header"),
    ([0, 0, 8], .truncated, "header"),
    ([0, 0, 8, 3, 0, 0], .truncated, "header"),
    ([1, 0, 8, 3] + Array(repeating: 0, count: 20), .malformed, "01 00 08 03"),
    ([0, 0, 10, 1, 0, 0, 0, 0], .malformed, "not an IDX file"),
    ([0, 0, 8, 9] + Array(repeating: 0, count: 40), .malformed, "not an IDX file"),
    (idx(8, [2, 2, 2], Array(0..<7)), .truncated, "[2, 2, 2]"),
    (idx(8, [2, 2, 2], Array(0..<9)), .malformed, "bytes follow"),
    (idx(8, [0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [1]), .truncated, "announces"),
    (idx(8, [0xffff_ffff, 1, 1], [1]), .truncated, "announces"),
    (idx(8, [0, 2, 2], []), .rows, "no rows"),
    (idx(8, [2, 0, 2], []), .shape, "empty"),
    (idx(8, [1, 2, 2], [1, 2, 3, 4]), .mismatch, "1 examples, but 2 labels"),
  ])
  func refusesBadFiles(bytes: [UInt8], code: DataErrorCode, part: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, to: "set-images-idx3-ubyte")
    _ = try folder.write(labels, to: "set-labels-idx1-ubyte")
    expectFault(code, part, folder.path) { _ = try description("idx", path).open() }
  }

  @Test func refusesDamagedGzip() throws {
    let gzip = try decoded(Oracles.gzippedImages)
    for length in 2..<gzip.count {
      let code = #expect(throws: DataError.self, "first \(length) bytes") {
        _ = try IDX.decode(Bytes(copying: Array(gzip[..<length])), at: Place(file: "x.gz"))
      }?.code
      #expect(code == .truncated, "first \(length) bytes")
    }
    var wrongChecksum = gzip
    wrongChecksum[gzip.count - 6] ^= 1
    expectFault(.truncated, "x.gz", "check") {
      _ = try IDX.decode(Bytes(copying: wrongChecksum), at: Place(file: "x.gz"))
    }
  }

  @Test func gzipMembersAndPaddingAreReadAsGzipReadsThem() throws {
    let gzip = try decoded(Oracles.gzippedImages)
    let padded = Bytes(copying: gzip + [0, 0, 0, 0])
    #expect(try IDX.decode(padded, at: Place()).elements(UInt8.self) == Array(0..<8))
    // A second member continues the data, which are then longer than announced.
    expectFault(.malformed, "bytes follow") { _ = try IDX.decode(Bytes(copying: gzip + gzip), at: Place()) }
  }

  @Test func randomBytesNeverCrash() throws {
    let gzip = try decoded(Oracles.gzippedImages)
    for seed in UInt64(1)...300 {
      var generator = SeededGenerator(seed: seed)
      var bytes = seed % 2 == 0 ? images : gzip
      for _ in 0...generator.index(below: 3) {
        bytes[generator.index(below: bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
      }
      guard let tensor = try? IDX.decode(Bytes(copying: bytes), at: Place()) else { continue }
      #expect(tensor.elementType.byteCount(of: tensor.count) == tensor.bytes.count, "seed \(seed)")
    }
  }

  @Test func aFolderIsNoStem() throws {
    let folder = try TemporaryFolder()
    expectFault(.missing, "\(folder.path)/-images-idx3-ubyte") { _ = try description("idx", folder.path + "/").open() }
  }

  @Test func labelsOutsideTheClassesAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(images, to: "set-images-idx3-ubyte")
    _ = try folder.write(labels, to: "set-labels-idx1-ubyte")
    expectFault(.labels, "label 3 of row 0", "0..2") {
      _ = try description("idx", path, options: ["classes": .integer(3)]).open()
    }
  }
}

@Suite struct CIFAR10Tests {
  private func record(_ label: UInt8, _ first: UInt8) -> [UInt8] {
    [label] + (0..<3072).map { first &+ UInt8(truncatingIfNeeded: $0 / 1024) }
  }

  @Test func joinsFilesInOrder() throws {
    let folder = try TemporaryFolder()
    let a = try folder.write(record(3, 10) + record(0, 20), to: "a.bin")
    let b = try folder.write(record(9, 30), to: "b.bin")
    let dataset = try description("cifar10", a, b).open()
    #expect(dataset.labels == [3, 0, 9] && dataset.classCount == 10 && dataset.exampleShape == [3, 32, 32])
    let values = dataset.examples.elements(UInt8.self)
    #expect([0, 1024, 2048, 3072, 6144, 9215].map { values[$0] } == [10, 11, 12, 20, 30, 32])
  }

  @Test func interleavesChannelsWhenAsked() throws {
    let folder = try TemporaryFolder()
    let dataset = try description("cifar10", try folder.write(record(1, 5), to: "a.bin")).open()
    let tensor = try dataset.prepare(Preparation(layout: .nhwc))
    #expect(tensor.shape == [1, 32, 32, 3])
    #expect(Array(tensor.elements(Float.self).prefix(6)) == [5, 6, 7, 5, 6, 7])
  }

  @Test func refusesBadFiles() throws {
    let folder = try TemporaryFolder()
    let short = try folder.write(Array(record(1, 0).dropLast()), to: "short.bin")
    expectFault(.truncated, "short.bin", "3072 bytes") { _ = try description("cifar10", short).open() }
    let empty = try folder.write([UInt8](), to: "empty.bin")
    expectFault(.truncated, "empty.bin") { _ = try description("cifar10", empty).open() }
    let wrong = try folder.write(record(1, 0) + record(10, 0), to: "wrong.bin")
    expectFault(.labels, "wrong.bin", "label 10 of record 1") { _ = try description("cifar10", wrong).open() }
    expectFault(.missing, "/nowhere/test_batch.bin", "ASSAY_DATA", "data_batch_1.bin", "test_batch.bin") {
      _ = try description("cifar10", "/nowhere/test_batch.bin").open()
    }
    expectFault(.unreadable, "not a file") { _ = try description("cifar10", folder.path).open() }
  }
}

@Suite struct CSVFormatTests {
  private func open(_ text: String, _ options: [String: OptionValue] = [:]) throws -> Dataset {
    let folder = try TemporaryFolder()
    return try description("csv", try folder.write(text, to: "t.csv"), options: options).open()
  }

  @Test func takesTheLabelColumnByNumberAndName() throws {
    let text = "a,class,b\r\n1,0,2\r\n3,2,4\r\n"
    for label in [OptionValue.integer(2), .integer(-2), .text("class")] {
      let dataset = try open(text, ["label": label])
      #expect(
        dataset.labels == [0, 2] && dataset.examples.elements(Float.self) == [1, 2, 3, 4] && dataset.exampleShape == [2]
      )
    }
    #expect(try open(text, ["regression": .bool(true)]).targets == .values([2, 4]))
    #expect(
      try open(text.replacing(",", with: ";"), ["delimiter": .text(";"), "label": .text("class")]).labels == [0, 2])
    #expect(
      try open(text.replacing(",", with: "\t"), ["delimiter": .text("tab"), "label": .integer(1)]).labels == [1, 3])
  }

  @Test func rowsNeedNoLabels() throws {
    let folder = try TemporaryFolder()
    let unlabelled: [String: OptionValue] = ["unlabelled": .bool(true)]
    let csv = try description("csv", try folder.write("a,b\n1,2\n3,4\n5,6\n", to: "t.csv"), options: unlabelled).open()
    #expect(csv.targets == .unlabelled(count: 3) && csv.exampleShape == [2] && csv.labels.isEmpty)
    #expect(csv.examples.elements(Float.self) == [1, 2, 3, 4, 5, 6] && csv.classCount == nil)
    #expect(try csv.selecting(Subset(count: 2)).targets == .unlabelled(count: 2))
    let column = try description("csv", try folder.write("1\n2\n", to: "c.csv"), options: unlabelled).open()
    #expect(column.exampleShape == [1] && column.count == 2)
    let path = "\(folder.path)/x.npy"
    try NPY.write(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]), to: path)
    let npy = try description("npy", path, options: unlabelled).open()
    #expect(npy.targets == .unlabelled(count: 2) && npy.files == [path])
    expectFault(.option, "no file of labels", "unlabelled: true") { _ = try description("npy", path).open() }
    for (key, value) in [("labels", OptionValue.text(path)), ("classes", .integer(2)), ("regression", .bool(false))] {
      expectFault(.option, "\(key): and unlabelled: true contradict each other") {
        _ = try description("npy", path, options: unlabelled.merging([key: value]) { $1 }).open()
      }
    }
  }

  @Test func joinsFilesAndKeepsTheirNamesInErrors() throws {
    let folder = try TemporaryFolder()
    let a = try folder.write("1,2,0\n", to: "a.csv")
    let b = try folder.write("x,y,class\n3,4,1\n", to: "b.csv")
    let dataset = try description("csv", a, b).open()
    #expect(dataset.labels == [0, 1] && dataset.examples.elements(Float.self) == [1, 2, 3, 4])
    let c = try folder.write("1,2\n", to: "c.csv")
    expectFault(.shape, "c.csv", "2 columns", "has 3") { _ = try description("csv", a, c).open() }
    let d = try folder.write("\n1,2,-1\n", to: "d.csv")
    expectFault(.labels, "d.csv:2", "label -1") { _ = try description("csv", a, d).open() }
  }

  @Test func refusesBadTables() {
    expectFault(.labels, "t.csv:2", "1.5") { _ = try open("1,2\n1,1.5\n") }
    expectFault(.labels, "t.csv:3", "label 5", "0..2") { _ = try open("a,b\n1,2\n1,5\n", ["classes": .integer(3)]) }
    expectFault(.rows, "no rows") { _ = try open("a,b\n") }
    expectFault(.rows, "no rows") { _ = try open("") }
    expectFault(.shape, "one column") { _ = try open("1\n2\n") }
    expectFault(.option, "'clas'", "did you mean 'class'?") { _ = try open("a,class\n1,2\n", ["label": .text("clas")]) }
    expectFault(.option, "no column 3 of 2") { _ = try open("1,2\n", ["label": .integer(3)]) }
    expectFault(.option, "no column 0") { _ = try open("1,2\n", ["label": .integer(0)]) }
    expectFault(.option, "'head' is no value for 'header'", "detect or present or absent") {
      _ = try open("1,2\n", ["header": .text("head")])
    }
    expectFault(.option, "delimiter") { _ = try open("1,2\n", ["delimiter": .text("ab")]) }
    expectFault(.option, "did you mean 'label'?") { _ = try open("1,2\n", ["lable": .integer(1)]) }
    expectFault(.missing, "/nowhere/t.csv") { _ = try description("csv", "/nowhere/t.csv").open() }
    expectFault(.missing, "suites/data/digits") { _ = try description("csv", "/nowhere/optdigits.tes").open() }
  }
}
