import AssayCore
import AssayONNX
import AssayTestSupport
import Foundation
import Testing

@testable import AssayMethods

/// A model after steps, with its packed bytes and those of its file.
private func packed(_ steps: [Step], _ model: Model) throws -> (figures: PackedFigures, file_B: Int, forms: WeightForms)
{
  var context = MethodContext(cpu: modernCPU)
  var rewrite = Rewrite(model: model, report: StepReport(step: ""))
  for step in steps {
    rewrite = try MethodCatalog.apply(step, to: rewrite.model, in: context)
    context.forms = rewrite.accumulated
  }
  let path = "\(NSTemporaryDirectory())packed-\(UInt64.random(in: 0...UInt64.max)).onnx"
  defer { try? FileManager.default.removeItem(atPath: path) }
  try rewrite.model.write(to: path)
  let file_B = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
  return (rewrite.accumulated.packedFigures(of: rewrite.model, file_B: file_B), file_B, rewrite.accumulated)
}

/// 64 × 32 weights and 32 biases.
private let weights = 64 * 32
private let bias_B = 32 * 4

struct PackedSizeTests {
  @Test("A model without forms is as large packed as it runs")
  func plain() throws {
    let found = try packed([], manyWeights(seed: 1))
    #expect(found.figures.total_B == found.file_B && found.figures.values_B == weights * 4 + bias_B)
    #expect(found.figures.indices_B == 0 && found.figures.codebooks_B == 0 && found.figures.header_B > 0)
  }

  @Test("Three quarters zero: a bit for each weight and four bytes for each that is left")
  func masked() throws {
    let plain = try packed([], manyWeights(seed: 1))
    let found = try packed([Step(method: "prune", options: ["sparsity": .number(0.75)])], manyWeights(seed: 1))
    #expect(found.figures.indices_B == weights / 8)
    #expect(found.figures.values_B == weights / 4 * 4 + bias_B)
    // Rank and two extents describe the form; all else is as in the file, which is no smaller for its zeros.
    #expect(found.file_B == plain.file_B && found.figures.header_B == plain.figures.header_B + 3)
    #expect(found.figures.total_B < plain.figures.total_B)
  }

  @Test("Sixteen shared values: four bits a weight, and the values themselves")
  func clustered() throws {
    let plain = try packed([], manyWeights(seed: 1))
    let found = try packed([Step(method: "cluster", options: ["count": .integer(16)])], manyWeights(seed: 1))
    #expect(found.figures.indices_B == weights / 2 && found.figures.codebooks_B == 16 * 4)
    #expect(found.figures.values_B == bias_B && found.figures.header_B == plain.figures.header_B + 5)
  }

  @Test("Hashed: the values of the buckets, and a seed")
  func hashed() throws {
    let found = try packed([Step(method: "hash", options: ["ratio": .number(0.125)])], manyWeights(seed: 1))
    // Biases are hashed too.
    #expect(found.figures.codebooks_B == (weights + 32) / 8 * 4 && found.figures.indices_B == 0)
    // What is left are the numbers by which the joined weight is taken apart.
    #expect(found.figures.values_B < bias_B && found.figures.total_B < found.file_B)
  }

  @Test(
    "Integers lie compact in the file already: packed they are no larger, and no byte counts twice",
    arguments: ["dynamic", "weights-8", "weights-4", "weights-3", "binary", "ternary", "float16"])
  func integers(kind: String) throws {
    let step =
      switch kind {
      case "dynamic": Step(method: "quantize", options: ["mode": .text("dynamic")])
      case "float16": Step(method: "float16")
      case "binary", "ternary": Step(method: "quantize-weights", options: ["levels": .text(kind)])
      default: Step(method: "quantize-weights", options: ["bits": .integer(Int(kind.suffix(1)) ?? 8)])
      }
    let found = try packed([step], manyWeights(seed: 1))
    #expect(found.figures.total_B <= found.file_B, "\(found)")
    // The form's own bytes are all there.
    let form = try #require(found.forms.names.first.flatMap { found.forms[$0] })
    #expect(found.figures.total_B >= min(form.encodedByteCount, weights / 8), "\(found)")
    #expect([found.figures.values_B, found.figures.indices_B, found.figures.codebooks_B].allSatisfy { $0 >= 0 })
    if kind == "weights-3" {
      #expect(found.figures.total_B < found.file_B, "3 bits lie in the file two to a byte")
    }
  }

  @Test("A form that does not belong to the weight, or is larger than it, does not count")
  func foreign() throws {
    let model = manyWeights(seed: 1)
    var generator = SeededGenerator(seed: 9)
    let plain = WeightForms().packedFigures(of: model, file_B: 9_000)
    let other = WeightForms(["w": MaskedForm(generator.tensor([64, 32]))], masked: [])
    #expect(other.packedFigures(of: model, file_B: 9_000) == plain, "another weight's values")
    let dense = try #require(model.graph.constant("w"))
    #expect(WeightForms(["w": MaskedForm(dense)], masked: []).packedFigures(of: model, file_B: 9_000) == plain)
    #expect(WeightForms(["gone": MaskedForm(dense)], masked: []).packedFigures(of: model, file_B: 9_000) == plain)
    // A file smaller than its weights in memory: nothing becomes negative.
    let small = WeightForms().packedFigures(of: model, file_B: 100)
    #expect(small.total_B == 100 && small.header_B == 0)
  }

  @Test("What each form's bytes are for adds up to all of them", arguments: 1...8)
  func parts(seed: UInt64) {
    for form in everyForm(seed: seed) {
      let all = form.encodedByteCount
      let parts = form.packedFigures(encoded_B: all)
      #expect(parts.total_B == all, "\(type(of: form).name), seed \(seed)")
      #expect(
        [parts.values_B, parts.indices_B, parts.codebooks_B, parts.header_B].allSatisfy { $0 >= 0 },
        "\(type(of: form).name), seed \(seed): \(parts)")
    }
  }

  private func everyForm(seed: UInt64) -> [any WeightForm] {
    var generator = SeededGenerator(seed: seed)
    let shape = [generator.integer(in: 1...9), generator.integer(in: 2...9)]
    let count = shape.reduce(1, *)
    let sparse = Tensor(generator.floats(count).map { abs($0) < 0.6 ? 0 : $0 }, shape: shape)
    let integers = Tensor((0..<count).map { _ in Int8(generator.integer(in: -127...127)) }, shape: shape)
    return [
      DenseForm(sparse), MaskedForm(sparse), AffineQuantizedForm(integers: integers, scales: [0.5], axis: nil),
      HashedForm(values: generator.floats(3), seed: 7, shape: shape),
      CodebookForm(
        values: generator.floats(5),
        numbers: (0..<count).map { _ in
          generator.integer(in: 0...9) == 0 ? CodebookForm.zero : UInt16(generator.integer(in: 0...4))
        },
        shape: shape),
    ]
  }
}
