/// Errors of predicted numbers against true ones.
///
/// Sums run in double precision over all values; a NaN among the outputs makes every figure NaN, which the catalogue
/// leaves out.
public struct RegressionErrors: Sendable, Hashable {
  /// Mean of |y − ŷ|.
  public let meanAbsolute: Double
  /// Mean of (y − ŷ)².
  public let meanSquared: Double
  /// 1 − Σ(y − ŷ)² / Σ(y − ȳ)²; nil when the true values are all the same.
  public let r2: Double?

  /// Compares value by value; nil when there are none or their numbers differ.
  public init?(outputs: [Float], targets: [Float]) {
    guard !outputs.isEmpty, outputs.count == targets.count else { return nil }
    let count = Double(outputs.count)
    let mean = targets.reduce(0) { $0 + Double($1) } / count
    var (absolute, squared, spread) = (0.0, 0.0, 0.0)
    for index in outputs.indices {
      let error = Double(targets[index]) - Double(outputs[index])
      absolute += abs(error)
      squared += error * error
      let deviation = Double(targets[index]) - mean
      spread += deviation * deviation
    }
    meanAbsolute = absolute / count
    meanSquared = squared / count
    r2 = spread > 0 ? 1 - squared / spread : nil
  }
}
