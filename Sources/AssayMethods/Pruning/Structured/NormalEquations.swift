/// The sums from which a linear layer is solved by least squares: Σ z·zᵀ, Σ z·yᵀ and Σ y², for inputs z and outputs y.
///
/// Where the layer has a bias, the last element of z is 1.
struct NormalEquations {
  /// Length of z.
  let inputs: Int
  /// Length of y.
  let outputs: Int
  let hasBias: Bool
  /// Upper triangle of Σ z·zᵀ, row after row of `inputs`.
  private var gram: [Double]
  private var cross: [Double]
  private var squares = 0.0
  private(set) var count = 0

  init(features: Int, outputs: Int, hasBias: Bool) {
    inputs = features + (hasBias ? 1 : 0)
    self.outputs = outputs
    self.hasBias = hasBias
    gram = [Double](repeating: 0, count: inputs * inputs)
    cross = [Double](repeating: 0, count: inputs * outputs)
  }

  private var features: Int { inputs - (hasBias ? 1 : 0) }

  /// Adds samples: `z` holds n × `inputs`, `y` n × `outputs` numbers.
  ///
  /// - Complexity: O(n·inputs·(inputs/2 + outputs)); zeros, which rectified inputs have many of, cost nothing.
  mutating func add(_ z: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>, samples: Int) {
    precondition(z.count >= samples * inputs && y.count >= samples * outputs)
    let (width, height) = (inputs, outputs)
    gram.withUnsafeMutableBufferPointer { gram in
      cross.withUnsafeMutableBufferPointer { cross in
        for row in 0..<width {
          for sample in 0..<samples {
            let factor = z[sample * width + row]
            guard factor != 0 else { continue }
            let (from, to) = (sample * width, row * width)
            for column in row..<width { gram[to + column] += factor * z[from + column] }
            let (source, target) = (sample * height, row * height)
            for column in 0..<height { cross[target + column] += factor * y[source + column] }
          }
        }
      }
    }
    for index in 0..<(samples * height) { squares += y[index] * y[index] }
    count += samples
  }

  /// The sums over both sets of samples.
  func merged(with other: NormalEquations) -> NormalEquations {
    var sum = self
    for index in gram.indices { sum.gram[index] += other.gram[index] }
    for index in cross.indices { sum.cross[index] += other.cross[index] }
    sum.squares += other.squares
    sum.count += other.count
    return sum
  }

  /// Σ‖y − Wᵀz‖² for weights of shape `inputs` × `outputs`.
  func squaredError(of weights: [Double]) -> Double {
    // Σy² − 2·⟨W, Σzyᵀ⟩ + ⟨W, Σzzᵀ·W⟩, the last with the triangle mirrored.
    var (linear, quadratic) = (0.0, 0.0)
    for index in cross.indices { linear += weights[index] * cross[index] }
    for row in 0..<inputs {
      for column in row..<inputs where gram[row * inputs + column] != 0 {
        var product = 0.0
        for output in 0..<outputs { product += weights[row * outputs + output] * weights[column * outputs + output] }
        quadratic += (row == column ? 1 : 2) * gram[row * inputs + column] * product
      }
    }
    return max(squares - 2 * linear + quadratic, 0)
  }

  /// The mean of the diagonal of Σ z·zᵀ without the bias: what the ridge is measured in.
  private var meanDiagonal: Double {
    guard features > 0 else { return 0 }
    return (0..<features).reduce(0.0) { $0 + gram[$1 * inputs + $1] } / Double(features)
  }

  /// Weights W that minimize Σ‖y − Wᵀz‖² + λ·‖W − W₀‖², λ = `ridge`·mean diagonal, the bias free: (G + λI)·W = C + λ·W₀.
  ///
  /// - Parameter prior: W₀, `inputs` × `outputs`; its last row (the bias) is not looked at.
  /// - Returns: nil where the matrix is not positive definite.
  /// - Complexity: O(inputs³/6 + inputs²·outputs).
  func solution(ridge: Double, prior: [Double]) -> [Double]? {
    let lambda = ridge * meanDiagonal
    guard lambda.isFinite, lambda > 0 else { return nil }
    var matrix = gram
    var right = cross
    for row in 0..<features {
      matrix[row * inputs + row] += lambda
      for output in 0..<outputs { right[row * outputs + output] += lambda * prior[row * outputs + output] }
    }
    let isSolved = matrix.withUnsafeMutableBufferPointer { matrix in
      right.withUnsafeMutableBufferPointer { right in
        Self.factorize(matrix, inputs) && Self.substitute(matrix, right, inputs, outputs)
      }
    }
    return isSolved && right.allSatisfy(\.isFinite) ? right : nil
  }

  /// Overwrites the upper triangle of A with U, A = Uᵀ·U (Cholesky, row by row so that memory is read in order).
  private static func factorize(_ a: UnsafeMutableBufferPointer<Double>, _ n: Int) -> Bool {
    for k in 0..<n {
      let pivot = a[k * n + k]
      guard pivot > 0, pivot.isFinite else { return false }
      let root = pivot.squareRoot()
      for j in k..<n { a[k * n + j] /= root }
      for i in (k + 1)..<max(n, k + 1) {
        let factor = a[k * n + i]
        guard factor != 0 else { continue }
        for j in i..<n { a[i * n + j] -= factor * a[k * n + j] }
      }
    }
    return true
  }

  /// Overwrites B with X, Uᵀ·U·X = B.
  private static func substitute(
    _ u: UnsafeMutableBufferPointer<Double>, _ b: UnsafeMutableBufferPointer<Double>, _ n: Int, _ columns: Int
  ) -> Bool {
    for i in 0..<n {
      let pivot = u[i * n + i]
      for column in 0..<columns { b[i * columns + column] /= pivot }
      for k in (i + 1)..<max(n, i + 1) {
        let factor = u[i * n + k]
        guard factor != 0 else { continue }
        for column in 0..<columns { b[k * columns + column] -= factor * b[i * columns + column] }
      }
    }
    for i in (0..<n).reversed() {
      for k in (i + 1)..<max(n, i + 1) {
        let factor = u[i * n + k]
        guard factor != 0 else { continue }
        for column in 0..<columns { b[i * columns + column] -= factor * b[k * columns + column] }
      }
      let pivot = u[i * n + i]
      for column in 0..<columns { b[i * columns + column] /= pivot }
    }
    return true
  }
}
