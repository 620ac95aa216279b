import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

/// Real models, judged by a run of ONNX Runtime: see Oracles/model_costs.py.
@Suite struct ModelShapesTests {
  @Test(.enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)))
  func everyValueOfTheSharedModelsHasTheShapeOfARun() throws {
    var inferred: [String: InferredShapes] = [:]
    var compared = 0
    for row in try Fixture.rows("model-shapes.txt") {
      guard let path = TestEnvironment.model(row[0]) else { continue }
      if inferred[row[0]] == nil {
        let model = try Model(contentsOf: path)
        let first = try #require(model.graph.requiredInputs.first)
        let shape = try #require(first.tensorType?.shape).map { $0.value ?? 1 }
        inferred[row[0]] = inferShapes(of: model, dimensions: ["batch": 1, "N": 1], inputs: [first.name: shape])
      }
      let shapes = try #require(inferred[row[0]])
      #expect(shapes[row[1]].fixedShape == row.dropFirst(2).map { Int($0) }, "\(row)")
      compared += 1
    }
    #expect(compared > 0)
    for (name, shapes) in inferred {
      #expect(shapes.contradictions.isEmpty, "\(name): \(shapes.contradictions)")
      #expect(shapes.unknownOperators.isEmpty, "\(name): \(shapes.unknownOperators)")
    }
  }

  @Test(.enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)))
  func theSharedModelsCostWhatTheOracleCounts() throws {
    var compared = 0
    for row in try Fixture.rows("model-costs.txt") {
      guard let path = TestEnvironment.model(row[0]) else { continue }
      let cost = try Model(contentsOf: path).cost()
      let actual = [cost.parameters, cost.nonzeros, cost.macs, cost.effectiveMacs]
      #expect(actual == row.dropFirst().map { Int($0) }, "\(row[0])")
      #expect(cost.unknownOperators.isEmpty, "\(row[0])")
      compared += 1
    }
    #expect(compared > 0)
  }

  @Test(.enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)))
  func theSharedModelsPassTheCheck() throws {
    for path in TestEnvironment.files(under: try #require(TestEnvironment.models), suffix: ".onnx") {
      try Model(contentsOf: path).check()
    }
  }

  /// Each node test declares the shapes of its outputs; a different inference is a contradiction. The tests' graphs
  /// take axes and sizes as inputs, so that not everything can be known.
  @Test(.enabled(if: TestEnvironment.onnxTests != nil, Comment(rawValue: TestEnvironment.onnxTestsAreMissing)))
  func inferenceNeverContradictsTheNodeTestsOfONNX() throws {
    let folder = try #require(TestEnvironment.onnxTests)
    var (known, all) = (0, 0)
    for path in TestEnvironment.files(under: "\(folder)/node", suffix: ".onnx") {
      guard let model = try? Model(contentsOf: path) else { continue }
      let shapes = inferShapes(of: model)
      #expect(shapes.contradictions.isEmpty, "\(path): \(shapes.contradictions)")
      all += 1
      if shapes.unknownOperators.isEmpty { known += 1 }
    }
    #expect(known > all / 2, "\(known) of \(all) node tests have operators with shape rules")
  }
}
