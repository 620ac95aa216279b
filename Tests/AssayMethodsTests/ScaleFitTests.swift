import Testing

@testable import AssayMethods

struct ScaleFitTests {
  /// The groups of a row: columns 0 to 2 and 3 to 4.
  private func fitted(
    _ scales: [Float], _ steps: [Float], _ weights: [Float], _ correlation: [Double], ridge: Double
  ) -> [Float] {
    var scales = scales
    correlation.withUnsafeBufferPointer { correlation in
      weights.withUnsafeBufferPointer { weights in
        guard let correlation = correlation.baseAddress, let weights = weights.baseAddress else { return }
        ScaleFit(correlation: correlation, size: 5, ridge: ridge, block: 3).improve(&scales, steps: steps, of: weights)
      }
    }
    return scales
  }

  private let weights: [Float] = [0.9, -0.4, 0.25, 1.3, -0.7]
  // Oracle: numpy, Oracles/scale_fit.py.
  private let correlation = [
    7.0, 1.5, -1.0, 4.0, 2.0, 1.5, 3.25, 0.0, 1.0, -1.0, -1.0, 0.0, 7.0, 0.5, 0.0, 4.0, 1.0, 0.5, 7.25, -5.5, 2.0, -1.0,
    0.0,
    -5.5, 11.0,
  ]

  @Test("Scales are those of least error of all groups together")
  func oracle() {
    let found = fitted([0.2, 0.2], [4, -2, 1, 5, -3], weights, correlation, ridge: 0.25)
    #expect(abs(found[0] - 0.237_312_55) < 1e-5)
    #expect(abs(found[1] - 0.249_067_14) < 1e-5)
  }

  @Test("A group of zeros, and one whose scale would be zero, keep their scales")
  func unknown() {
    #expect(fitted([0.2, 7], [4, -2, 1, 0, 0], weights, correlation, ridge: 0.25)[1] == 7)
    #expect(fitted([3, 7], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], correlation, ridge: 0) != [0, 0])
    // Nothing is known of the inputs.
    let nothing = [Double](repeating: 0, count: 25)
    #expect(fitted([3, 7], [4, -2, 1, 5, -3], weights, nothing, ridge: 0) == [3, 7])
  }
}
