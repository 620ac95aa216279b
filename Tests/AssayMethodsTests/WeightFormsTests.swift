import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Applies steps in order, each with the forms that those before it left.
private func applied(_ steps: [Step], to model: Model) throws -> Rewrite {
  var context = MethodContext(cpu: modernCPU)
  var rewrite = Rewrite(model: model, report: StepReport(step: ""))
  for step in steps {
    rewrite = try MethodCatalog.apply(step, to: rewrite.model, in: context)
    context.forms = rewrite.accumulated
  }
  return rewrite
}

private let prune = Step(method: "prune", options: ["sparsity": .number(0.75)])

@Test func formsOfEarlierStepsLastAsLongAsTheirWeights() throws {
  let cluster = Step(method: "cluster", options: ["count": .integer(4)])
  let forms = try applied([cluster, Step(method: "fold")], to: manyWeights(seed: 1)).accumulated
  #expect(forms.names == ["w"] && forms["w"] is CodebookForm && !forms.isMasked("w"))
  // Half precision changes every weight, and gives each a form of its own.
  let half = try applied([cluster, Step(method: "float16")], to: manyWeights(seed: 1))
  #expect(half.accumulated.names.allSatisfy { half.model.graph.constant($0) != nil })
  #expect(half.accumulated.names.allSatisfy { !(half.accumulated[$0] is CodebookForm) })
}

@Test func aMaskOutlivesQuantization() throws {
  let result = try applied(
    [prune, Step(method: "quantize", options: ["mode": .text("dynamic")])], to: manyWeights(seed: 1))
  let name = try #require(result.accumulated.names.first)
  #expect(result.accumulated.names.count == 1 && result.accumulated.isMasked(name))
  let form = try #require(result.accumulated[name] as? AffineQuantizedForm)
  // Pruned weights do not come back in training.
  let weight = try #require(result.accumulated.trainable(name))
  let moved = [WeightArrays.mapped(weight.parameters[0]) { $0 + 1 }] + weight.parameters.dropFirst()
  let (before, after) = (form.dense().elements(Float.self), try weight.evaluated(moved).elements(Float.self))
  #expect(zip(before, after).allSatisfy { $0 != 0 || $1 == 0 } && after.contains { $0 != 0 })
}

@Test func aMaskOutlivesFoldingWithTheWeightsAsTheyAreNow() throws {
  var generator = SeededGenerator(seed: 2)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2, 6, 6])
  let conv = graph.node("Conv", [x, graph.constant(generator.tensor([4, 2, 3, 3]), name: "w")], name: "conv")
  let parameters = (0..<4).map { _ in graph.constant(generator.tensor([4], in: 0.5...1)) }
  let y = graph.node("BatchNormalization", [conv] + parameters)
  let result = try applied([prune, Step(method: "fold")], to: graph.model(outputs: [y]))
  let forms = result.accumulated
  let name = try #require(forms.names.first)
  #expect(forms.isMasked(name) && forms[name]?.dense() == result.model.graph.constant(name))
  #expect(result.model.graph.constant(name) != graph.model(outputs: [y]).graph.constant("w"))
}

@Test func denseWeightsHaveNoForm() throws {
  let result = try applied([Step(method: "fold")], to: manyWeights(seed: 1))
  #expect(result.accumulated.isEmpty && result.accumulated.trainable("w") == nil)
}

@Test func aTrainedFormTakesThePlaceOfItsBefore() throws {
  var forms = try applied([prune], to: manyWeights(seed: 1)).accumulated
  let form = try #require(forms["w"])
  let weight = try #require(forms.trainable("w"))
  let trained = try form.trained(weight.parameters.map { WeightArrays.mapped($0) { 2 * $0 } })
  forms.replace("w", by: trained)
  #expect(forms["w"]?.dense() == trained.dense() && forms.isMasked("w"))
}
