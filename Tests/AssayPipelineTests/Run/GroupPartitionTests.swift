import AssayCore
import AssayRuntime
import AssayTestSupport
import FoundationEssentials
import Glibc
import Testing

@testable import AssayPipeline

private let group = ComparisonGroup(baseline: "b", engine: "e", threads: 1, batch: 1, scenario: .singleStream)

/// Members with files of those sizes, which take no room on the disk; the first is the baseline.
private func members(_ sizes_B: [Int], in folder: String) -> [GroupRunner.Member] {
  sizes_B.enumerated().map { index, size_B in
    let path = "\(folder)/\(index).onnx"
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o644)
    _ = ftruncate(descriptor, size_B)
    close(descriptor)
    let model = WorkerModel(
      path: path, engine: "e", settings: SessionSettings(), rowsPath: "", batch: 1, hotInput: false)
    return GroupRunner.Member(
      trial: Trial(variant: index == 0 ? Trial.baselineVariant : "v\(index)", group: group), model: model)
  }
}

private func names(_ parts: [[GroupRunner.Member]]) -> [[String]] { parts.map { $0.map(\.trial.variant) } }

struct GroupPartitionTests {
  private let MB = 1 << 20

  @Test("What fits stays together; without a known memory everything does")
  func together() throws {
    try withTemporaryFolder { folder in
      let all = members([10 * MB, 10 * MB, 10 * MB], in: folder)
      #expect(names(GroupPartition.parts(all, memory_B: 16 << 30)) == [["baseline", "v1", "v2"]])
      #expect(names(GroupPartition.parts(all, memory_B: nil)) == [["baseline", "v1", "v2"]])
    }
  }

  @Test("What does not fit is split, in order, with the baseline in each part")
  func split() throws {
    try withTemporaryFolder { folder in
      // Reckoned 396 MB each, within 60 % of 2,000 MB: three.
      let all = members([Int](repeating: 100 * MB, count: 5), in: folder)
      let parts = GroupPartition.parts(all, memory_B: 2000 * MB)
      #expect(names(parts) == [["baseline", "v1", "v2"], ["baseline", "v3", "v4"]])
    }
  }

  @Test("A member too large for any part gets one with the baseline")
  func tooLarge() throws {
    try withTemporaryFolder { folder in
      let all = members([100 * MB, 9000 * MB, 1 * MB], in: folder)
      #expect(names(GroupPartition.parts(all, memory_B: 1000 * MB)) == [["baseline", "v1"], ["baseline", "v2"]])
    }
  }

  @Test("A baseline alone is one part, and a group may have lost its baseline")
  func edges() throws {
    try withTemporaryFolder { folder in
      let all = members([1 * MB, 1 * MB], in: folder)
      #expect(names(GroupPartition.parts(Array(all.prefix(1)), memory_B: 1 << 30)) == [["baseline"]])
      #expect(names(GroupPartition.parts(Array(all.suffix(1)), memory_B: 1 << 30)) == [["v1"]])
      #expect(names(GroupPartition.parts(all, memory_B: 0)) == [["baseline", "v1"]])
    }
  }

  @Test("Every variant is in exactly one part", arguments: 0..<20 as Range<UInt64>)
  func complete(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(seed: seed)
      let sizes = (0..<generator.integer(in: 2...9)).map { _ in generator.integer(in: 0...300) * MB }
      let parts = GroupPartition.parts(members(sizes, in: folder), memory_B: generator.integer(in: 1...4000) * MB)
      let variants = names(parts).flatMap { $0.filter { $0 != "baseline" } }
      #expect(variants == (1..<sizes.count).map { "v\($0)" }, "seed \(seed)")
      for part in names(parts) { #expect(part.count >= 2 && part.first == "baseline", "seed \(seed)") }
    }
  }
}

struct FileNameTests {
  @Test("A name that a file may have is kept", arguments: ["int8", "ß-½ 漢字", "a b,c:d*?", "...", ".hidden", "-x"])
  func kept(name: String) { #expect(FileName.safe(name) == name) }

  @Test(
    "Any other name becomes one that a file may have",
    arguments: [
      "", ".", "..", "a/b", "../../etc", "a\\b", "a\nb", "a\0b", "\u{7f}", String(repeating: "漢", count: 200),
    ])
  func safe(name: String) {
    let safe = FileName.safe(name)
    #expect(safe != name && !safe.isEmpty && safe.utf8.count <= 120)
    #expect(!safe.contains("/") && !safe.contains("\0") && !safe.contains("\n") && safe != "." && safe != "..")
  }

  @Test("Different names are different files")
  func distinct() {
    let names =
      ["a/b", "a\\b", "a_b", "", "_", ".", "..", "x\n", "x\t", "x_"]
      + ["1", "2"].map { String(repeating: "x", count: 150) + $0 }
    #expect(Set(names.map(FileName.safe)).count == names.count)
  }

  @Test func stems() {
    #expect(FileName.stem("suites/digits.yaml") == "digits" && FileName.stem("a.b.yaml") == "a.b")
    #expect(FileName.stem("digits") == "digits" && !FileName.stem("").isEmpty && !FileName.stem(".yaml").isEmpty)
  }
}
