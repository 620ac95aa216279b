import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Forms of every kind in the catalogue, of random shapes, groups and levels.
private func forms(seed: UInt64) throws -> [any WeightForm] {
  var generator = SeededGenerator(seed: seed)
  let (rows, columns) = (generator.integer(in: 1...7), generator.integer(in: 2...19))
  let isTransposed = generator.integer(in: 0...1) == 1
  let shape = isTransposed ? [columns, rows] : [rows, columns]
  let dense = generator.tensor(shape)
  let sparse = WeightArrays.mapped(dense) { abs($0) < 0.5 ? 0 : $0 }
  let layouts = [
    GroupLayout(rows: rows, columns: columns, isSingle: true), GroupLayout(rows: rows, columns: columns),
    GroupLayout(rows: rows, columns: columns, block: generator.integer(in: 2...columns)),
  ]
  let layout = layouts[generator.integer(in: 0...2)]
  let matrix = isTransposed ? dense.transposedMatrix() : dense
  func grouped(_ levels: WeightLevels, isSymmetric: Bool = true, isPowerOfTwo: Bool = false) -> any WeightForm {
    var bits = 4
    if case .integers(let width) = levels { bits = width }
    let search = GridSearch(
      bits: bits, isSymmetric: isSymmetric, isPowerOfTwo: isPowerOfTwo, minimizesError: seed % 2 == 0)
    return WeightRounding(levels: levels, search: search).quantized(matrix, layout)
      .form(isPowerOfTwo: isPowerOfTwo, shape: shape, isTransposed: isTransposed)
  }
  let integers = Tensor((0..<dense.count).map { _ in Int8(generator.integer(in: -100...100)) }, shape: shape)
  let wide = Tensor((0..<dense.count).map { _ in Int16(generator.integer(in: -30_000...30_000)) }, shape: shape)
  let rowLayout = WeightLayout(columns: shape[1], stride: 1)
  let (halved, _) = RowCut.keeping(1, of: 2).apply(to: dense, scores: dense, rowLayout)
  let grid = BlockGrid(rows: 2, columns: 2, layout: rowLayout, count: dense.count)
  let (cleared, _) = grid.clearing((0..<grid.count).map { _ in generator.integer(in: 0...1) == 0 }, in: dense)
  let half = try #require(dense.converted(to: .float16))
  let values = CodebookSearch(start: .linear, seed: 1).values(of: SortedWeights(sparse, skipsZeros: true), count: 4)
    .values
  func codebook(_ tensor: Tensor, keepsZeros: Bool) -> CodebookForm {
    let values = values.isEmpty ? [Float(0.5)] : values
    return CodebookForm(
      values: values, numbers: CodebookSearch.nearest(tensor, values, keepsZeros: keepsZeros).numbers, shape: shape)
  }
  return [
    DenseForm(dense), DenseForm(half), MaskedForm(sparse),
    try #require(GroupSparseForm(halved, kept: 1, of: 2, columns: shape[1], stride: 1)),
    try #require(BlockSparseForm(cleared, rows: 2, columns: 2, rowLength: shape[1], stride: 1)),
    AffineQuantizedForm(integers: integers, scales: generator.floats(shape[1], in: 0.1...1), axis: 1),
    AffineQuantizedForm(integers: wide, scales: [0.001], axis: nil),
    grouped(.integers(bits: 4)), grouped(.integers(bits: 8), isSymmetric: false),
    grouped(.integers(bits: 3), isPowerOfTwo: true),
    grouped(.integers(bits: 2), isSymmetric: false, isPowerOfTwo: true),
    grouped(.binary), grouped(.ternary), codebook(dense, keepsZeros: false), codebook(sparse, keepsZeros: true),
    HashedForm(nearest: dense, buckets: generator.integer(in: 1...9), seed: UInt32(truncatingIfNeeded: seed)),
  ]
}

/// Whether two tensors hold the same numbers but for rounding in single precision.
private func isClose(_ a: Tensor, _ b: Tensor) -> Bool {
  guard a.shape == b.shape, let a = a.floatValues(), let b = b.floatValues() else { return false }
  return zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($0), abs($1)) }
}

private func decoded(_ form: any WeightForm) throws -> any WeightForm {
  var bytes: [UInt8] = []
  form.encode(into: &bytes)
  #expect(bytes.count == form.encodedByteCount)
  var reader = FormReader(bytes)
  let again = try type(of: form).init(decoding: &reader)
  #expect(reader.remaining == 0)
  return again
}

@Test func theseTestsSeeEveryFormOfTheCatalogue() throws {
  #expect(try Set(forms(seed: 1).map { type(of: $0).name }) == Set(WeightFormCatalog.forms.map { $0.name }))
}

@Test(arguments: UInt64(1)...24)
func atItsFirstParametersAFormIsItsDenseWeight(seed: UInt64) throws {
  for form in try forms(seed: seed) {
    let name = "\(type(of: form).name), seed \(seed)"
    let weight = form.trainable()
    #expect(!weight.parameters.isEmpty && weight.bounds.count == weight.parameters.count, "\(name)")
    #expect(isClose(try weight.evaluated(weight.parameters), form.dense()), "\(name)")
    #expect(isClose(try form.trained(weight.parameters).dense(), form.dense()), "\(name)")
    for (parameter, bounds) in zip(weight.parameters, weight.bounds) {
      guard let bounds else { continue }
      #expect(parameter.elements(Float.self).allSatisfy(bounds.contains), "\(name)")
    }
  }
}

@Test(arguments: UInt64(1)...24)
func aTrainedFormIsWhatItsExpressionWasAndIsReadBack(seed: UInt64) throws {
  for form in try forms(seed: seed) {
    let name = "\(type(of: form).name), seed \(seed)"
    var generator = SeededGenerator(seed: seed, stream: 2)
    let weight = form.trainable()
    let moved = weight.parameters.enumerated().map { number, parameter in
      // The first are weights, the second factors of scales.
      WeightArrays.mapped(parameter) {
        number == 0
          ? $0 + Float.random(in: -0.3...0.3, using: &generator) : $0 * Float.random(in: 0.8...1.2, using: &generator)
      }
    }
    let trained = try form.trained(moved)
    #expect(type(of: trained).name == type(of: form).name && trained.shape == form.shape)
    let expected = try weight.evaluated(moved)
    // Half precision rounds what is trained in single.
    if trained.dense().elementType == .float {
      #expect(isClose(trained.dense(), expected), "\(name)")
    } else {
      #expect(trained.dense() == expected.converted(to: .float16), "\(name)")
    }
    #expect(isClose(try decoded(trained).dense(), trained.dense()), "\(name)")
    // What was trained can be trained on.
    #expect(isClose(try trained.trainable().evaluated(trained.trainable().parameters), trained.dense()), "\(name)")
  }
}

@Test(arguments: UInt64(1)...12)
func zerosOfAMaskStayZeroWhateverTheParametersBecome(seed: UInt64) throws {
  for form in try forms(seed: seed) {
    let isSparse = form is MaskedForm || form is GroupSparseForm || (form as? CodebookForm)?.keepsZeros == true
    guard isSparse else { continue }
    let parameters = form.trainable().parameters.map { WeightArrays.mapped($0) { $0 + 3 } }
    let (before, after) = (form.dense().elements(Float.self), try form.trained(parameters).dense().elements(Float.self))
    #expect(zip(before, after).allSatisfy { ($0 == 0) == ($1 == 0) }, "\(type(of: form).name), seed \(seed)")
  }
}

@Test func parametersAreAsManyAsTheFormStores() throws {
  for form in try forms(seed: 5) {
    let counts = form.trainable().parameters.map(\.count)
    switch form {
    case let form as HashedForm: #expect(counts == [form.values.count])
    case let form as CodebookForm: #expect(counts == [form.values.count])
    case let form as AffineQuantizedForm: #expect(counts == [form.integers.count, form.scales.count])
    case let form as BlockQuantizedForm: #expect(counts == [form.weight.codes.count, form.weight.scales.count])
    default: #expect(counts == [form.shape.reduce(1, *)])
    }
  }
}

@Test func parametersThatDoNotFitOrAreNoNumbersAreRefused() throws {
  for form in try forms(seed: 7) {
    let parameters = form.trainable().parameters
    #expect(throws: MethodError.self) { try form.trained([]) }
    #expect(throws: MethodError.self) { try form.trained(parameters + [Tensor(scalar: Float(1))]) }
    let count = parameters[0].count
    #expect(throws: MethodError.self) {
      try form.trained([parameters[0].reshaped([count, 1, 1])] + parameters.dropFirst())
    }
    for number in parameters.indices {
      var broken = parameters
      broken[number] = WeightArrays.mapped(broken[number]) { _ in .nan }
      let error = #expect(throws: MethodError.self) { try form.trained(broken) }
      #expect(error?.code == .notFinite, "\(type(of: form).name)")
    }
  }
  let half = try DenseForm(#require(Tensor([Float(1)], shape: [1]).converted(to: .float16)))
  #expect(throws: MethodError.self) { try half.trained([Tensor([Float(1e6)], shape: [1])]) }
}

@Test func integersWithoutScalesHaveNothingToTrain() throws {
  let form = DenseForm(Tensor([Int8(1), 2], shape: [2]))
  #expect(form.trainable().parameters.isEmpty)
  #expect(try form.trainable().evaluated([]) == form.dense())
  #expect(try form.trained([]).dense() == form.dense())
}

@Test func binaryAndTernaryWeightsFollowTheirFloatWeights() throws {
  let layout = GroupLayout(rows: 2, columns: 4)
  func form(_ levels: WeightLevels) -> any WeightForm {
    WeightRounding(
      levels: levels, search: GridSearch(bits: 4, isSymmetric: true, isPowerOfTwo: false, minimizesError: false)
    ).quantized(SeededTensors.tensor([2, 4], seed: 3), layout)
      .form(isPowerOfTwo: false, shape: [2, 4], isTransposed: false)
  }
  let latent = [Tensor([Float(0.1), -0.3, 0, 0.8, -1, 2, 0.2, -0.4], shape: [2, 4])]
  // Mean magnitudes 0.3 and 0.9; zero counts as positive.
  let binary = try form(.binary).trained(latent).dense().elements(Float.self)
  #expect(zip(binary, [0.3, -0.3, 0.3, 0.3, -0.9, 0.9, 0.9, -0.9]).allSatisfy { abs($0 - Float($1)) < 1e-6 })
  // Thresholds 0.21 and 0.63; means of the rest 0.55 and 1.5.
  let ternary = try form(.ternary).trained(latent).dense().elements(Float.self)
  #expect(zip(ternary, [0, -0.55, 0, 0.55, -1.5, 1.5, 0, 0]).allSatisfy { abs($0 - Float($1)) < 1e-6 })
}

@Test func learntScalesMoveTheWholeGrid() throws {
  let form = AffineQuantizedForm(integers: Tensor([Int8(-4), 1, 3, 2], shape: [2, 2]), scales: [0.5, 0.25], axis: 0)
  let weights = Tensor([Float(-9), 0.4, 0.8, 0.26], shape: [2, 2])
  let trained = try form.trained([weights, Tensor([Float(2), 1], shape: [2])])
  // Scales 1 and 0.25; −9 is clipped to the largest integer there was, 0.4 and 0.26/0.25 are rounded.
  #expect(trained.scales == [1, 0.25])
  #expect(trained.integers.elements(Int8.self) == [-4, 0, 3, 1])
}
