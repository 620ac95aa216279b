/// The matrix H = Σ xxᵀ over the inputs x that a weight matrix was multiplied with: how much an error of each weight
/// costs, and how errors of two weights add up or cancel.
struct InputCorrelation: Sendable {
  /// Length of x.
  let size: Int
  /// How many x were added.
  private(set) var sampleCount = 0
  /// Row-major; only the upper triangle is kept up to date.
  private var sums: [Double]

  /// More columns than this would take more than half a gigabyte.
  static let largestSize = 8192

  init(size: Int) {
    self.size = size
    sums = [Double](repeating: 0, count: size * size)
  }

  /// Adds the inputs that stand one after the other in `values`.
  ///
  /// - Precondition: whole inputs of finite values.
  /// - Complexity: O(n·size²) for n inputs.
  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let size = size
    let samples = values.count / size
    sampleCount += samples
    // Four inputs at a time, so that the sums are read and written a quarter as often.
    var four = [Double](repeating: 0, count: 4 * size)
    sums.withUnsafeMutableBufferPointer { sums in
      four.withUnsafeMutableBufferPointer { four in
        guard let sums = sums.baseAddress, let a = four.baseAddress else { return }
        let (b, c, d) = (a + size, a + 2 * size, a + 3 * size)
        for start in stride(from: 0, to: samples, by: 4) {
          for lane in 0..<4 {
            let target = a + lane * size
            let isThere = start + lane < samples
            for index in 0..<size { target[index] = isThere ? Double(values[(start + lane) * size + index]) : 0 }
          }
          for row in 0..<size {
            let (ar, br, cr, dr) = (a[row], b[row], c[row], d[row])
            if ar == 0, br == 0, cr == 0, dr == 0 { continue }
            let target = sums + row * size
            var column = row
            while column < size {
              target[column] += ar * a[column] + br * b[column] + cr * c[column] + dr * d[column]
              column += 1
            }
          }
        }
      }
    }
  }

  /// The whole symmetric matrix.
  func matrix() -> [Double] {
    var full = sums
    full.withUnsafeMutableBufferPointer { full in
      for row in 0..<size {
        for column in (row + 1)..<max(size, row + 1) { full[column * size + row] = full[row * size + column] }
      }
    }
    return full
  }

  /// An upper triangular U with H⁻¹ = UᵀU, for H with `order` applied to rows and columns and `damping` times its mean
  /// diagonal added.
  ///
  /// H = RRᵀ with R upper triangular, found from the last row up; then U = R⁻¹.
  ///
  /// - Returns: Row-major; nil when the matrix is not positive definite in double precision.
  /// - Complexity: O(size³).
  static func inverseFactor(_ matrix: [Double], size: Int, order: [Int], damping: Double) -> [Float]? {
    var r = [Double](repeating: 0, count: size * size)
    var trace = 0.0
    for index in 0..<size { trace += matrix[index * size + index] }
    let added = trace > 0 ? damping * trace / Double(size) : 1
    let isPositive = r.withUnsafeMutableBufferPointer { r -> Bool in
      matrix.withUnsafeBufferPointer { matrix -> Bool in
        guard let r = r.baseAddress, let matrix = matrix.baseAddress else { return true }
        for j in stride(from: size - 1, through: 0, by: -1) {
          let rowJ = r + j * size
          for i in stride(from: j, through: 0, by: -1) {
            var value = matrix[order[i] * size + order[j]]
            // An input that is always zero says nothing about its weights; any positive number will do.
            if i == j { value = (value == 0 ? 1 : value) + added }
            let rowI = r + i * size
            value -= dot(rowI + j + 1, rowJ + j + 1, size - j - 1)
            if i == j {
              guard value > 0, value.isFinite else { return false }
              rowJ[j] = value.squareRoot()
            } else {
              rowI[j] = value / rowJ[j]
            }
          }
        }
        return true
      }
    }
    return isPositive ? inverse(ofUpper: r, size: size) : nil
  }

  private static func inverse(ofUpper r: [Double], size: Int) -> [Float] {
    var u = [Double](repeating: 0, count: size * size)
    u.withUnsafeMutableBufferPointer { u in
      r.withUnsafeBufferPointer { r in
        guard let u = u.baseAddress, let r = r.baseAddress else { return }
        for i in stride(from: size - 1, through: 0, by: -1) {
          let target = u + i * size
          let pivot = 1 / r[i * size + i]
          for k in (i + 1)..<max(size, i + 1) {
            let factor = -r[i * size + k] * pivot
            if factor == 0 { continue }
            let source = u + k * size
            var column = k
            while column < size {
              target[column] += factor * source[column]
              column += 1
            }
          }
          target[i] = pivot
        }
      }
    }
    return u.map { Float($0) }
  }

  @inline(__always)
  private static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    var (first, second) = (SIMD8<Double>(repeating: 0), SIMD8<Double>(repeating: 0))
    let whole = count / 16 * 16
    var index = 0
    while index < whole {
      first += load(a + index) * load(b + index)
      second += load(a + index + 8) * load(b + index + 8)
      index += 16
    }
    var sum = (first + second).sum()
    while index < count {
      sum += a[index] * b[index]
      index += 1
    }
    return sum
  }

  @inline(__always)
  private static func load(_ pointer: UnsafePointer<Double>) -> SIMD8<Double> {
    UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Double>.self)
  }
}
