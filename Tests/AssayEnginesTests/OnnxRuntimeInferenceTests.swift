import AssayCore
import AssayRuntime
import Testing

@testable import AssayEngines

@Suite("Bound inference of onnxruntime", .enabled(if: Fixture.hasLibrary, "no onnxruntime here: run scripts/setup"))
struct OnnxRuntimeInferenceTests {
  private func add(_ a: [Float], _ b: [Float]) -> [String: Tensor] {
    ["a": Tensor(a, shape: [2]), "b": Tensor(b, shape: [2])]
  }

  @Test("Each slot answers for its own inputs, in any order")
  func slots() throws {
    let bound = try Fixture.open("add").bind([add([1, 2], [3, 4]), add([10, 20], [30, 40]), add([0, 0], [0, 1])])
    #expect(bound is OrtBoundRun)
    #expect(bound.poolCount == 3)
    let expected: [[Float]] = [[4, 6], [40, 60], [0, 1]]
    for slot in [0, 1, 2, 1, 0, 2, 2] {
      try bound.infer(slot)
      #expect(try bound.outputs()[0].elements(Float.self) == expected[slot])
    }
    for slot in [-1, 3, .max] {
      #expect(Fixture.error { () throws(EngineError) in try bound.infer(slot) }?.code == .input)
    }
  }

  @Test("Outputs whose shape the file leaves open are bound after a run")
  func openShape() throws {
    let bound = try Fixture.open("flatten").bind([["x": Tensor((0..<12).map(Float.init), shape: [2, 2, 3])]])
    #expect(bound is OrtBoundRun)
    try bound.infer(0)
    #expect(try bound.outputs() == [Tensor((0..<12).map(Float.init), shape: [12])])
  }

  @Test("Outputs whose shape depends on the data are the engine's")
  func dataDependentShape() throws {
    let session = try Fixture.open("nonzero")
    let bound = try session.bind([
      ["x": Tensor([0, 1, 0, 1] as [Float], shape: [4])], ["x": Tensor([0, 0, 1, 0] as [Float], shape: [4])],
      ["x": Tensor([0, 0, 0, 0] as [Float], shape: [4])],
    ])
    #expect(bound is OrtRun)
    #expect(Fixture.error { () throws(EngineError) in try bound.outputs() }?.code == .inference)
    for (slot, expected) in [(0, [1, 3]), (2, []), (1, [2]), (0, [1, 3])] as [(Int, [Int64])] {
      try bound.infer(slot)
      #expect(try bound.outputs() == [Tensor(expected, shape: [1, expected.count])])
    }
    let even = try session.bind([["x": Tensor([0, 1, 0, 1] as [Float], shape: [4])]])
    #expect(even is OrtBoundRun)
  }

  @Test("Inputs at odd addresses give the same answers")
  func misaligned() throws {
    let raw = [UInt8](repeating: 7, count: 3) + [1 as Float, 2, 3, 4].flatMap { withUnsafeBytes(of: $0, Array.init) }
    let tensor = try #require(Tensor(.float, shape: [1, 4], bytes: Bytes(copying: raw).slice(3..<19)))
    let session = try Fixture.open("identity")
    let bound = try session.bind([["x": tensor]])
    try bound.infer(0)
    #expect(try bound.outputs()[0].elements(Float.self) == [1, 2, 3, 4])
    #expect(try session.run(["x": tensor])[0].elements(Float.self) == [1, 2, 3, 4])
  }

  @Test("A failed inference says why, and the next one works")
  func failedInference() throws {
    func set(_ index: Int64) -> [String: Tensor] {
      ["x": Tensor([5, 6, 7, 8] as [Float], shape: [4]), "i": Tensor([index], shape: [1])]
    }
    let session = try Fixture.open("gather")
    let bound = try session.bind([set(2), set(9)])
    let error = try #require(Fixture.error { () throws(EngineError) in try bound.infer(1) })
    #expect(error.code == .inference)
    #expect(error.message.hasPrefix("Gather failed: indices element out of data bounds"))
    try bound.infer(0)
    #expect(try bound.outputs()[0].elements(Float.self) == [7])
    #expect(Fixture.error { () throws(EngineError) in try session.run(set(9)) }?.code == .inference)
  }

  @Test("A pool must not be empty and must be of one shape")
  func poolErrors() throws {
    let session = try Fixture.open("identity")
    #expect(Fixture.error { () throws(EngineError) in try session.bind([]) }?.code == .input)
    let one = ["x": Tensor([Float](repeating: 0, count: 4), shape: [1, 4])]
    let two = ["x": Tensor([Float](repeating: 0, count: 8), shape: [2, 4])]
    let error = try #require(Fixture.error { () throws(EngineError) in try session.bind([one, two]) })
    #expect(error.code == .input && error.message.contains("set 1"))
  }

  @Test("A bound inference outlives its session value")
  func lifetime() throws {
    var session: (any Session)? = try Fixture.open("identity")
    let bound = try #require(try session?.bind([["x": Tensor([1, 2, 3, 4] as [Float], shape: [1, 4])]]))
    session = nil
    try bound.infer(0)
    #expect(try bound.outputs()[0].elements(Float.self) == [1, 2, 3, 4])
  }

  @Test("Two threads give the same answer")
  func threads() throws {
    let input = ["x": Tensor((0..<48).map { Float($0) / 48 }, shape: [1, 3, 4, 4])]
    let one = try Fixture.open("float-conv").run(input)
    let two = try Fixture.open("float-conv", SessionSettings(threads: 2)).run(input)
    #expect(one[0].shape == [1, 12, 4, 4])
    for (a, b) in zip(one[0].elements(Float.self), two[0].elements(Float.self)) { #expect(abs(a - b) < 1e-4) }
  }
}
