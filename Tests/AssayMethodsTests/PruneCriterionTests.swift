import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

// The weight and input of Oracles/pruning_masks.py, and the masks NumPy found.
private let (rows, columns) = (6, 10)
private let oracleWeight: [Float] = (0..<(rows * columns)).map { (index: Int) -> Float in
  let square: Int = 353 * index * index
  return Float((square + 7919 * index + 13) % 1009 - 504)
}
private let oracleInput: [Float] = (0..<(5 * columns)).map { (index: Int) -> Float in
  let square: Int = 17 * index * index
  return Float((square + 6007 * index + 5) % 211)
}

struct MaskOracle: Sendable, CustomTestStringConvertible {
  var options: [String: OptionValue]
  var mask: String
  var testDescription: String { Step(method: "prune", options: options).description }

  static let all: [MaskOracle] = [
    MaskOracle(
      options: ["criterion": .text("wanda"), "sparsity": .number(0.5)],
      mask: "1110100001 0101001011 1110000011 1001101001 1110001010 1100100011"),
    MaskOracle(
      options: ["criterion": .text("wanda"), "sparsity": .number(0.4), "scope": .text("global")],
      mask: "1110111111 0101001000 1110100111 1001101001 1110000010 1110110111"),
    MaskOracle(
      options: ["pattern": .text("2:4")], mask: "1010110011 0101011011 1010100111 1001011011 0110001111 1010110011"),
    MaskOracle(
      options: ["pattern": .text("1:3"), "criterion": .text("wanda")],
      mask: "1000100011 0101001001 0100100011 1001001001 0100100011 1000100011"),
    MaskOracle(
      options: ["block": .text("2x3"), "sparsity": .number(0.5)],
      mask: "0000000001 0000000001 0001111111 0001111111 1110001110 1110001110"),
    MaskOracle(
      options: [
        "block": .list([.integer(4), .integer(4)]), "sparsity": .number(0.5), "criterion": .text("l2"),
        "scope": .text("layer"),
      ],
      mask: "0000111100 0000111100 0000111100 0000111100 0000111111 0000111111"),
  ]
}

/// A product of the oracle's input by its weight, in one of the ways ONNX has.
private func product(_ kind: String) -> (model: Model, input: Tensor, asRows: (Tensor) -> [Float]) {
  var graph = GraphBuilder()
  let matrix = Tensor(oracleWeight, shape: [rows, columns])
  let (weight, inputShape): (Tensor, [Int]) =
    switch kind {
    case "Conv": (matrix.reshaped([rows, columns, 1, 1]), [5, columns, 1, 1])
    case "MatMul": (matrix.transposedMatrix(), [5, columns])
    default: (matrix, [5, columns])
    }
  let x = graph.input("x", inputShape)
  let w = graph.constant(weight, name: "w")
  let y =
    kind == "Gemm"
    ? graph.node("Gemm", [x, w], [Attribute("transB", int: 1)], name: "layer")
    : graph.node(kind, [x, w], name: "layer")
  let asRows: (Tensor) -> [Float] = {
    kind == "MatMul" ? $0.transposedMatrix().elements(Float.self) : $0.elements(Float.self)
  }
  return (graph.model(outputs: [y]), Tensor(oracleInput, shape: inputShape), asRows)
}

@Test(arguments: MaskOracle.all, ["Gemm", "MatMul", "Conv"])
func theMaskIsTheOneThatNumPyFinds(oracle: MaskOracle, kind: String) throws {
  let (model, input, asRows) = product(kind)
  let pruned = try apply(
    "prune", oracle.options, to: model, calibration: ReferenceActivations(batches: [["x": input]]))
  let result = try #require(pruned.model.graph.constant("w").map(asRows))
  let kept = oracle.mask.filter { $0 != " " }.map { $0 == "1" }
  #expect(result == zip(oracleWeight, kept).map { $1 ? $0 : 0 })
  #expect(pruned.forms["w"]?.dense() == pruned.model.graph.constant("w"))
  #expect(pruned.report.notes.contains { $0.contains("no faster") })
}

@Test(arguments: ["2:4", "4:8", "1:4", "3:5", "1:2"])
func ofEachGroupExactlyTheGreatestStay(pattern: String) throws {
  let numbers = pattern.split(separator: ":").compactMap { Int($0) }
  let (kept, group) = (numbers[0], numbers[1])
  for seed in UInt64(1)...4 {
    var generator = SeededGenerator(seed: seed)
    let (outputs, inputs) = (generator.integer(in: 1...9), generator.integer(in: 1...7))
    var graph = GraphBuilder()
    let x = graph.input("x", [1, inputs, 4, 4])
    let weight = generator.tensor([outputs, inputs, 3, 3])
    let y = graph.node("Conv", [x, graph.constant(weight, name: "w")], name: "conv")
    let step = try apply("prune", ["pattern": .text(pattern)], to: graph.model(outputs: [y]))
    let (before, after) = (weight.elements(Float.self), step.model.graph.constant("w")?.elements(Float.self) ?? [])
    let length = inputs * 9
    for row in 0..<outputs {
      for start in stride(from: 0, to: length, by: group) {
        let range = (row * length + start)..<(row * length + min(length, start + group))
        let order = range.sorted { (before[$0].magnitude, $1) > (before[$1].magnitude, $0) }
        let survivors = Set(order.prefix(kept))
        #expect(range.allSatisfy { after[$0] == (survivors.contains($0) ? before[$0] : 0) }, "seed \(seed)")
      }
    }
    let hasRest = length % group != 0
    #expect(step.report.changes.first?.text.contains("form a group of their own") == hasRest, "seed \(seed)")
  }
}

@Test func chanceIsTheSameForTheSameSeedAndExact() throws {
  var generator = SeededGenerator(seed: 4)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 40])
  var values = generator.floats(40 * 30)
  for index in stride(from: 0, to: values.count, by: 4) { values[index] = 0 }
  let y = graph.node("MatMul", [x, graph.constant(Tensor(values, shape: [40, 30]), name: "w")])
  let model = graph.model(outputs: [y])
  let step = Step(method: "prune", options: ["sparsity": .number(0.6), "criterion": .text("random")])
  func pruned(seed: UInt64) throws -> [Float] {
    let result = try MethodCatalog.apply(step, to: model, in: MethodContext(cpu: modernCPU, seed: seed)).model
    return result.graph.constant("w")?.elements(Float.self) ?? []
  }
  let (first, again, other) = (try pruned(seed: 1), try pruned(seed: 1), try pruned(seed: 2))
  #expect(first == again && first != other)
  // The zeros that were there count among them.
  #expect(first.count { $0 == 0 } == 720 && other.count { $0 == 0 } == 720)
  #expect(zip(values, first).allSatisfy { $1 == 0 || $0 == $1 })
}

@Test func groupedConvolutionsAreJudgedByTheirOwnInputs() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 4, 2, 2])
  let weight = Tensor([Float](repeating: 1, count: 2 * 2 * 2 * 2), shape: [2, 2, 2, 2])
  let y = graph.node("Conv", [x, graph.constant(weight, name: "w")], [Attribute("group", int: 2)], name: "conv")
  let model = graph.model(outputs: [y])
  // Channels 1 and 2 are large, so that the first group loses its first input and the second its last.
  let input = Tensor(
    [Float](repeating: 1, count: 4) + [Float](repeating: 5, count: 8) + [1, 1, 1, 1], shape: [1, 4, 2, 2])
  let step = try apply(
    "prune", ["sparsity": .number(0.5), "criterion": .text("wanda")], to: model,
    calibration: ReferenceActivations(batches: [["x": input]]))
  let result = step.model.graph.constant("w")?.elements(Float.self) ?? []
  #expect(result == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0])
}

@Test func wandaNeedsFittingCalibrationData() throws {
  let options: [String: OptionValue] = ["sparsity": .number(0.5), "criterion": .text("wanda")]
  #expect(try MethodCatalog.calibrationUse(Step(method: "prune", options: options)) == .required)
  #expect(try MethodCatalog.calibrationUse(Step(method: "prune", options: ["sparsity": .number(0.5)])) == .none)
  let model = product("Gemm").model
  func code(_ source: (any ActivationSource)?) -> MethodErrorCode? {
    let error = #expect(throws: MethodError.self) { try apply("prune", options, to: model, calibration: source) }
    return error?.code
  }
  #expect(code(nil) == .calibration)
  #expect(code(ReferenceActivations(batches: [])) == .calibration)
  #expect(code(FixedActivations(values: [Tensor([Float(1), 2], shape: [1, 2])])) == .calibration)
  #expect(code(FixedActivations(values: [Tensor(scalar: Float(1))])) == .calibration)
  #expect(code(FixedActivations(values: [Tensor([Float](repeating: .nan, count: 10), shape: [1, 10])])) == .notFinite)
}

@Test func whatHasNoRowsIsSkippedWithTheReason() throws {
  var generator = SeededGenerator(seed: 5)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 3, 4, 4])
  let up = graph.node("ConvTranspose", [x, graph.constant(generator.tensor([3, 2, 2, 2]), name: "up")], name: "up")
  let y = graph.node("Conv", [up, graph.constant(generator.tensor([4, 2, 1, 1]), name: "w")], name: "conv")
  let model = graph.model(outputs: [y])
  let step = try apply("prune", ["pattern": .text("1:2")], to: model)
  #expect(step.report.changes.map(\.node) == ["conv"])
  #expect(step.report.skips.map(\.node) == ["up"])
  #expect(try apply("prune", ["sparsity": .number(0.5)], to: model).report.changes.count == 2)
}

@Test(arguments: [
  ["pattern": OptionValue.text("4:2")], ["pattern": .text("2:64")], ["pattern": .text("two")],
  ["pattern": .text("0:4")],
  ["pattern": .text("2:4"), "sparsity": .number(0.9)], ["pattern": .text("2:4"), "scope": .text("layer")],
  ["pattern": .text("block"), "sparsity": .number(0.5)], ["block": .text("4"), "sparsity": .number(0.5)],
  ["block": .text("0x4"), "sparsity": .number(0.5)], ["block": .text("4096x4096"), "sparsity": .number(0.5)],
  ["block": .text("9223372036854775807x2"), "sparsity": .number(0.5)],
  ["block": .text("1x1"), "sparsity": .number(0.5)],
  ["block": .text("4x4"), "sparsity": .number(0.5), "scope": .text("row")],
  ["block": .text("4x4"), "pattern": .text("2:4")], ["criterion": .text("smallest"), "sparsity": .number(0.5)],
  [:], ["sparsity": .number(1.5)],
])
func optionsThatContradictAreRefused(options: [String: OptionValue]) {
  let error = #expect(throws: MethodError.self) {
    try MethodCatalog.method(for: Step(method: "prune", options: options))
  }
  #expect(error?.code == .badOption)
}

@Test func aSparsityThatThePatternImpliesMayBeWritten() throws {
  let options: [String: OptionValue] = ["pattern": .text("2:4"), "sparsity": .number(0.5)]
  #expect(throws: Never.self) { try MethodCatalog.method(for: Step(method: "prune", options: options)) }
}

@Test func theLeastKeysComeFirst() {
  for seed in UInt64(1)...40 {
    var generator = SeededGenerator(seed: seed)
    let count = generator.integer(in: 1...300)
    // Sorted and reversed runs too, which make bad pivots.
    var keys: [UInt64] = (0..<count).map { (index: Int) -> UInt64 in
      let number: Int
      switch seed % 3 {
      case 0: number = index
      case 1: number = count - index
      default: number = generator.integer(in: 0...9)
      }
      return UInt64(number) << 32 | UInt64(index)
    }
    let least = generator.integer(in: 0...count)
    let expected = Set(keys.sorted().prefix(least))
    keys.withUnsafeMutableBufferPointer { moveLeast(least, ofFirst: count, in: $0) }
    #expect(Set(keys.prefix(least)) == expected, "seed \(seed)")
  }
}

@Test func tiesGoInOrderAcrossThePiecesOfALargeWeight() throws {
  let count = Piece.length + 1000
  let values = (0..<count).map { (index: Int) -> Float in
    switch index % 3 {
    case 0: 1
    case 1: -1
    default: 2
    }
  }
  let ones = count - count / 3
  // The last one that goes lies in the first piece, and in the second.
  for zeroCount in [1000, ones - 10] {
    let cut = try MagnitudeCut(
      tensors: [("w", Tensor(values, shape: [count]))], sparsity: Double(zeroCount) / Double(count))
    let (pruned, zeros) = cut.apply(to: [Tensor(values, shape: [count])])[0]
    #expect(zeros == zeroCount && cut.zeroCount == zeroCount)
    pruned.withElements(Float.self) { result in
      let last = result.lastIndex(of: 0) ?? -1
      #expect(result[...last].allSatisfy { $0 == 0 || $0 == 2 })
      #expect(result.count { $0 == 0 } == zeroCount)
      #expect(result[(last + 1)...].allSatisfy { $0 != 0 })
    }
  }
}

@Test func weightsThatLieAskewInAFileArePrunedAlike() throws {
  var generator = SeededGenerator(seed: 8)
  for shift in 1...3 {
    let tensor = generator.tensor([37, 41])
    let raw = Bytes(count: tensor.bytes.count + shift) { target in
      tensor.bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: target[shift...]).copyMemory(from: $0) }
    }.slice(shift..<(tensor.bytes.count + shift))
    let askew = try #require(Tensor(.float, shape: tensor.shape, bytes: raw))
    let cut = try MagnitudeCut(tensors: [("w", tensor)], sparsity: 0.7)
    let again = try MagnitudeCut(tensors: [("w", askew)], sparsity: 0.7)
    #expect(cut.apply(to: [tensor])[0].pruned == again.apply(to: [askew])[0].pruned)
    #expect(askew.transposedMatrix() == tensor.transposedMatrix())
    #expect(askew.largestMagnitudes(along: 1) == tensor.largestMagnitudes(along: 1))
    let scales = tensor.largestMagnitudes(along: 0).map { $0 / 127 }
    #expect(
      askew.roundedIntegers(along: 0, scales: scales, limit: 127, as: Int8.self)
        == tensor.roundedIntegers(along: 0, scales: scales, limit: 127, as: Int8.self))
  }
}

@Test func integersOfWeightsAreRoundedHalvesToEven() {
  for seed in UInt64(1)...5 {
    var generator = SeededGenerator(seed: seed)
    let shape = [3, generator.integer(in: 1...5), generator.integer(in: 1...4)]
    // Quarters of the scale, so that many halves occur, and some beyond the limit.
    let values = (0..<shape.reduce(1, *)).map { _ in Float(generator.integer(in: -600...600)) / 4 }
    let tensor = Tensor(values, shape: shape)
    for axis in shape.indices {
      let inner = shape[(axis + 1)...].reduce(1, *)
      for scales in [[Float(1)], (0..<shape[axis]).map { Float(1 << ($0 % 3)) }] {
        let result = tensor.roundedIntegers(along: axis, scales: scales, limit: 127, as: Int8.self).elements(Int8.self)
        let expected = values.enumerated().map { index, value -> Int8 in
          let scale = scales[scales.count == 1 ? 0 : index / inner % shape[axis]]
          return Int8(max(-127, min(127, (value / scale).rounded(.toNearestOrEven))))
        }
        #expect(result == expected, "seed \(seed), axis \(axis)")
      }
      let slices = tensor.largestMagnitudes(along: axis)
      for slice in slices.indices {
        let largest = values.indices.filter { $0 / inner % shape[axis] == slice }.map { values[$0].magnitude }.max()
        #expect(slices[slice] == largest, "seed \(seed), axis \(axis)")
      }
    }
  }
}
