import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// The weights of Oracles/codebooks.py.
private let referenceWeights: Tensor = {
  let values = (0..<500).map { index -> Float in
    let u = Float((index * 40503 + 17) % 65536) / 65536 - 0.5
    return u * u.magnitude
  }
  return Tensor(values, shape: [20, 25])
}()

/// From scipy.cluster.vq.kmeans2 1.17.1: Oracles/codebooks.py.
private let references: [(start: CodebookSearch.Start, values: [Float], error: Double)] = [
  (.linear, [-0.187613382935524, -0.07231747359037399, 0.01635666750371456, 0.16313207149505615], 0.5768723618875427),
  (
    .linear,
    [
      -0.23976562917232513, -0.2127462923526764, -0.18150217831134796, -0.1485680788755417, -0.11438633501529694,
      -0.07991955429315567, -0.047089751809835434, -0.018422553315758705, 0.0032330078538507223, 0.03642546758055687,
      0.07388778775930405, 0.11173582077026367, 0.14666686952114105, 0.1775367707014084, 0.20503276586532593,
      0.23340289294719696,
    ], 0.03814546742590419
  ),
  (.density, [-0.187613382935524, -0.07231747359037399, 0.01635666750371456, 0.16313207149505615], 0.5768723618875427),
  (
    .density,
    [
      -0.22718295454978943, -0.18003243207931519, -0.14082461595535278, -0.1077653095126152, -0.07756993919610977,
      -0.05176493525505066, -0.030559610575437546, -0.012700559571385384, 0.0010621461551636457, 0.018253173679113388,
      0.03863874822854996, 0.06230473890900612, 0.0901893749833107, 0.12543725967407227, 0.16842280328273773,
      0.21921782195568085,
    ], 0.04089270810936983
  ),
]

@Test func valuesAreThoseOfAnIndependentKMeans() {
  let sorted = SortedWeights(referenceWeights, skipsZeros: false)
  for reference in references {
    let found = CodebookSearch(start: reference.start, seed: 1).values(of: sorted, count: reference.values.count)
    #expect(
      zip(found.values, reference.values).allSatisfy { abs($0 - $1) < 1e-7 }
        && found.values.count == reference.values.count)
    let error = CodebookSearch.nearest(referenceWeights, found.values, keepsZeros: false).error
    #expect(abs(error - reference.error) < 1e-7)
  }
}

@Test(arguments: UInt64(1)...20)
func everyWeightHasTheNearestValueAndEveryValueIsTheMeanOfItsWeights(seed: UInt64) {
  var generator = SeededGenerator(seed: seed)
  let count = generator.integer(in: 40...400)
  let weight = Tensor(generator.normals(count), shape: [count])
  let sorted = SortedWeights(weight, skipsZeros: false)
  for start in CodebookSearch.Start.allCases {
    let values = CodebookSearch(start: start, seed: seed).values(of: sorted, count: 7).values
    let numbers = CodebookSearch.nearest(weight, values, keepsZeros: false).numbers
    var sums = values.map { _ in (sum: 0.0, count: 0.0) }
    for (value, number) in zip(weight.elements(Float.self), numbers) {
      let least = values.map { abs($0 - value) }.min() ?? 0
      #expect(abs(values[Int(number)] - value) <= least, "seed \(seed), \(start)")
      sums[Int(number)].sum += Double(value)
      sums[Int(number)].count += 1
    }
    for (value, (sum, count)) in zip(values, sums) { #expect(abs(Double(value) - sum / count) < 1e-6, "seed \(seed)") }
  }
}

@Test func radixSortingIsSorting() {
  for seed in UInt64(1)...20 {
    var generator = SeededGenerator(seed: seed)
    var values = generator.normals(generator.integer(in: 1...300)).map { abs($0) < 0.3 ? 0 : $0 }
    values += [
      -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
    ]
    let weight = Tensor(values, shape: [values.count])
    #expect(SortedWeights(weight, skipsZeros: false).values == values.sorted(), "seed \(seed)")
    #expect(SortedWeights(weight, skipsZeros: true).values == values.filter { $0 != 0 }.sorted(), "seed \(seed)")
  }
}

@Test func weightsThatAreFewDifferentNumbersAreKeptExactly() {
  let weight = Tensor((0..<300).map { Float(($0 * 7) % 5) - 2 }, shape: [300])
  for start in CodebookSearch.Start.allCases {
    let found = CodebookSearch(start: start, seed: 1).values(of: SortedWeights(weight, skipsZeros: true), count: 4)
    #expect(found.values == [-2, -1, 1, 2] && found.rounds == 0)
    #expect(CodebookSearch.nearest(weight, found.values, keepsZeros: true).error == 0)
  }
}

// MARK: - The form

private func codebook(sparsity: Double, count: Int, seed: UInt64) -> CodebookForm {
  var generator = SeededGenerator(seed: seed)
  let weight = Tensor(
    (0..<count).map { _ in generator.unit() < sparsity ? 0 : Float.random(in: -1...1, using: &generator) },
    shape: [count])
  let keepsZeros = sparsity > 0
  let found = CodebookSearch(start: .linear, seed: 1).values(
    of: SortedWeights(weight, skipsZeros: keepsZeros), count: 16)
  let values = found.values.isEmpty ? [Float(0)] : found.values
  return CodebookForm(
    values: values, numbers: CodebookSearch.nearest(weight, values, keepsZeros: keepsZeros).numbers, shape: [count])
}

@Test func sharedWeightsAreReadBackFromTheirBytes() throws {
  for seed in UInt64(1)...8 {
    for sparsity in [0, 0.2, 0.5, 0.9, 0.97, 0.999, 1] {
      let form = codebook(sparsity: sparsity, count: 3000 + Int(seed), seed: seed)
      var bytes: [UInt8] = []
      form.encode(into: &bytes)
      var reader = FormReader(bytes)
      let again = try CodebookForm(decoding: &reader)
      #expect(reader.remaining == 0 && again.dense() == form.dense(), "seed \(seed), sparsity \(sparsity)")
      var second: [UInt8] = []
      again.encode(into: &second)
      #expect(second == bytes)
    }
  }
}

@Test func bytesAreTheNumbersThePlacesAndTheCodebook() {
  let dense = codebook(sparsity: 0, count: 4096, seed: 1)
  // Rank and extent, the number of values, 16 values, the mark, four bits a weight.
  #expect(dense.values.count == 16 && dense.encodedByteCount == 3 + 1 + 64 + 1 + 2048)
  let half = codebook(sparsity: 0.5, count: 4096, seed: 1)
  // A bit a weight tells zeros.
  #expect(half.encodedByteCount == 3 + 1 + 64 + 1 + 512 + ((4096 - half.zeroCount) * 4 + 7) / 8)
  // At 8 % gaps of five bits or less a weight take fewer than a mask.
  let sparse = codebook(sparsity: 0.92, count: 40_960, seed: 1)
  let kept = 40_960 - sparse.zeroCount
  #expect(sparse.encodedByteCount < 200 + (kept * (5 + 4) + 7) / 8 + kept / 16)
}

@Test func damagedCodebooksAreRefusedOrReadButNeverCrash() {
  for sparsity in [0, 0.5, 0.95] {
    var bytes: [UInt8] = []
    codebook(sparsity: sparsity, count: 200, seed: 2).encode(into: &bytes)
    for length in 0..<bytes.count {
      var reader = FormReader(Array(bytes.prefix(length)))
      #expect(throws: MethodError.self) { try CodebookForm(decoding: &reader) }
    }
    for seed in UInt64(1)...200 {
      var generator = SeededGenerator(seed: seed)
      var damaged = bytes
      let position = generator.integer(in: 0...(bytes.count - 1))
      damaged[generator.integer(in: 0...1) == 0 ? position : position % 6] = UInt8(generator.integer(in: 0...255))
      var reader = FormReader(damaged)
      _ = try? CodebookForm(decoding: &reader)
    }
  }
  for shape in [[UInt8](arrayLiteral: 1, 255, 255, 255, 255, 255, 255, 255, 127), [1, 0], [0]] {
    var reader = FormReader(shape + [1, 0, 0, 0, 0, 2, 1, 0])
    _ = try? CodebookForm(decoding: &reader)
  }
}

// MARK: - The method

@Test func theWeightsOfALayerTakeFewValues() throws {
  let model = manyWeights(seed: 2)
  let result = try apply("cluster", ["bits": .integer(3)], to: model)
  let form = try #require(result.forms["w"] as? CodebookForm)
  #expect(form.values.count == 8 && form.numberBits == 3 && !form.keepsZeros)
  #expect(result.model.graph.constant("w") == form.dense())
  #expect(result.forms["b"] == nil && result.model.graph.constant("b") == model.graph.constant("b"))
}

@Test func zerosOfAPrunedWeightStayAndAreNoValue() throws {
  let context = MethodContext(cpu: modernCPU)
  let prune = Step(method: "prune", options: ["sparsity": .number(0.7)])
  let pruned = try MethodCatalog.apply(prune, to: manyWeights(seed: 2), in: context)
  var later = context
  later.forms = pruned.accumulated
  let result = try MethodCatalog.apply(
    Step(method: "cluster", options: ["count": .integer(4)]), to: pruned.model, in: later)
  let form = try #require(result.forms["w"] as? CodebookForm)
  #expect(form.values.count == 4 && !form.values.contains(0))
  let (before, after) = (
    try #require(pruned.model.graph.constant("w")).elements(Float.self), form.dense().elements(Float.self)
  )
  #expect(zip(before, after).allSatisfy { ($0 == 0) == ($1 == 0) } && form.zeroCount == before.count { $0 == 0 })
  #expect(result.accumulated.isMasked("w") && !result.report.notes.contains { $0.hasPrefix("warning") })
}

@Test func aLightMaskIsKnownFromTheStepThatMadeIt() throws {
  let context = MethodContext(cpu: modernCPU)
  let prune = Step(method: "prune", options: ["sparsity": .number(0.02)])
  let pruned = try MethodCatalog.apply(prune, to: manyWeights(seed: 2), in: context)
  var later = context
  later.forms = pruned.accumulated
  let cluster = Step(method: "cluster", options: ["count": .integer(4)])
  #expect(
    (try MethodCatalog.apply(cluster, to: pruned.model, in: later).forms["w"] as? CodebookForm)?.keepsZeros == true)
  #expect(
    (try MethodCatalog.apply(cluster, to: pruned.model, in: context).forms["w"] as? CodebookForm)?.keepsZeros == false)
}

@Test func weightsTooFewForACodebookAreSkipped() throws {
  let result = try apply("cluster", to: perceptron(seed: 2))
  #expect(result.report.changes.isEmpty && result.forms.isEmpty)
  #expect(result.report.skips.allSatisfy { $0.text.contains("too few weights") } && result.report.skips.count == 2)
}

@Test func moreValuesLoseLess() throws {
  let model = manyWeights(seed: 2)
  let weight = try #require(model.graph.constant("w"))
  var last = Double.infinity
  for bits in 1...6 {
    let form = try #require(try apply("cluster", ["bits": .integer(bits)], to: model).forms["w"])
    let error = squaredDistance(form.dense(), weight)
    #expect(error < last / 2)
    last = error
  }
}

@Test func countAndBitsTogetherAreRefused() {
  let step = Step(method: "cluster", options: ["count": .integer(4), "bits": .integer(2)])
  let error = #expect(throws: MethodError.self) { try MethodCatalog.method(for: step) }
  #expect(error?.code == .badOption)
}

/// One product of 64 by 32 weights and a bias.
func manyWeights(seed: UInt64) -> Model {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 64])
  let y = graph.node(
    "Gemm",
    [x, graph.constant(generator.tensor([64, 32]), name: "w"), graph.constant(generator.tensor([32]), name: "b")],
    name: "layer")
  return graph.model(outputs: [y])
}

/// Σ(a−b)².
func squaredDistance(_ a: Tensor, _ b: Tensor) -> Double {
  var sum = 0.0
  for (x, y) in zip(a.elements(Float.self), b.elements(Float.self)) {
    let distance = Double(x) - Double(y)
    sum += distance * distance
  }
  return sum
}
