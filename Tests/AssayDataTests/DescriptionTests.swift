import AssayCore
import FoundationEssentials
import Testing

@testable import AssayData

@Suite struct DescriptionTests {
  private let keys: [String: OptionValue] = [
    "idx": .text("mnist/t10k"), "scale": .text("1/255"), "mean": .number(0.1307), "std": .number(0.3081),
    "shape": .list([.integer(1), .integer(28), .integer(28)]), "classes": .integer(10), "count": .integer(300),
    "seed": .integer(1), "labels": .text("/abs/labels"),
  ]

  @Test func readsTheKeysOfASuite() throws {
    let found = try DatasetDescription(keys: keys, folder: "suites")
    #expect(
      found
        == DatasetDescription(
          format: "idx", paths: ["suites/mnist/t10k"],
          options: ["classes": .integer(10), "labels": .text("/abs/labels")],
          preparation: Preparation(
            scale: Ratio(1, over: 255) ?? .one, mean: [0.1307], std: [0.3081], shape: [1, 28, 28]),
          subset: Subset(count: 300, seed: 1)))
    let like = try DatasetDescription(keys: ["idx": .text("train"), "mean": .integer(0)], like: found)
    #expect(like.preparation.scale == found.preparation.scale && like.preparation.mean == [0])
    #expect(like.options == found.options && like.subset == nil && like.paths == ["train"])
    let files = try DatasetDescription(
      keys: [
        "cifar10": .list([.text("a.bin"), .text("/b.bin")]), "layout": .text("nhwc"), "flatten": .bool(true),
        "std": .list([.number(0.5), .integer(1), .integer(2)]),
      ], like: found, folder: "s/")
    #expect(files.paths == ["s/a.bin", "/b.bin"] && files.options.isEmpty)
    #expect(files.preparation.layout == .nhwc && files.preparation.flattens && files.preparation.std == [0.5, 1, 2])
  }

  @Test func survivesJSON() throws {
    let description = try DatasetDescription(keys: keys)
    #expect(try JSONDecoder().decode(DatasetDescription.self, from: JSONEncoder().encode(description)) == description)
  }

  @Test(
    arguments: [
      (["idx": .text("a"), "scal": .integer(1)], "did you mean 'scale'?"),
      (["csv": .text("a"), "lable": .integer(1)], "did you mean 'label'?"),
      (["idx": .text("a"), "csv": .text("b")], "two formats"),
      (["scale": .integer(1)], "no format"),
      (["idx": .integer(1)], "give a path"),
      (["idx": .list([])], "path"),
      (["idx": .text("")], "path"),
      (["idx": .text("a"), "scale": .text("1/0")], "fraction"),
      (["idx": .text("a"), "std": .integer(0)], "other than 0"),
      (["idx": .text("a"), "mean": .text("x")], "a number or a list"),
      (["idx": .text("a"), "mean": .number(1e300)], "a number or a list"),
      (["idx": .text("a"), "shape": .list([.integer(0)])], "positive"),
      (["idx": .text("a"), "layout": .text("hwc")], "nchw or nhwc"),
      (["idx": .text("a"), "count": .integer(0)], "at least 1"),
      (["idx": .text("a"), "count": .number(1.5)], "whole number"),
      (["idx": .text("a"), "seed": .integer(1)], "count"),
      (["idx": .text("a"), "flatten": .integer(1)], "true or false"),
    ] as [([String: OptionValue], String)])
  func refusesWhatIsWrong(keys: [String: OptionValue], part: String) {
    expectFault(.option, "suite.yaml:7", part) {
      _ = try DatasetDescription(keys: keys, at: Place(file: "suite.yaml", line: 7))
    }
  }

  @Test func unknownFormatsNameTheNearest() {
    expectFault(.option, "'cvs'", "did you mean 'csv'?") { _ = try description("cvs", "a").open() }
    expectFault(.option, "known formats") { _ = try description("parquet-table", "a").open() }
    expectFault(.option, "no path") { _ = try DatasetDescription(format: "idx", paths: []).open() }
    expectFault(.option, "2 paths") { _ = try description("idx", "a", "b").open() }
  }

  @Test func everyFormatIsDocumentedAndItsKeysAreItsOwn() {
    let shared = Set(DatasetDescription.sharedKeys.map(\.name))
    #expect(Set(DatasetFormatCatalog.all.map(\.name)).count == DatasetFormatCatalog.all.count)
    for format in DatasetFormatCatalog.all {
      #expect(!format.summary.isEmpty && format.keys.allSatisfy { !$0.summary.isEmpty }, "\(format.name)")
      #expect(shared.isDisjoint(with: format.keys.map(\.name)), "\(format.name)")
    }
  }

  @Test func fewerRowsThanAskedIsRefusedOnOpening() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("1,2,0\n3,4,1\n", to: "t.csv")
    var description = description("csv", path)
    description.subset = Subset(count: 3)
    expectFault(.rows, "t.csv", "3 rows are asked for, but there are 2") { _ = try description.open() }
    description.subset = nil
    description.preparation.shape = [3]
    expectFault(.shape, "t.csv", "[2] have 2 values") { _ = try description.open() }
  }
}

@Suite struct AtomicFileTests {
  @Test func failuresLeaveNothingBehind() throws {
    let folder = try TemporaryFolder()
    expectFault(.create, "/nowhere/x.npy", "cannot be created") {
      try NPY.write(Tensor(scalar: 1 as Float), to: "/nowhere/x.npy")
    }
    let target = "\(folder.path)/taken"
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    expectFault(.create, "taken", "cannot be replaced") { try NPY.write(Tensor(scalar: 1 as Float), to: target) }
    #expect(try folder.names == ["taken"])
  }

  @Test func pathsWithOddNamesWork() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/ä %s XXXXXX, \"q\".npy"
    try NPY.write(Tensor(scalar: 1 as Float), to: path)
    #expect(try NPY.map(path).elements(Float.self) == [1])
  }
}
