/// Scales of a row's groups for codes that are chosen already: those that move its answers least.
///
/// With the steps q of the codes from zero, group by group, and ŵ = Σ s_g·q_g, the least (w−ŵ)(H + λI)(w−ŵ)ᵀ over all s solves
/// M·s = b, M_gh = q_g(H + λI)q_hᵀ and b_g = q_g(H + λI)wᵀ. Rounding chose the codes with each group's own scale in mind; this
/// looks at all of them together. Solved by going from scale to scale, each of which can only lessen the error.
struct ScaleFit {
  /// H, row-major and symmetric.
  let correlation: UnsafePointer<Double>
  let size: Int
  /// λ: what keeps scales near those that round the weights themselves well, where the data say little.
  let ridge: Double
  /// Weights of a group.
  let block: Int

  static let sweeps = 12

  /// - Parameters:
  ///   - scales: One for each group; improved. What would become zero, denormal or infinite keeps its value.
  ///   - steps: q, one for each column.
  /// - Complexity: O(size² + groups·(size + sweeps·groups)).
  func improve(_ scales: inout [Float], steps: [Float], of weights: UnsafePointer<Float>) {
    let count = scales.count
    var matrix = [Double](repeating: 0, count: count * count)
    var right = [Double](repeating: 0, count: count)
    var product = [Double](repeating: 0, count: size)
    for group in 0..<count {
      multiply(group, steps, into: &product)
      for column in 0..<size {
        right[group] += product[column] * Double(weights[column])
        matrix[group * count + column / block] += product[column] * Double(steps[column])
      }
    }
    var found = scales.map { Double($0) }
    for _ in 0..<Self.sweeps {
      for group in 0..<count where matrix[group * count + group] > 0 {
        var rest = right[group]
        for other in 0..<count where other != group { rest -= matrix[group * count + other] * found[other] }
        let scale = rest / matrix[group * count + group]
        if scale.isFinite, (1e-31...1e30).contains(scale.magnitude) { found[group] = scale }
      }
    }
    for group in 0..<count { scales[group] = Float(found[group]) }
  }

  /// q_g(H + λI).
  private func multiply(_ group: Int, _ steps: [Float], into product: inout [Double]) {
    let (first, end) = (group * block, min(size, (group + 1) * block))
    product.withUnsafeMutableBufferPointer { product in
      guard let product = product.baseAddress else { return }
      product.update(repeating: 0, count: size)
      for column in first..<end where steps[column] != 0 {
        let (step, row) = (Double(steps[column]), correlation + column * size)
        var other = 0
        while other < size {
          product[other] += step * row[other]
          other += 1
        }
        product[column] += ridge * step
      }
    }
  }
}
