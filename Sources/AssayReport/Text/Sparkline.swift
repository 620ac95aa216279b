import Glibc

/// Distributions in one line of block characters, all on one axis so that lines above each other compare.
struct SparklineAxis {
  private static let bars: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// In nanoseconds.
  let low: Double
  let high: Double
  let isLogarithmic: Bool

  /// From where the fastest 1 % of any to where the slowest 1 % of any begin; nil without samples.
  init?(_ distributions: [LatencyDistribution]) {
    var low = Double.infinity
    var high = 0.0
    for distribution in distributions {
      low = min(low, distribution.quantile_ns(0.01))
      high = max(high, distribution.quantile_ns(0.99))
    }
    guard low.isFinite, high > 0, low <= high else { return nil }
    isLogarithmic = low > 0 && high > 6 * low
    self.low = low
    self.high = max(high, low * 1.0001 + 1e-9)
  }

  /// `width` columns: how many of the quantiles fall into each, the fullest as a full block; what lies beyond an end counts
  /// there.
  func line(_ distribution: LatencyDistribution, width: Int) -> String {
    guard width > 0 else { return "" }
    var counts = [Int](repeating: 0, count: width)
    for value in distribution.quantiles_ns {
      let share = isLogarithmic ? log(max(value, 1e-9) / low) / log(high / low) : (value - low) / (high - low)
      let column = min(width - 1, max(0, Int(share * Double(width))))
      counts[column] += 1
    }
    let most = counts.max() ?? 1
    var line = ""
    for count in counts {
      // What is there at all is seen.
      let step = count == 0 ? 0 : max(1, Int((Double(count) / Double(max(1, most)) * 8).rounded()))
      line.append(Self.bars[min(step, 8)])
    }
    return line
  }
}
