import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// From the Python package xxhash 4.1.0: Oracles/bucket_hash.py.
@Test(arguments: [
  ("", UInt32(0), UInt32(0x02cc_5d05)), ("", 2_654_435_761, 0x36b7_8ae7), ("a", 0, 0x550d_7456),
  ("abc", 0, 0x32d1_53ff),
  ("abc", 7, 0x57cf_d434), ("0123456789abcde", 1, 0x7917_2de1), ("0123456789abcdef", 1, 0xf31f_e1cf),
  ("Nobody inspects the spammish repetition", 0, 0xe229_3b2f),
])
func hashesAreThoseOfTheReference(text: String, seed: UInt32, expected: UInt32) {
  let hash = Array(text.utf8).withUnsafeBytes { XXHash32.hash($0, seed: seed) }
  #expect(hash == expected)
}

@Test func hashesOfNumbersAreThoseOfTheirBytes() {
  for seed in UInt64(1)...200 {
    var generator = SeededGenerator(seed: seed)
    let (number, hashSeed) = (generator.next(), UInt32(truncatingIfNeeded: generator.next()))
    let bytes = withUnsafeBytes(of: number.littleEndian) { XXHash32.hash($0, seed: hashSeed) }
    #expect(XXHash32.hash(number, seed: hashSeed) == bytes, "seed \(seed)")
  }
}

/// From the Python package xxhash 4.1.0: Oracles/bucket_hash.py.
@Test func bucketsAndSignsAreThoseOfTheReference() {
  let hash = BucketHash(buckets: 10, seed: 0x1234_5678)
  let positions = [0, 1, 2, 3, 4, 5, 6, 7, 255, 256, 784_999, 1 << 32 - 1, 1 << 32, 1 << 40 + 3]
  #expect(positions.map(hash.bucket) == [3, 2, 8, 1, 2, 6, 0, 9, 4, 5, 4, 9, 9, 1])
  #expect(positions.map { hash.isNegative($0) ? 1 : 0 } == [1, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0])
}

@Test func bucketsAreEvenlyFilledAndSignsAreIndependentOfThem() {
  let hash = BucketHash(buckets: 16, seed: 7)
  var counts = [[Int]](repeating: [0, 0], count: 16)
  for index in 0..<32_000 { counts[hash.bucket(index)][hash.isNegative(index) ? 1 : 0] += 1 }
  // χ² of 32 cells around 1000 each, 31 degrees of freedom: 61.1 is the 99.9 % quantile (published table).
  let chi = counts.joined().reduce(0.0) { sum, count in sum + Double((count - 1000) * (count - 1000)) / 1000 }
  #expect(chi < 61.1)
}

@Test func untrainedValuesAreTheNearestToTheWeights() throws {
  let weight = SeededTensors.tensor([9, 11], seed: 4)
  let form = HashedForm(nearest: weight, buckets: 7, seed: 3)
  func error(_ values: [Float]) -> Double {
    squaredDistance(HashedForm(values: values, seed: 3, shape: [9, 11]).dense(), weight)
  }
  // Least squares: every other value is worse.
  for bucket in 0..<7 {
    for step in [Float(-0.01), 0.01] {
      var values = form.values
      values[bucket] += step
      #expect(error(values) > error(form.values))
    }
  }
}

@Test func hashedWeightsTakeTheBytesOfTheirValuesAndASeed() {
  let form = HashedForm(values: [Float](repeating: 0.5, count: 12_266), seed: 9, shape: [785, 1000])
  // Rank and two extents of two bytes, seed, the number of values in two bytes, values.
  #expect(form.encodedByteCount == 5 + 4 + 2 + 4 * 12_266)
}

@Test func damagedHashedFormsAreRefused() {
  var bytes: [UInt8] = []
  HashedForm(values: [1, 2, 3], seed: 9, shape: [4, 5]).encode(into: &bytes)
  for length in 0..<bytes.count {
    var reader = FormReader(Array(bytes.prefix(length)))
    #expect(throws: MethodError.self) { try HashedForm(decoding: &reader) }
  }
  // A weight of 2⁵⁶ elements from one value; no value at all.
  for broken in [
    [UInt8](arrayLiteral: 1, 255, 255, 255, 255, 255, 255, 255, 127, 0, 0, 0, 0, 1, 0, 0, 0, 0), [1, 4, 0, 0, 0, 0, 0],
  ] {
    var reader = FormReader(broken)
    #expect(throws: MethodError.self) { try HashedForm(decoding: &reader) }
  }
}

// MARK: - The method

private func hashed(
  _ model: Model, _ options: [String: OptionValue] = [:], ratio: OptionValue = .text("1/4")
) throws -> Rewrite {
  try apply("hash", options.merging(["ratio": ratio]) { first, _ in first }, to: model)
}

@Test func weightsAndBiasOfALayerShareOneMatrix() throws {
  let model = perceptron(seed: 5)
  let result = try hashed(model)
  // 6·5 + 5 and 5·3 + 3 weights.
  #expect(result.forms.count == 2)
  let first = try #require(result.forms["w1_hashed"] as? HashedForm)
  let second = try #require(result.forms["w2_hashed"] as? HashedForm)
  #expect(first.shape == [7, 5] && first.values.count == 9 && second.shape == [6, 3] && second.values.count == 5)
  #expect(first.seed != second.seed)
  // Nothing of the old weights and biases is left in the file.
  for name in ["w1", "b1", "w2", "b2"] { #expect(result.model.graph.initializer(name) == nil) }
  // The graph computes with them: as if weights and biases were written out.
  var plain = model
  for (form, weight, bias) in [(first, "w1", "b1"), (second, "w2", "b2")] {
    let values = form.dense().elements(Float.self)
    let columns = form.shape[1]
    let shape = try #require(plain.graph.constant(bias)).shape
    plain.graph.setInitializer(weight, Tensor(Array(values.dropLast(columns)), shape: [form.shape[0] - 1, columns]))
    plain.graph.setInitializer(bias, Tensor(Array(values.suffix(columns)), shape: shape))
  }
  let inputs = ["x": SeededTensors.tensor([4, 6], seed: 10)]
  #expect(try run(result.model, inputs) == run(plain, inputs))
}

@Test func transposedProductsAndConvolutionsTakeTheirBiasFromTheLastColumn() throws {
  let model = residualNetwork(seed: 6)
  let result = try hashed(model, ["convolutions": .bool(true)])
  #expect(result.forms.count == 3 && result.report.skips.isEmpty)
  var plain = model
  for stem in ["c1", "c2", "fc"] {
    let form = try #require(result.forms["\(stem).weight_hashed"] as? HashedForm)
    let shape = try #require(plain.graph.constant("\(stem).weight")).shape
    let inputs = shape.dropFirst().reduce(1, *)
    #expect(form.shape == [shape[0], inputs + 1])
    let values = form.dense().elements(Float.self)
    let rows = (0..<shape[0]).map { values[($0 * (inputs + 1))..<(($0 + 1) * (inputs + 1))] }
    plain.graph.setInitializer("\(stem).weight", Tensor(rows.flatMap { $0.dropLast() }, shape: shape))
    plain.graph.setInitializer("\(stem).bias", Tensor(rows.map { $0[$0.endIndex - 1] }, shape: [shape[0]]))
  }
  let inputs = residualInputs(seed: 10)[0]
  #expect(try run(result.model, inputs) == run(plain, inputs))
}

@Test func convolutionsAndBiasesStayWhereAskedFor() throws {
  let plain = try hashed(residualNetwork(seed: 6))
  #expect(plain.forms.count == 1 && plain.report.skips.count == 2)
  let withoutBias = try hashed(perceptron(seed: 5), ["biases": .bool(false)])
  #expect(Set(withoutBias.forms.keys) == ["w1", "w2"])
  #expect(withoutBias.model.graph.constant("b1") == perceptron(seed: 5).graph.constant("b1"))
  #expect(withoutBias.forms["w1"]?.dense() == withoutBias.model.graph.constant("w1"))
}

@Test func aWeightThatTwoNodesUseIsLeftAloneAndASharedBiasIsNotJoined() throws {
  var generator = SeededGenerator(seed: 1)
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 4])
  let (weight, bias) = (
    graph.constant(generator.tensor([4, 4]), name: "w"), graph.constant(generator.tensor([4]), name: "b")
  )
  let other = graph.constant(generator.tensor([4, 4]), name: "v")
  let first = graph.node("Gemm", [x, weight, bias], name: "first")
  let second = graph.node("Gemm", [first, weight, bias], name: "second")
  let y = graph.node("Gemm", [second, other, bias], name: "third")
  let result = try hashed(graph.model(outputs: [y]))
  #expect(Array(result.forms.keys) == ["v"] && result.report.skips.map(\.node) == ["first", "second"])
}

@Test func theSeedDecidesAndRandomValuesAreBounded() throws {
  let model = perceptron(seed: 5)
  func form(_ seed: UInt64, _ start: String) throws -> HashedForm {
    let step = Step(method: "hash", options: ["ratio": .number(0.5), "start": .text(start)])
    let result = try MethodCatalog.apply(step, to: model, in: MethodContext(cpu: modernCPU, seed: seed))
    return try #require(result.forms["w1_hashed"] as? HashedForm)
  }
  #expect(try form(1, "means").values == form(1, "means").values)
  #expect(try form(1, "means").seed != form(2, "means").seed)
  let values = try form(1, "random").values
  #expect(values.allSatisfy { abs($0) <= 1 / Float(6).squareRoot() } && Set(values).count > 10)
}

@Test(arguments: [
  (OptionValue.text("1/64"), true), (.number(0.125), true), (.integer(1), true), (.text("0.5"), true),
  (.text("1 / 8"), true),
  (.text("2/1"), false), (.integer(0), false), (.text("1/0"), false), (.text("a/4"), false), (.text("1/2/3"), false),
  (.text(""), false), (.text("-1/8"), false), (.text("nan"), false), (.bool(true), false), (.text("1/"), false),
])
func ratiosAreShares(ratio: OptionValue, isGood: Bool) {
  let step = Step(method: "hash", options: ["ratio": ratio])
  if isGood {
    #expect(throws: Never.self) { try MethodCatalog.method(for: step) }
  } else {
    let error = #expect(throws: MethodError.self) { try MethodCatalog.method(for: step) }
    #expect(error?.code == .badOption)
  }
}

@Test func weightsThatAreNoNumbersAreNamed() throws {
  var model = perceptron(seed: 5)
  model.graph.setInitializer("b1", Tensor([Float](repeating: .nan, count: 5), shape: [5]))
  let error = #expect(throws: MethodError.self) { try hashed(model) }
  #expect(error?.code == .notFinite && error?.message.contains("w1") == true)
}

@Test func stepsAfterHashingLeaveHashedLayersAlone() throws {
  let model = try hashed(perceptron(seed: 5)).model
  for later in ["prune", "cluster", "quantize-weights"] {
    let options: [String: OptionValue] = later == "prune" ? ["sparsity": .number(0.5)] : [:]
    let result = try apply(later, options, to: model)
    #expect(result.report.changes.isEmpty && result.report.skips.count == 2, "\(later)")
  }
}
