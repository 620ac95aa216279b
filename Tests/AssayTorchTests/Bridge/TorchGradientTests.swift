import AssayCore
import AssayTestSupport
import AssayTorch
import Testing

@Suite("Gradients", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct TorchGradientTests {
  private func sumOfSquares(_ x: TorchTensor) throws(TorchError) -> TorchTensor {
    let square = try x.library.operator("aten::mul.Tensor")(.tensor(x), .tensor(x))
    return try x.library.operator("aten::sum")(.tensor(square))
  }

  @Test("They gather in the leaves until they are removed")
  func accumulation() throws {
    let x = try TorchFixture.parameter([1, -2, 3])
    #expect(x.requiresGradient)
    #expect(try x.gradient() == nil)
    let loss = try sumOfSquares(x)
    #expect(loss.requiresGradient)
    #expect(try loss.gradient() == nil, "no leaf")
    try loss.backward(keepsGraph: true)
    #expect(try x.gradient().map { try TorchFixture.floats($0) } == [2, -4, 6])
    try loss.backward()
    #expect(try x.gradient().map { try TorchFixture.floats($0) } == [4, -8, 12])
    try x.setGradient(TorchFixture.tensor([1, 1, 1]))
    #expect(try x.gradient().map { try TorchFixture.floats($0) } == [1, 1, 1])
    try x.setGradient(nil)
    #expect(try x.gradient() == nil)
  }

  @Test("Weights stand for the gradient of what comes after")
  func weighted() throws {
    let x = try TorchFixture.parameter([1, 2])
    let y = try x.library.operator("aten::exp")(.tensor(x))
    try y.backward(gradient: TorchFixture.tensor([0, 2]))
    let gradient = try TorchFixture.floats(#require(try x.gradient()))
    // Oracle: d exp(x) = exp(x), by Swift's own library.
    #expect(gradient[0] == 0 && abs(gradient[1] - 2 * 7.389_056_1) < 1e-5)
  }

  @Test("What is detached, or computed without recording, has none")
  func unrecorded() throws {
    let library = try TorchFixture.loaded()
    let x = try TorchFixture.parameter([1, 2])
    #expect(try !x.detached().requiresGradient)
    let silent = try library.withoutGradients { () throws(TorchError) in
      let silent = try sumOfSquares(x)
      let recorded = try library.withGradients { () throws(TorchError) in try sumOfSquares(x) }
      return (silent, recorded)
    }
    #expect(!silent.0.requiresGradient && silent.1.requiresGradient)
    #expect(try sumOfSquares(x).requiresGradient, "recording goes on afterwards")
    let error = TorchFixture.error { () throws(TorchError) in try silent.0.backward() }
    #expect(error?.code == .argument, "\(String(describing: error))")
    // After a failure inside, too.
    _ = TorchFixture.error { () throws(TorchError) in
      try library.withoutGradients { () throws(TorchError) in _ = try library.operator("aten::none") }
    }
    #expect(try sumOfSquares(x).requiresGradient)
  }

  @Test("A parameter changes in place only without recording")
  func inPlace() throws {
    let library = try TorchFixture.loaded()
    let x = try TorchFixture.parameter([1, 2])
    let error = TorchFixture.error { () throws(TorchError) in try x.zero() }
    #expect(error?.code == .argument)
    try library.withoutGradients { () throws(TorchError) in
      _ = try library.call("aten::add_.Tensor", .tensor(x), .tensor(x), -0.5)
    }
    #expect(try TorchFixture.floats(x) == [0.5, 1])
    #expect(x.requiresGradient)
  }

  @Test("Derivatives leave the leaves alone, tell what was not used, and can be differentiated again")
  func derivatives() throws {
    let library = try TorchFixture.loaded()
    let x = try TorchFixture.parameter([1, 2])
    let unused = try TorchFixture.parameter([1])
    let cube = try library.operator("aten::pow.Tensor_Scalar")(.tensor(x), 3)
    let loss = try library.operator("aten::sum")(.tensor(cube))
    let first = try library.derivatives(of: [loss], by: [x, unused], isDifferentiable: true)
    #expect(try first[0].map { try TorchFixture.floats($0) } == [3, 12])
    #expect(first[1] == nil)
    #expect(try x.gradient() == nil)
    let second = try library.derivatives(
      of: [#require(first[0])], by: [x], weights: [TorchFixture.tensor([1, 1])])
    #expect(try second[0].map { try TorchFixture.floats($0) } == [6, 12])
    let error = TorchFixture.error { () throws(TorchError) in
      try library.derivatives(of: [loss], by: [x], weights: [])
    }
    #expect(error?.code == .argument)
  }

  @Test("What has no gradient is told")
  func errors() throws {
    let library = try TorchFixture.loaded()
    let x = try TorchFixture.parameter([1, 2])
    let plain = try TorchFixture.tensor([1, 2])
    let integers = try TorchTensor(Tensor([1, 2] as [Int64], shape: [2]), library: library)
    let twice = try sumOfSquares(x)
    try twice.backward()
    let failures: [(String, TorchError?)] = [
      ("of more than one element", TorchFixture.error { () throws(TorchError) in try x.backward() }),
      ("of nothing recorded", TorchFixture.error { () throws(TorchError) in try sumOfSquares(plain).backward() }),
      ("a second time", TorchFixture.error { () throws(TorchError) in try twice.backward() }),
      ("of integers", TorchFixture.error { () throws(TorchError) in try integers.setRequiresGradient(true) }),
      ("of no leaf", TorchFixture.error { () throws(TorchError) in try twice.setRequiresGradient(false) }),
      (
        "of another shape",
        TorchFixture.error { () throws(TorchError) in
          try x.setGradient(TorchTensor(zeros: [3], library: library))
        }
      ),
      (
        "with weights of another shape",
        TorchFixture.error { () throws(TorchError) in
          try sumOfSquares(x).backward(gradient: TorchTensor(zeros: [3], library: library))
        }
      ),
    ]
    for (what, error) in failures {
      #expect(error?.code == .argument, "\(what): \(String(describing: error))")
      #expect(error?.message.contains("\n") == false)
    }
  }

  @Test("A small network's gradients are those of central differences", arguments: [UInt64(1), 2, 3])
  func finiteDifferences(seed: UInt64) throws {
    let library = try TorchFixture.loaded()
    var random = SeededGenerator(seed: seed)
    func draw(_ shape: [Int]) -> Tensor {
      Tensor((0..<shape.reduce(1, *)).map { _ in random.unit() * 2 - 1 }, shape: shape)
    }
    let x = try TorchTensor(draw([5, 4]), library: library)
    let weight = draw([3, 4])
    let linear = try library.operator("aten::linear")
    let tanh = try library.operator("aten::tanh")
    let sum = try library.operator("aten::sum")
    func loss(_ weight: TorchTensor) throws -> TorchTensor {
      try sum(.tensor(tanh(.tensor(linear(.tensor(x), .tensor(weight))))))
    }
    let parameter = try TorchTensor(weight, library: library)
    try parameter.setRequiresGradient(true)
    try loss(parameter).backward()
    let gradient = try #require(try parameter.gradient()).values().elements(Double.self)
    let step = 1e-5
    for index in 0..<weight.count {
      func shifted(_ by: Double) throws -> Double {
        var values = weight.elements(Double.self)
        values[index] += by
        return try loss(TorchTensor(Tensor(values, shape: weight.shape), library: library)).number()
      }
      let difference = try (shifted(step) - shifted(-step)) / (2 * step)
      #expect(abs(difference - gradient[index]) < 1e-8, "seed \(seed), element \(index)")
    }
  }
}

extension RandomNumberTests {
  private func draw() throws -> [Float] {
    let ones = try TorchFixture.tensor([Float](repeating: 1, count: 100))
    let dropped = try TorchFixture.loaded().call("aten::dropout", .tensor(ones), 0.5, true)
    return try TorchFixture.floats(dropped[0])
  }

  @Test("The same seed draws the same numbers, another others")
  func seeds() throws {
    try LibraryRandomNumbers.alone {
      let library = try TorchFixture.loaded()
      try library.seed(7)
      let first = try draw()
      let next = try draw()
      try library.seed(7)
      #expect(try draw() == first)
      #expect(next != first)
      try library.seed(8)
      #expect(try draw() != first)
    }
  }

  @Test("A state that was kept goes on where it was; nonsense is refused")
  func state() throws {
    try LibraryRandomNumbers.alone {
      let library = try TorchFixture.loaded()
      try library.seed(UInt64.max)
      _ = try draw()
      let state = try library.randomState()
      let first = try draw()
      try library.setRandomState(state)
      #expect(try draw() == first)
      for junk in [Tensor([1, 2, 3] as [UInt8], shape: [3]), Tensor([1] as [Float], shape: [1])] {
        let error = TorchFixture.error { () throws(TorchError) in try library.setRandomState(junk) }
        #expect(error != nil)
      }
      try library.setRandomState(state)
      #expect(try draw() == first)
    }
  }
}
