import AssayCore
import FoundationEssentials
import Testing

@testable import AssayData

private let dataRoot = ProcessInfo.processInfo.environment["ASSAY_DATA"]

private func isThere(_ path: String) -> Bool {
  dataRoot.map { FileManager.default.fileExists(atPath: "\($0)/\(path)") } ?? false
}

private typealias Figures = (rows: Int, sum: Int, labelSum: Int, weightedLabels: Int, prepared: UInt64)

/// Compares with figures that numpy computed (Oracles/make_oracles.py).
private func check(_ dataset: Dataset, _ preparation: Preparation, rows: Int, _ figures: Figures) throws {
  #expect(dataset.count == figures.rows)
  #expect(dataset.labels.reduce(0, +) == figures.labelSum)
  #expect(dataset.labels.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element } == figures.weightedLabels)
  let sum =
    dataset.examples.elementType == .uint8
    ? dataset.examples.withElements(UInt8.self) { $0.reduce(0) { $0 + Int($1) } }
    : dataset.examples.withElements(Float.self) { $0.reduce(0) { $0 + Int($1) } }
  #expect(sum == figures.sum)
  #expect(checksum(try dataset.prepare(preparation, rows: 0..<rows)) == figures.prepared)
}

@Suite struct RealDataTests {
  private let byte = Ratio(1, over: 255) ?? .one

  @Test(arguments: ["tes", "tra"])
  func digits(part: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let dataset = try description("csv", "\(root)/suites/data/digits/optdigits.\(part)").open()
    #expect(dataset.exampleShape == [64] && dataset.classCount == 10)
    try check(
      dataset, Preparation(scale: Ratio(1, over: 16) ?? .one), rows: 50,
      part == "tes" ? Oracles.digitsTest : Oracles.digitsTrain)
  }

  @Test(.enabled(if: isThere("mnist/t10k-images-idx3-ubyte.gz"), "ASSAY_DATA holds no mnist"))
  func mnist() throws {
    let dataset = try description("idx", "\(try #require(dataRoot))/mnist/t10k").open()
    #expect(dataset.exampleShape == [1, 28, 28] && dataset.classCount == 10)
    try check(dataset, Preparation(scale: byte, mean: [0.1307], std: [0.3081]), rows: 50, Oracles.mnistTest)
  }

  @Test(.enabled(if: isThere("cifar10/test_batch_first1000.bin"), "ASSAY_DATA holds no cifar10"))
  func cifar10() throws {
    let dataset = try description("cifar10", "\(try #require(dataRoot))/cifar10/test_batch_first1000.bin").open()
    try check(
      dataset, Preparation(scale: byte, mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616]), rows: 20,
      Oracles.cifarTest)
    try check(dataset, Preparation(scale: byte, layout: .nhwc), rows: 20, Oracles.cifarTestNHWC)
  }
}
