import AssayCore
import AssayTestSupport
import Testing

@testable import AssayMethods

/// A weight of [outer, columns, stride] with some of its groups or blocks empty.
private func sparseForms(seed: UInt64) throws -> [any SparseForm] {
  var generator = SeededGenerator(seed: seed)
  let (outer, columns, stride) = (
    generator.integer(in: 1...4), generator.integer(in: 1...21), generator.integer(in: 1...5)
  )
  let layout = WeightLayout(columns: columns, stride: stride)
  let weight = generator.tensor([outer, columns, stride])
  let group = generator.integer(in: 2...9)
  let kept = generator.integer(in: 1...(group - 1))
  let (pruned, _) = RowCut.keeping(kept, of: group).apply(to: weight, scores: weight, layout)
  let grid = BlockGrid(
    rows: generator.integer(in: 1...4), columns: generator.integer(in: 1...4), layout: layout, count: weight.count)
  let isGone = (0..<grid.count).map { _ in generator.integer(in: 0...2) > 0 }
  let (cleared, _) = grid.clearing(isGone, in: weight)
  return [
    try #require(GroupSparseForm(pruned, kept: kept, of: group, columns: columns, stride: stride)),
    // Fewer nonzeros than there is room for.
    try #require(
      GroupSparseForm(
        RowCut.share(0.9).apply(to: pruned, scores: pruned, layout).pruned, kept: kept, of: group, columns: columns,
        stride: stride)),
    try #require(
      BlockSparseForm(cleared, rows: grid.rows, columns: grid.columns, rowLength: columns, stride: stride)),
  ]
}

@Test func sparseFormsAreReadBackFromAsManyBytesAsTheySay() throws {
  for seed in UInt64(1)...60 {
    for form in try sparseForms(seed: seed) {
      var bytes: [UInt8] = []
      form.encode(into: &bytes)
      #expect(bytes.count == form.byteCount, "\(type(of: form).name), seed \(seed)")
      var reader = FormReader(bytes)
      let again = try type(of: form).init(decoding: &reader)
      #expect(reader.remaining == 0 && again.dense() == form.dense(), "\(type(of: form).name), seed \(seed)")
      var second: [UInt8] = []
      again.encode(into: &second)
      #expect(second == bytes, "\(type(of: form).name), seed \(seed)")
    }
  }
}

@Test func damagedSparseFormsAreRefusedOrReadButNeverCrash() throws {
  for seed in UInt64(1)...25 {
    for form in try sparseForms(seed: seed) {
      var bytes: [UInt8] = []
      form.encode(into: &bytes)
      for length in 0..<bytes.count {
        var reader = FormReader(Array(bytes.prefix(length)))
        #expect(throws: MethodError.self) { try type(of: form).init(decoding: &reader) }
      }
      var generator = SeededGenerator(seed: seed)
      for _ in 0..<40 {
        var damaged = bytes
        let position = generator.integer(in: 0...(bytes.count - 1))
        // Mostly where the extents stand.
        damaged[generator.integer(in: 0...1) == 0 ? position : position % min(8, bytes.count)] = UInt8(
          generator.integer(in: 0...255))
        var reader = FormReader(damaged)
        _ = try? type(of: form).init(decoding: &reader)
      }
      let huge: [UInt8] = [255, 255, 255, 255, 255, 255, 255, 255, 127]
      for prefix in [
        [1] + huge, [2, 1] + huge, [1, 0, 2, 4] + huge + huge, [1, 0, 1, 1] + huge + [1], [2] + huge + huge,
      ] {
        var reader = FormReader(prefix + bytes)
        _ = try? type(of: form).init(decoding: &reader)
      }
    }
  }
}

@Test func twoOfFourTakeThreeBitsAGroupAndEightBytes() throws {
  let tensor = Tensor([Float(0), 1, 0, 2, 3, 4, 0, 0], shape: [2, 4])
  let form = try #require(GroupSparseForm(tensor, kept: 2, of: 4, columns: 4, stride: 1))
  var bytes: [UInt8] = []
  form.encode(into: &bytes)
  // Rank and extents, N, M, columns, stride; six bits; four floats.
  #expect(bytes.count == 3 + 4 + 1 + 16)
  // Places {1, 3} have the number C(1,1) + C(3,2) = 4, places {0, 1} the number 0.
  #expect(bytes[7] == 0b000_100)
}

@Test func whatIsNotSparseEnoughIsNoGroupSparseForm() {
  let tensor = Tensor([Float(0), 1, 5, 2], shape: [1, 4])
  #expect(GroupSparseForm(tensor, kept: 2, of: 4, columns: 4, stride: 1) == nil)
  #expect(GroupSparseForm(tensor, kept: 3, of: 4, columns: 3, stride: 1) == nil)
  #expect(BlockSparseForm(tensor, rows: 1, columns: 2, rowLength: 3, stride: 1) == nil)
}

@Test func everyChoiceHasItsNumber() {
  let combinations = Combinations()
  for (k, n) in [(1, 2), (2, 4), (4, 8), (3, 5), (0, 3), (3, 3)] {
    let count = combinations.count(k, of: n)
    var masks: Set<UInt32> = []
    for number in 0..<count {
      guard let mask = combinations.mask(number, choosing: k, of: n) else { continue }
      masks.insert(mask)
      #expect(combinations.number(of: mask) == number && mask.nonzeroBitCount == k && mask >> UInt32(n) == 0)
    }
    #expect(masks.count == Int(count) && combinations.mask(count, choosing: k, of: n) == nil)
  }
  #expect(combinations.bits(2, of: 4) == 3 && combinations.bits(4, of: 8) == 7 && combinations.bits(2, of: 2) == 0)
}

@Test func theSmallestFormByItsBytesIsTaken() throws {
  func form(_ options: [String: OptionValue]) throws -> any WeightForm {
    var generator = SeededGenerator(seed: 1)
    var graph = GraphBuilder()
    let x = graph.input("x", [1, 64])
    let y = graph.node("MatMul", [x, graph.constant(generator.tensor([64, 32]), name: "w")])
    return try #require(try apply("prune", options, to: graph.model(outputs: [y])).forms["w"])
  }
  #expect(try form(["sparsity": .number(0.01)]) is DenseForm)
  #expect(try form(["sparsity": .number(0.9)]) is MaskedForm)
  #expect(try form(["pattern": .text("2:4")]) is GroupSparseForm)
  #expect(try form(["block": .text("4x4"), "sparsity": .number(0.75)]) is BlockSparseForm)
}
