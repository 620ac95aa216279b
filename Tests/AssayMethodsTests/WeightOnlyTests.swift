import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Products with the given sizes one after the other, Relu between them; `Gemm` with transB, or MatMul.
private func layers(_ sizes: [Int], seed: UInt64, transposed: Bool = true) -> Model {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  var value = graph.input("x", dimensions: [.symbolic("N"), .fixed(sizes[0])])
  for (index, (from, to)) in zip(sizes, sizes.dropFirst()).enumerated() {
    let isLast = index == sizes.count - 2
    let values = generator.normals(from * to)
    if transposed {
      let weight = graph.constant(Tensor(values, shape: [to, from]), name: "w\(index)")
      let bias = graph.constant(generator.tensor([to]), name: "b\(index)")
      value = graph.node("Gemm", [value, weight, bias], [Attribute("transB", int: 1)], name: "fc\(index)")
    } else {
      let weight = graph.constant(Tensor(values, shape: [from, to]), name: "w\(index)")
      value = graph.node("MatMul", [value, weight], name: "fc\(index)")
    }
    if !isLast { value = graph.node("Relu", [value]) }
  }
  return graph.model(outputs: [value], shape: [.symbolic("N"), .fixed(sizes[sizes.count - 1])])
}

private func identity(_ size: Int) -> Tensor {
  Tensor((0..<(size * size)).map { $0 / size == $0 % size ? Float(1) : 0 }, shape: [size, size])
}

/// Inputs whose features are correlated, as those of real data are.
private func correlated(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
  var generator = SeededGenerator(seed: seed)
  let mixing = generator.normals(4 * columns)
  var values: [Float] = []
  for _ in 0..<rows {
    let factors = generator.normals(4)
    let noise = generator.normals(columns)
    for column in 0..<columns {
      values.append((0..<4).reduce(noise[column] * 0.3) { $0 + factors[$1] * mixing[$1 * columns + column] })
    }
  }
  return Tensor(values, shape: [rows, columns])
}

/// The options in every combination that makes another form or another graph.
private let variants: [[String: OptionValue]] = {
  var found: [[String: OptionValue]] = []
  for bits in [8, 4, 3, 2] {
    for symmetry in ["symmetric", "asymmetric"] {
      for scale in ["float", "power-of-two"] {
        for granularity in ["tensor", "channel", "block"] {
          found.append([
            "bits": .integer(bits), "symmetry": .text(symmetry), "scale": .text(scale),
            "granularity": .text(granularity), "range": .text(bits % 2 == 0 ? "max" : "mse"),
          ])
        }
      }
    }
  }
  for levels in ["binary", "ternary"] {
    for granularity in ["tensor", "channel", "block"] {
      found.append(["levels": .text(levels), "granularity": .text(granularity)])
    }
  }
  found.append(["bits": .integer(2), "compute": .text("float")])
  found.append(["bits": .integer(4), "block": .integer(16)])
  found.append(["bits": .integer(4), "block": .integer(20)])
  found.append(["bits": .integer(8), "block": .integer(64)])
  return found
}()

struct WeightOnlyTests {
  @Test("What the form holds is what the written product computes with, bit for bit", arguments: variants)
  func formsAreWhatTheGraphComputes(options: [String: OptionValue]) throws {
    // 40 columns are no multiple of a block, 12 fewer than any.
    for (size, transposed) in [(40, true), (40, false), (12, true), (64, false)] {
      let model = layers([size, 9], seed: 3, transposed: transposed)
      let result = try apply("quantize-weights", options, to: model)
      let form = try #require(result.forms.values.first)
      #expect(result.forms.count == 1)
      let weight = form.dense()
      #expect(weight.shape == model.graph.constant("w0")?.shape)
      // Rows of the identity pick the weights out one by one.
      var plain = result.model
      if transposed { plain = try withoutBias(plain) }
      let product = try run(plain, ["x": identity(size)])[0]
      let expected = transposed ? weight.transposedMatrix() : weight
      // Equal as numbers: in a sum with zeros −0 becomes 0.
      #expect(product.shape == expected.shape)
      #expect(product.elements(Float.self) == expected.elements(Float.self), "\(options), size \(size)")
      #expect(throws: Never.self) { try result.model.check() }
    }
  }

  private func withoutBias(_ model: Model) throws -> Model {
    var model = model
    model.graph.setInitializer("b0", Tensor([Float](repeating: 0, count: 9), shape: [9]))
    return model
  }

  @Test("Convolutions compute with the values of their form", arguments: variants)
  func convolutions(options: [String: OptionValue]) throws {
    let model = residualNetwork(seed: 4)
    let result = try apply("quantize-weights", options, to: model)
    #expect(result.report.changes.count == 3 && result.report.skips.isEmpty)
    var dense = model
    for (name, form) in result.forms {
      let weight = try #require(["c1.weight", "c2.weight", "fc.weight"].first { name.hasPrefix($0) })
      dense.graph.setInitializer(weight, form.dense())
    }
    for batch in residualInputs(seed: 5, batches: 1) {
      #expect(difference(try run(result.model, batch)[0], try run(dense, batch)[0], absolute: 1e-5) == nil)
    }
  }

  @Test("A form is read back from its bytes, and bytes that lie are refused", arguments: variants)
  func formsSurviveTheirBytes(options: [String: OptionValue]) throws {
    for transposed in [true, false] {
      let result = try apply("quantize-weights", options, to: layers([40, 5], seed: 6, transposed: transposed))
      let form = try #require(result.forms.values.first)
      var bytes: [UInt8] = []
      form.encode(into: &bytes)
      var reader = FormReader(bytes)
      let again = try type(of: form).init(decoding: &reader)
      #expect(reader.remaining == 0 && again.dense() == form.dense())
      var second: [UInt8] = []
      again.encode(into: &second)
      #expect(second == bytes)
      for length in 0..<min(bytes.count, 40) {
        var reader = FormReader(Array(bytes.prefix(length)))
        #expect(throws: MethodError.self) { try type(of: form).init(decoding: &reader) }
      }
      var short = FormReader(Array(bytes.dropLast()))
      #expect(throws: MethodError.self) { try type(of: form).init(decoding: &short) }
      var generator = SeededGenerator(seed: 7)
      for _ in 0..<200 {
        var broken = bytes
        broken[generator.integer(in: 0...min(bytes.count - 1, 30))] = UInt8(generator.integer(in: 0...255))
        var reader = FormReader(broken)
        _ = try? type(of: form).init(decoding: &reader)
      }
    }
  }

  @Test(
    "The forms take the bits they promise",
    arguments: [
      (["bits": .integer(4), "granularity": .text("channel")] as [String: OptionValue], 100 * 4 / 8 + 4),
      (["bits": .integer(3), "granularity": .text("channel")], 38 + 4),
      (["bits": .integer(2), "granularity": .text("tensor"), "scale": .text("power-of-two")], 25 + 1),
      (["levels": .text("binary")], 13 + 4), (["levels": .text("ternary")], 20 + 4),
    ])
  func sizes(options: [String: OptionValue], expected: Int) throws {
    let result = try apply("quantize-weights", options, to: layers([100, 1], seed: 6))
    var bytes: [UInt8] = []
    try #require(result.forms.values.first).encode(into: &bytes)
    // Shape, layout and width take a handful of bytes.
    #expect(bytes.count >= expected && bytes.count <= expected + 7)
  }

  @Test("A file of packed weights is about as small as its bits")
  func filesShrink() throws {
    let model = layers([256, 64], seed: 1)
    let float = try model.serialized().count
    for (options, bits) in [
      (["bits": .integer(8)], 8.0 + 1), (["bits": .integer(4)], 5), (["bits": .integer(3)], 4.2),
      (["bits": .integer(2)], 3), (["levels": .text("ternary")], 1.75), (["levels": .text("binary")], 1.13),
    ] as [([String: OptionValue], Double)] {
      let size = try apply("quantize-weights", options, to: model).model.serialized().count
      #expect(Double(size) < Double(float) * bits / 32 + 2500, "\(options): \(size) of \(float) bytes")
    }
  }

  @Test("Cost counts the packed weights and their products")
  func costs() throws {
    let model = layers([64, 32, 10], seed: 1)
    let before = model.cost()
    for options in variants {
      let cost = try apply("quantize-weights", options, to: model).model.cost()
      #expect(cost.parameters == before.parameters && cost.macs == before.macs, "\(options)")
      #expect(cost.unknownOperators.isEmpty)
    }
  }

  @Test("Zeros among packed blocks are counted", arguments: [2, 4, 8], ["symmetric", "asymmetric"])
  func zerosAreCounted(bits: Int, symmetry: String) throws {
    let model = layers([70, 9], seed: 2)
    let result = try apply("quantize-weights", ["bits": .integer(bits), "symmetry": .text(symmetry)], to: model)
    #expect(result.model.graph.operatorCounts["MatMulNBits"] == 1)
    let dense = try #require(result.forms.values.first).dense()
    // Nine biases, none of them zero.
    #expect(result.model.cost().nonzeros == dense.elements(Float.self).count { $0 != 0 } + 9)
  }

  @Test("Zeros stay zero in every scheme that has a zero")
  func zerosStay() throws {
    let pruned = try apply("prune", ["sparsity": .number(0.6)], to: layers([64, 24, 16], seed: 8)).model
    for options in variants where options["levels"] != .text("binary") {
      let result = try apply("quantize-weights", options, to: pruned)
      for (name, form) in result.forms {
        let source = try #require(pruned.graph.constant(name.hasPrefix("w0") ? "w0" : "w1"))
        for (before, after) in zip(source.elements(Float.self), form.dense().elements(Float.self)) where before == 0 {
          #expect(after == 0)
        }
      }
      #expect(result.report.changes.allSatisfy { $0.text.contains("zeros stay zero") })
    }
    let binary = try apply("quantize-weights", ["levels": .text("binary")], to: pruned)
    #expect(binary.report.changes.isEmpty && binary.report.skips.count == 2)
    #expect(binary.report.skips.allSatisfy { $0.text.contains("the pruning would be undone") })
  }

  @Test("A second application changes nothing and says why", arguments: variants)
  func twice(options: [String: OptionValue]) throws {
    let once = try apply("quantize-weights", options, to: residualNetwork(seed: 1)).model
    let twice = try apply("quantize-weights", options, to: once)
    #expect(twice.report.changes.isEmpty && twice.report.skips.count == 3)
    #expect(twice.report.skips.allSatisfy { $0.text.hasPrefix("already quantized") })
    #expect(try twice.model.serialized() == once.serialized())
  }

  @Test("A weight of two nodes is stored once; one that something else uses stays")
  func sharing() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", [2, 32])
    let weight = graph.constant(SeededTensors.tensor([32, 32], seed: 1), name: "shared")
    let y = graph.node("MatMul", [graph.node("MatMul", [x, weight]), weight])
    let z = graph.node("Add", [y, graph.node("ReduceSum", [weight])])
    let model = graph.model(outputs: [z])
    for bits in [4, 3] {
      let result = try apply("quantize-weights", ["bits": .integer(bits)], to: model)
      #expect(result.forms.count == 1 && result.report.changes.count == 2)
      #expect(result.report.notes.contains { $0.contains("'shared' is used elsewhere too") })
    }
  }
}

struct WeightOnlyRoundingTests {
  @Test("Binary and ternary weights follow the formulas of their papers")
  func fewLevels() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", [1, 4])
    let w: [Float] = [0.1, -0.9, 0.5, -0.1, 1, 1, -1, 1]
    let y = graph.node(
      "Gemm", [x, graph.constant(Tensor(w, shape: [2, 4]), name: "w")], [Attribute("transB", int: 1)])
    let model = graph.model(outputs: [y])
    let binary = try apply("quantize-weights", ["levels": .text("binary")], to: model)
    #expect(binary.forms.values.first?.dense().elements(Float.self) == [0.4, -0.4, 0.4, -0.4, 1, 1, -1, 1])
    let ternary = try apply("quantize-weights", ["levels": .text("ternary")], to: model)
    // 0.7 · 0.4 = 0.28; the mean of 0.9 and 0.5 is 0.7.
    #expect(ternary.forms.values.first?.dense().elements(Float.self) == [0, -0.7, 0.7, 0, 1, 1, -1, 1])
  }

  @Test("Power-of-two scales are those of round(w·2ⁿ)")
  func powersOfTwo() throws {
    let w: [Float] = [0.3, -0.74, 0.01, 0.6]
    let search = GridSearch(bits: 4, isSymmetric: true, isPowerOfTwo: true, minimizesError: false)
    let grid = w.withUnsafeBufferPointer { search.grid(of: $0) }
    #expect(grid == WeightGrid(scale: 0.125, zero: 8))
    // n = 3: 2.4, −5.92, 0.08, 4.8.
    #expect(w.map { search.code(of: $0, grid) - 8 } == [2, -6, 0, 5])
  }

  @Test("The best range has no more error than the whole one")
  func meanSquaredError() {
    for seed in UInt64(1)...60 {
      var generator = SeededGenerator(seed: seed)
      let values = generator.normals(32).map { $0 * Float(seed) }
      for bits in [2, 3, 4, 8] {
        for (isSymmetric, isPowerOfTwo) in [(true, false), (false, false), (true, true), (false, true)] {
          func error(_ minimizes: Bool) -> Double {
            let search = GridSearch(
              bits: bits, isSymmetric: isSymmetric, isPowerOfTwo: isPowerOfTwo, minimizesError: minimizes)
            return values.withUnsafeBufferPointer { values in
              let grid = search.grid(of: values)
              return values.reduce(0) {
                let distance = Double($1 - (search.code(of: $1, grid) - grid.zero) * grid.scale)
                return $0 + distance * distance
              }
            }
          }
          #expect(error(true) <= error(false) * 1.0001, "seed \(seed), \(bits) bits")
        }
      }
    }
  }

  @Test("The bits of a stream come back")
  func bitStreams() {
    for width in 1...8 {
      var generator = SeededGenerator(seed: UInt64(width))
      for count in 0..<40 {
        let codes = (0..<count).map { _ in UInt8(generator.integer(in: 0...(1 << width - 1))) }
        let bytes = BitStream.packed(codes, width: width)
        #expect(bytes.count == BitStream.byteCount(count, width: width))
        #expect(BitStream.unpacked(bytes[...], count: count, width: width) == codes)
      }
    }
  }

  @Test("The inverse factor inverts")
  func inverseFactor() throws {
    let x = correlated(60, 12, seed: 3)
    var correlation = InputCorrelation(size: 12)
    x.withElements(Float.self) { correlation.add($0) }
    #expect(correlation.sampleCount == 60)
    let matrix = correlation.matrix()
    let order = [3, 1, 2, 0, 11, 10, 9, 8, 7, 6, 5, 4]
    let u = try #require(InputCorrelation.inverseFactor(matrix, size: 12, order: order, damping: 0))
    // UᵀU·H = 1.
    for i in 0..<12 {
      for j in 0..<12 {
        var sum = 0.0
        for k in 0..<12 {
          var inverse = 0.0
          for m in 0...min(i, k) { inverse += Double(u[m * 12 + i]) * Double(u[m * 12 + k]) }
          sum += inverse * matrix[order[k] * 12 + order[j]]
        }
        #expect(abs(sum - (i == j ? 1 : 0)) < 1e-3)
      }
    }
  }
}

struct SecondOrderRoundingTests {
  private func options(_ more: [String: OptionValue] = [:]) -> [String: OptionValue] {
    ["algorithm": .text("gptq")].merging(more) { $1 }
  }

  /// Squared error of the answers of a one-layer model.
  private func error(_ a: Model, _ b: Model, _ x: Tensor) throws -> Double {
    zip(try run(a, ["x": x])[0].elements(Float.self), try run(b, ["x": x])[0].elements(Float.self)).reduce(0) {
      $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
    }
  }

  @Test("GPTQ has less error in its answers than plain rounding, deterministically", arguments: [2, 3, 4])
  func beatsRounding(bits: Int) throws {
    let model = layers([48, 20], seed: 11)
    let x = correlated(80, 48, seed: 12)
    let source = ReferenceActivations(batches: [["x": x]])
    for more in [
      [:], ["act-order": .bool(true)], ["granularity": .text("channel")], ["granularity": .text("tensor")],
      ["symmetry": .text("asymmetric")], ["range": .text("max")],
    ] as [[String: OptionValue]] {
      var plainOptions = more.merging(["bits": .integer(bits), "compute": .text("float")]) { $1 }
      let result = try apply("quantize-weights", options(plainOptions), to: model, calibration: source)
      let again = try apply("quantize-weights", options(plainOptions), to: model, calibration: source)
      #expect(try result.model.serialized() == again.model.serialized())
      plainOptions["act-order"] = nil
      let plain = try apply("quantize-weights", plainOptions, to: model)
      let (with, without) = (try error(result.model, model, x), try error(plain.model, model, x))
      #expect(with < without * 0.9, "\(bits) bits, \(more): \(with) against \(without)")
    }
  }

  @Test("GPTQ of convolutions, grouped ones too, has less error than plain rounding")
  func convolutions() throws {
    for group in [1, 2, 4] {
      var generator = SeededGenerator(seed: 21)
      var graph = GraphBuilder()
      let x = graph.input("x", [3, 4, 7, 7])
      let weight = graph.constant(Tensor(generator.normals(8 * (4 / group) * 9), shape: [8, 4 / group, 3, 3]))
      let y = graph.node(
        "Conv", [x, weight],
        [
          Attribute("pads", ints: [1, 0, 1, 1]), Attribute("strides", ints: [1, 2]), Attribute("group", int: group),
          Attribute("dilations", ints: [1, 1]),
        ])
      let model = graph.model(outputs: [y])
      let batch = correlated(3 * 4 * 7, 7, seed: 22).reshaped([3, 4, 7, 7])
      let source = ReferenceActivations(batches: [["x": batch]])
      let bits: [String: OptionValue] = ["bits": .integer(3)]
      let plain = try apply("quantize-weights", bits, to: model).model
      let better = try apply("quantize-weights", options(bits), to: model, calibration: source).model
      let (with, without) = (try error(better, model, batch), try error(plain, model, batch))
      #expect(with < without, "\(group) groups")
    }
  }

  @Test("Calibration that is missing, empty, misshapen or infinite is refused")
  func badCalibration() throws {
    let model = layers([16, 4], seed: 1)
    func code(_ source: (any ActivationSource)?) -> MethodErrorCode? {
      do {
        _ = try apply("quantize-weights", options(), to: model, calibration: source)
        return nil
      } catch { return error.code }
    }
    #expect(code(nil) == .calibration)
    #expect(code(FixedActivations(values: [])) == .calibration)
    #expect(code(FixedActivations(values: [SeededTensors.tensor([2, 5], seed: 1)])) == .calibration)
    #expect(code(FixedActivations(values: [SeededTensors.tensor([0, 16], seed: 1)])) == .calibration)
    #expect(code(FixedActivations(values: [Tensor([Int32](repeating: 1, count: 16), shape: [1, 16])])) == .calibration)
    #expect(
      code(FixedActivations(values: [Tensor([Float](repeating: .nan, count: 16), shape: [1, 16])])) == .notFinite)
    // Inputs that are all alike still give an answer.
    #expect(code(FixedActivations(values: [Tensor([Float](repeating: 1, count: 16), shape: [1, 16])])) == nil)
    #expect(code(FixedActivations(values: [Tensor([Float](repeating: 0, count: 16), shape: [1, 16])])) == nil)
    #expect(code(FixedActivations(values: [Tensor([Float](repeating: 1e30, count: 16), shape: [1, 16])])) == nil)
  }
}

struct WeightOnlyOptionTests {
  @Test(
    "Options that contradict each other are refused",
    arguments: [
      ["levels": .text("binary"), "bits": .integer(4)], ["levels": .text("ternary"), "algorithm": .text("gptq")],
      ["granularity": .text("channel"), "block": .integer(32)], ["act-order": .bool(true)], ["bits": .integer(5)],
      ["block": .integer(1)], ["range": .text("entropy")], ["exclude": .text("fc9")],
    ] as [[String: OptionValue]])
  func badOptions(options: [String: OptionValue]) {
    let error = #expect(throws: MethodError.self) {
      try apply("quantize-weights", options, to: layers([16, 4, 4], seed: 1))
    }
    #expect(error?.code == .badOption)
    if options["exclude"] != nil { #expect(error?.remedy?.contains("'fc") == true) }
  }

  @Test("Nodes and weights are chosen by name")
  func names() throws {
    let model = layers([32, 16, 4], seed: 1)
    for name in ["fc0", "w0"] {
      let result = try apply("quantize-weights", ["include": .text(name)], to: model)
      #expect(result.report.changes.map(\.node) == ["fc0"] && result.report.skips.map(\.node) == ["fc1"])
    }
    let result = try apply("quantize-weights", ["convolutions": .bool(false)], to: residualNetwork(seed: 1))
    #expect(result.report.skips.map(\.node) == ["c1", "c2"] && result.report.changes.map(\.node) == ["fc"])
  }

  @Test("A weight that is NaN or infinite is named", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) {
    var model = layers([16, 4], seed: 1)
    var values = SeededTensors.tensor([4, 16], seed: 1).elements(Float.self)
    values[7] = value
    model.graph.setInitializer("w0", Tensor(values, shape: [4, 16]))
    let error = #expect(throws: MethodError.self) { try apply("quantize-weights", to: model) }
    #expect(error?.code == .notFinite && error?.place?.node == "w0")
  }

  @Test("Extreme weights are stored without overflow", arguments: variants)
  func extremes(options: [String: OptionValue]) throws {
    for scale in [Float.greatestFiniteMagnitude, 1e-38, Float.leastNonzeroMagnitude, 0] {
      var model = layers([32, 4], seed: 1)
      let values = SeededTensors.tensor([4, 32], seed: 1).elements(Float.self).map { $0 * scale }
      model.graph.setInitializer("w0", Tensor(values, shape: [4, 32]))
      let result = try apply("quantize-weights", options, to: model)
      for form in result.forms.values {
        #expect(form.dense().elements(Float.self).allSatisfy { $0.isFinite })
      }
    }
  }

  @Test("The opset is raised where it is too old")
  func oldOpset() throws {
    let result = try apply("quantize-weights", ["bits": .integer(3)], to: residualNetwork(seed: 1, opset: 9))
    #expect(result.model.opset == 13)
    #expect(throws: Never.self) { try result.model.check() }
  }
}
