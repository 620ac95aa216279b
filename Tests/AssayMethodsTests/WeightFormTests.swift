import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

private func forms(seed: UInt64) -> [any WeightForm] {
  var generator = SeededGenerator(seed: seed)
  let shape = [generator.integer(in: 1...9), generator.integer(in: 1...9), generator.integer(in: 1...3)]
  let count = shape.reduce(1, *)
  let sparse = generator.floats(count).map { abs($0) < 0.6 ? 0 : $0 }
  let integers = Tensor((0..<count).map { _ in Int8(generator.integer(in: -127...127)) }, shape: shape)
  return [
    DenseForm(generator.tensor(shape)), DenseForm(integers), MaskedForm(Tensor(sparse, shape: shape)),
    AffineQuantizedForm(integers: integers, scales: generator.floats(shape[1], in: 0.1...1), axis: 1),
    AffineQuantizedForm(integers: integers, scales: [0.5], axis: nil),
  ]
}

@Test func everyFormIsReadBackFromItsBytes() throws {
  for seed in UInt64(1)...20 {
    for form in forms(seed: seed) {
      var bytes: [UInt8] = []
      form.encode(into: &bytes)
      var reader = FormReader(bytes)
      let again = try type(of: form).init(decoding: &reader)
      #expect(reader.remaining == 0 && again.dense() == form.dense(), "\(type(of: form).name), seed \(seed)")
      var second: [UInt8] = []
      again.encode(into: &second)
      #expect(second == bytes)
    }
  }
}

@Test func bytesThatEndEarlyOrLieAreRefused() {
  for form in forms(seed: 3) {
    var bytes: [UInt8] = []
    form.encode(into: &bytes)
    for length in 0..<bytes.count {
      var reader = FormReader(Array(bytes.prefix(length)))
      #expect(throws: MethodError.self) { try type(of: form).init(decoding: &reader) }
    }
    // Huge extents must not be believed.
    for prefix in [[UInt8]](arrayLiteral: [1, 2, 255, 255, 255, 255, 255, 255, 255, 127], [2] + [UInt8](repeating: 255, count: 20)) {
      var reader = FormReader(prefix + bytes)
      _ = try? type(of: form).init(decoding: &reader)
    }
  }
}

@Test func theMaskedFormTakesABitAWeightAndFourBytesANonzero() {
  var bytes: [UInt8] = []
  MaskedForm(Tensor([Float(0), 1, 0, 0, 2, 0, 0, 0, 0, 3], shape: [10])).encode(into: &bytes)
  // Rank and extent, two bytes of mask, three floats.
  #expect(bytes.count == 2 + 2 + 12)
  #expect(Array(bytes[2..<4]) == [0b0001_0010, 0b0000_0010])
}

@Test func prunedAndQuantizedWeightsComeWithTheirForm() throws {
  let pruned = try apply("prune", ["sparsity": .number(0.5)], to: perceptron(seed: 2))
  #expect(Set(pruned.forms.keys) == ["w1", "w2"])
  for (name, form) in pruned.forms { #expect(form.dense() == pruned.model.graph.constant(name)) }
  let quantized = try apply("quantize", ["mode": .text("dynamic")], to: perceptron(seed: 2))
  #expect(quantized.forms.count == 2)
  for (name, form) in quantized.forms {
    #expect(form.shape == quantized.model.graph.constant(name)?.shape)
    #expect(form is AffineQuantizedForm)
  }
}
