import AssayCore
import AssayONNX

/// Products of matrices and stacks of matrices.
enum MatrixProduct {
  /// `result[m, n] += a[m, k] · b[k, n]`, row-major, every sum in Double.
  static func accumulate(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>,
    m: Int, k: Int, n: Int
  ) {
    var (source, target) = (a, result)
    for _ in 0..<m {
      var row = b
      for _ in 0..<k {
        let factor = source.pointee
        source += 1
        var column = 0
        while column < n {
          target[column] += factor * row[column]
          column += 1
        }
        row += n
      }
      target += n
    }
  }

  /// The shapes of a numpy matrix product: vectors become matrices, stacks broadcast.
  struct Shapes {
    let left: [Int]
    let right: [Int]
    let stack: [Int]
    let m: Int
    let k: Int
    let n: Int
    let result: [Int]

    init(_ call: OperatorCall, _ a: [Int], _ b: [Int]) throws(EngineError) {
      guard !a.isEmpty, !b.isEmpty else { throw call.failure("a scalar has no matrix product") }
      let left = a.count == 1 ? [1] + a : a
      let right = b.count == 1 ? b + [1] : b
      (m, k, n) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
      guard right[right.count - 2] == k else { throw call.failure("shapes \(a) and \(b) do not multiply") }
      stack = try call.broadcast([Array(left.dropLast(2)), Array(right.dropLast(2))])
      self.left = stack + left.suffix(2)
      self.right = stack + right.suffix(2)
      result = stack + (a.count == 1 ? [] : [m]) + (b.count == 1 ? [] : [n])
      _ = try call.count(self.left)
      _ = try call.count(self.right)
      _ = try call.count(stack + [m, n])
    }
  }

  /// The product of the values of two tensors whose shapes are `shapes`.
  static func multiply(
    _ call: OperatorCall, _ a: Tensor, _ b: Tensor, _ shapes: Shapes,
    read: (Tensor, Int) throws(EngineError) -> [Double]
  ) throws(EngineError) -> [Double] {
    let left = try read(a, 0)
    let right = try read(b, 1)
    // Which matrix of the given stack belongs to each matrix of the broadcast one.
    let lefts = try matrices(call, a.shape.dropLast(2), shapes.stack)
    let rights = try matrices(call, b.shape.dropLast(2), shapes.stack)
    let (m, k, n) = (shapes.m, shapes.k, shapes.n)
    var result = [Double](repeating: 0, count: lefts.count * m * n)
    result.withUnsafeMutableBufferPointer { result in
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          guard let result = result.baseAddress, let left = left.baseAddress, let right = right.baseAddress else {
            return
          }
          for (index, (a, b)) in zip(lefts, rights).enumerated() {
            accumulate(left + a * m * k, right + b * k * n, result + index * m * n, m: m, k: k, n: n)
          }
        }
      }
    }
    return result
  }

  private static func matrices(
    _ call: OperatorCall, _ own: ArraySlice<Int>, _ stack: [Int]
  ) throws(EngineError) -> [Int] {
    let numbers = Tensor((0..<own.reduce(1, *)).map { Int64($0) }, shape: Array(own))
    return try call.integers(try call.expanded(numbers, to: stack))
  }

  static func matMul(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (a, b) = (try call.input(0), try call.input(1))
    guard a.elementType == b.elementType else { throw call.failure("\(a.elementType) times \(b.elementType)") }
    let shapes = try Shapes(call, a.shape, b.shape)
    guard a.elementType.isFloatingPoint else { return [try integerProduct(call, a, b, shapes)] }
    let sums = try multiply(call, a, b, shapes) { tensor, _ throws(EngineError) in try call.reals(tensor) }
    return [try call.tensor(.real(sums), as: a.elementType, shape: shapes.result)]
  }

  /// Integer products wrap; unsigned ones have the same bits.
  private static func integerProduct(
    _ call: OperatorCall, _ a: Tensor, _ b: Tensor, _ shapes: Shapes
  ) throws(EngineError) -> Tensor {
    func bits(_ tensor: Tensor, _ shape: [Int], isLeft: Bool) throws(EngineError) -> [Int64] {
      let matrix = tensor.shape.count > 1 ? tensor : tensor.reshaped(isLeft ? [1, tensor.count] : [tensor.count, 1])
      switch try call.numbers(try call.expanded(matrix, to: shape)) {
      case .signed(let values): return values
      case .unsigned(let values): return values.map { Int64(bitPattern: $0) }
      case .real: throw call.failure("the inputs are not integers")
      }
    }
    let left = try bits(a, shapes.left, isLeft: true)
    let right = try bits(b, shapes.right, isLeft: false)
    let (m, k, n) = (shapes.m, shapes.k, shapes.n)
    let sums = (0..<(try call.count(shapes.stack + [m, n]))).map { index in
      let (stack, row, column) = (index / (m * n), index / n % m, index % n)
      return (0..<k).reduce(Int64(0)) { sum, inner in
        sum &+ left[(stack * m + row) * k + inner] &* right[(stack * k + inner) * n + column]
      }
    }
    return try call.tensor(.signed(sums), as: a.elementType, shape: shapes.result)
  }

  /// `alpha · A' · B' + beta · C`.
  static func gemm(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (a, b) = (try oriented(call, 0, "transA"), try oriented(call, 1, "transB"))
    guard a.shape.count == 2, b.shape.count == 2 else {
      throw call.failure("\(a.shape) and \(b.shape) are no matrices")
    }
    let shapes = try Shapes(call, a.shape, b.shape)
    var sums = try multiply(call, a, b, shapes) { tensor, _ throws(EngineError) in try call.reals(tensor) }
    let alpha = Double(call.node.float("alpha") ?? 1)
    if alpha != 1 { for index in sums.indices { sums[index] *= alpha } }
    if let c = call.optional(2) {
      let beta = Double(call.node.float("beta") ?? 1)
      let addends = try call.reals(try call.expanded(c, to: shapes.result))
      for index in sums.indices { sums[index] += beta * addends[index] }
    }
    return [try call.tensor(.real(sums), as: a.elementType, shape: shapes.result)]
  }

  /// Input `index`, its last two axes exchanged where the attribute says so.
  static func oriented(_ call: OperatorCall, _ index: Int, _ attribute: String) throws(EngineError) -> Tensor {
    let tensor = try call.input(index)
    guard (call.node.int(attribute) ?? 0) != 0 else { return tensor }
    let rank = tensor.shape.count
    guard rank >= 2 else { throw call.failure("shape \(tensor.shape) is no matrix") }
    return try call.transposed(tensor, Array(0..<(rank - 2)) + [rank - 1, rank - 2])
  }
}
