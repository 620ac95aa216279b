import AssayCore
import AssayTestSupport
import Testing

@testable import AssayMethods

private let a = WeightExpression.parameter(0)
private let b = WeightExpression.parameter(1)
private let parameters = [
  Tensor([Float(1), -2, 0.5, 0, 2.5, -1.5], shape: [2, 3]), Tensor([Float(2), -1, 4], shape: [3]),
]

private func value(_ expression: WeightExpression) throws -> [Float] {
  try expression.evaluated(parameters).elements(Float.self)
}

@Test func expressionsComputeWhatTheySay() throws {
  #expect(try value(.sum(a, b)) == [3, -3, 4.5, 2, 1.5, 2.5])
  #expect(try value(.product(a, b)) == [2, 2, 2, 0, -2.5, -6])
  #expect(try value(.quotient(a, b)) == [0.5, 2, 0.125, 0, -2.5, -0.375])
  #expect(try value(.absolute(a)) == [1, 2, 0.5, 0, 2.5, 1.5])
  #expect(try value(.sign(a)) == [1, -1, 1, 0, 1, -1])
  // Halves to even.
  #expect(try value(.round(a)) == [1, -2, 0, 0, 2, -2])
  #expect(try value(.clamp(a, lower: -1, upper: 0.75)) == [0.75, -1, 0.5, 0, 0.75, -1])
  #expect(try value(.mean(a, axes: [1])) == [-0.5 / 3, 1.0 / 3].map { Float($0) })
  #expect(try value(.mean(a, axes: [0])) == [0.5, 0.25, -0.5])
  #expect(try value(.mean(a, axes: [0, 1])) == [0.5 / 6].map { Float($0) })
  #expect(try value(.exceeds(a, threshold: .constant(Tensor(scalar: Float(1))))) == [0, 1, 0, 0, 1, 1])
  #expect(try value(.straightThrough(forward: .sign(a), backward: a)) == [1, -1, 1, 0, 1, -1])
  #expect(try value(.transpose(a, [1, 0])) == [1, 0, -2, 2.5, 0.5, -1.5])
  #expect(try value(.matrixProduct(a, .reshape(b, [3, 1]))) == [6, -8.5])
  let indices = Tensor([Int64(5), 0, 0, 1], shape: [2, 2])
  let gathered = try WeightExpression.gather(a, indices: indices).evaluated(parameters)
  #expect(gathered.shape == [2, 2] && gathered.elements(Float.self) == [-1.5, 1, 1, -2])
}

@Test func shapesBroadcastAsInONNX() throws {
  let column = Tensor([Float(10), 20], shape: [2, 1])
  #expect(try value(.sum(a, .constant(column))) == [11, 8, 10.5, 20, 22.5, 18.5])
  let both = WeightExpression.sum(.constant(column), b)
  #expect(try value(both) == [12, 9, 14, 22, 19, 24])
  #expect(try value(.product(.constant(Tensor(scalar: Float(2))), b)) == [4, -2, 8])
  let deep = try WeightExpression.sum(.reshape(a, [2, 1, 3]), .constant(column)).evaluated(parameters)
  #expect(deep.shape == [2, 2, 3])
  #expect(deep.elements(Float.self) == [11, 8, 10.5, 21, 18, 20.5, 10, 12.5, 8.5, 20, 22.5, 18.5])
}

@Test func expressionsThatDoNotFitTogetherAreRefused() {
  let broken: [WeightExpression] = [
    .parameter(2), .parameter(-1), .sum(a, .constant(Tensor([Float(1), 2], shape: [2]))), .reshape(a, [4]),
    .transpose(a, [0]), .transpose(a, [0, 2]), .matrixProduct(a, a), .matrixProduct(a, b), .mean(a, axes: [2]),
    .gather(b, indices: Tensor([Int64(3)], shape: [1])), .gather(b, indices: Tensor([Int64(-1)], shape: [1])),
  ]
  for expression in broken {
    let error = #expect(throws: MethodError.self) { try expression.evaluated(parameters) }
    #expect(error?.code == .parameters)
  }
}
