import AssayCore
import AssayData
import AssayMethods
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayPipeline

private func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

/// A perceptron of one layer in a file.
private func smallModel(in folder: String, seed: UInt64 = 1) throws -> String {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(4)])
  let y = graph.node("MatMul", [x, graph.constant(generator.tensor([4, 3]), name: "w")], output: "y")
  try graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(3)]).write(to: "\(folder)/m\(seed).onnx")
  return "\(folder)/m\(seed).onnx"
}

struct VariantCacheTests {
  @Test("The folder is the one of the environment, or else one of our own")
  func folder() {
    #expect(VariantCache(environment: ["ASSAY_CACHE": "/tmp/c"]).folder == "/tmp/c")
    #expect(VariantCache(environment: ["ASSAY_CACHE": ""]).folder == ".assay-cache")
    #expect(
      VariantCache(environment: [:]).path(kind: "rows", key: "abc", extension: "npy") == ".assay-cache/rows-abc.npy")
  }

  @Test("A cache that cannot be made is told with what to set")
  func cannotCreate() throws {
    try withTemporaryFolder { folder in
      try write("", to: "\(folder)/file")
      let error = #expect(throws: PipelineError.self) {
        try VariantCache(environment: ["ASSAY_CACHE": "\(folder)/file/c"]).prepare()
      }
      #expect(
        error?.description == "\(folder)/file/c: cannot create the cache folder: Not a directory "
          + "(set ASSAY_CACHE to a folder that can be written)")
    }
  }

  @Test("A variant is built once; another model, step, seed or calibration is another variant; damage is built again")
  func variants() throws {
    try withTemporaryFolder { folder in
      let cache = VariantCache(environment: ["ASSAY_CACHE": "\(folder)/cache"])
      try cache.prepare()
      let source = try smallModel(in: folder)
      let steps = [Step(method: "prune", options: ["sparsity": .number(0.5)])]
      let builder = VariantBuilder(context: MethodContext(cpu: CPUFeatures(flags: ["avx2"])))
      let first = try builder.build(source: source, steps, cache: cache, key: .init(calibration: "k"))
      #expect(first.build_ns != nil && first.figures.nonzeros == 6 && first.reports.last?.step == steps[0].description)
      var known = try builder.build(source: source, steps, cache: cache, key: .init(calibration: "k"))
      #expect(known.build_ns == nil)
      known.build_ns = first.build_ns
      #expect(known == first)
      // Half of the twelve weights, and two bytes that tell which.
      #expect(first.figures.packed.map { $0.indices_B == 2 && $0.values_B == 24 } == true, "\(first.figures)")
      #expect((first.figures.packed?.total_B ?? 0) < first.figures.file_B)

      var others = [first.path]
      others.append(
        try builder.build(
          source: try smallModel(in: folder, seed: 2), steps, cache: cache, key: .init(calibration: "k")
        ).path)
      others.append(try builder.build(source: source, [], cache: cache, key: .init(calibration: "k")).path)
      others.append(try builder.build(source: source, steps, cache: cache, key: .init(calibration: "other")).path)
      others.append(
        try builder.build(source: source, steps, cache: cache, key: .init(calibration: "k", learning: "rows")).path)
      others.append(
        try builder.build(source: source, steps, cache: cache, key: .init(calibration: "k", timing: "1 thread")).path)
      let seeded = VariantBuilder(context: MethodContext(cpu: CPUFeatures(flags: ["avx2"]), seed: 2))
      others.append(try seeded.build(source: source, steps, cache: cache, key: .init(calibration: "k")).path)
      #expect(Set(others).count == others.count)

      try write("damaged", to: first.path)
      let again = try builder.build(source: source, steps, cache: cache, key: .init(calibration: "k"))
      #expect(again.build_ns != nil && again.sha256 == first.sha256)
      try write("{", to: String(first.path.dropLast(4)) + "json")
      #expect(try builder.build(source: source, steps, cache: cache, key: .init(calibration: "k")).build_ns != nil)
    }
  }
}

struct DataPreparerTests {
  @Test("Rows are prepared once for each description and content")
  func once() throws {
    try withTemporaryFolder { folder in
      let cache = VariantCache(environment: ["ASSAY_CACHE": "\(folder)/cache"])
      try cache.prepare()
      let path = "\(folder)/t.csv"
      try write("0,2,1\n4,6,0\n8,10,1\n", to: path)
      var description = DatasetDescription(format: "csv", paths: [path])
      let preparer = DataPreparer(cache: cache)
      let rows = try preparer.prepare(description, name: "net")
      #expect(rows.targets == .classes([1, 0, 1], classCount: 2))
      #expect(
        rows.record
          == DatasetRecord(name: "net", availableRows: 3, rows: 3, labels: PackedIntegers([1, 0, 1]), classCount: 2))
      #expect(try NPY.map(rows.path) == Tensor([0, 2, 4, 6, 8, 10] as [Float], shape: [3, 2]))
      #expect(try preparer.prepare(description, name: "net").path == rows.path)

      var paths = [rows.path]
      description.preparation.mean = [2]
      paths.append(try preparer.prepare(description, name: "net").path)
      description.subset = Subset(count: 2)
      let subset = try preparer.prepare(description, name: "net")
      #expect(
        subset.record.rows == 2 && subset.record.availableRows == 3
          && subset.targets == .classes([1, 0], classCount: 2))
      paths.append(subset.path)
      try write("0,2,1\n4,6,0\n8,11,1\n", to: path)
      paths.append(try preparer.prepare(description, name: "net").path)
      #expect(Set(paths).count == paths.count)
    }
  }

  @Test("Data that cannot be used are told with the baseline they are for")
  func unusable() throws {
    try withTemporaryFolder { folder in
      let preparer = DataPreparer(cache: VariantCache(environment: ["ASSAY_CACHE": folder]))
      let description = DatasetDescription(format: "csv", paths: ["\(folder)/none.csv"])
      let error = #expect(throws: PipelineError.self) { try preparer.prepare(description, name: "net") }
      #expect(error?.code == .suiteInvalid)
      #expect(error?.description.hasPrefix("the data of 'net' cannot be used: \(folder)/none.csv: ") == true)
    }
  }
}
