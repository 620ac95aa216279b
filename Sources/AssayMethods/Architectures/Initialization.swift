import AssayCore
import Glibc

/// How weights start; biases start at zero.
public enum Initialization: String, Sendable, Hashable, Codable, CaseIterable {
  /// Normal with variance 2/fan-in (He, Zhang, Ren, Sun, ICCV 2015, section 2.2).
  case he
  /// Uniform in ±√(6/(fan-in + fan-out)) (Glorot, Bengio, AISTATS 2010, equation 16).
  case glorot

  /// - Precondition: fans are positive.
  func tensor(_ shape: [Int], fanIn: Int, fanOut: Int, _ generator: inout SeededGenerator) -> Tensor {
    let count = shape.reduce(1, *)
    var values = [Float](repeating: 0, count: count)
    switch self {
    case .he:
      let deviation = (2 / Double(fanIn)).squareRoot()
      for index in stride(from: 0, to: count, by: 2) {
        let (first, second) = generator.normals()
        values[index] = Float(first * deviation)
        if index + 1 < count { values[index + 1] = Float(second * deviation) }
      }
    case .glorot:
      let bound = (6 / Double(fanIn + fanOut)).squareRoot()
      for index in 0..<count { values[index] = Float((2 * generator.unit() - 1) * bound) }
    }
    return Tensor(values, shape: shape)
  }
}

extension SeededGenerator {
  /// Two independent numbers of the standard normal distribution (Box, Muller 1958).
  mutating func normals() -> (Double, Double) {
    // 1 − unit() is never zero.
    let radius = (-2 * log(1 - unit())).squareRoot()
    let angle = 2 * Double.pi * unit()
    return (radius * cos(angle), radius * sin(angle))
  }
}
