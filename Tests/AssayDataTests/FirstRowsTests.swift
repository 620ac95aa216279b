import AssayCore
import Testing

@testable import AssayData

/// Formats that read no further than the rows asked for must answer as if they had.
@Suite struct FirstRowsTests {
  private func first(_ count: Int, _ whole: DatasetDescription) throws -> Dataset {
    var description = whole
    description.subset = Subset(count: count)
    return try description.open()
  }

  @Test func idxKeepsTheClassesAndRowsOfTheWhole() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(try decoded(Oracles.gzippedImages), to: "set-images-idx3-ubyte.gz")
    _ = try folder.write(idx(8, [2], [1, 6]), to: "set-labels-idx1-ubyte")
    let whole = description("idx", "\(folder.path)/set")
    let one = try first(1, whole)
    #expect(one.examples.elements(UInt8.self) == Array(0..<4) && one.labels == [1])
    #expect(one.count == 1 && one.availableRows == 2 && one.classCount == 7)
    #expect(try first(2, whole).examples.elements(UInt8.self) == Array(0..<8))
    expectFault(.rows, "3 rows are asked for, but there are 2") { _ = try first(3, whole) }
  }

  @Test func idxRefusesLabelsOfAnotherSetThatHappenToBeAsMany() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(try decoded(Oracles.gzippedImages), to: "set-images-idx3-ubyte.gz")
    _ = try folder.write(idx(8, [1], [1]), to: "set-labels-idx1-ubyte")
    expectFault(.mismatch, "2 examples, but 1 labels") { _ = try first(1, description("idx", "\(folder.path)/set")) }
  }

  @Test func cifarStopsInTheMiddleOfAFile() throws {
    let folder = try TemporaryFolder()
    let records = [UInt8(3), 4, 5].map { [$0] + [UInt8](repeating: $0 * 10, count: 3072) }
    let a = try folder.write(records[0] + records[1], to: "a.bin")
    let b = try folder.write(records[2], to: "b.bin")
    let one = try first(1, description("cifar10", a, b))
    #expect(one.labels == [3] && one.availableRows == 3 && one.examples.shape == [1, 3, 32, 32])
    #expect(try first(3, description("cifar10", a, b)).labels == [3, 4, 5])
    expectFault(.rows, "there are 3") { _ = try first(4, description("cifar10", a, b)) }
  }
}
