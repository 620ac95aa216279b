import AssayCore
import Glibc

/// How the range of an activation is found from its values on calibration data.
enum Calibration: Sendable, Equatable {
  /// Least and greatest value.
  case minMax
  /// The p-th percentile and its mirror image: the values between the (100−p)-th and the p-th are represented.
  case percentile(Double)
  /// Least Kullback–Leibler divergence between the values and their quantized selves (Migacz: 8-bit Inference with
  /// TensorRT, GTC 2017).
  case entropy
  /// Least mean squared error between the values and their quantized selves.
  case meanSquaredError

  var needsHistogram: Bool { if case .minMax = self { false } else { true } }

  /// The range for the values of `histogram`.
  ///
  /// Where no value is negative the lower end is zero, whatever the method.
  func range(of histogram: GrowingHistogram, type: ActivationScheme) -> ActivationRange {
    let extremes = histogram.extremes
    let full = ActivationRange(lowest: min(extremes.lowest, 0), highest: max(extremes.highest, 0))
    guard extremes.count > 0, full.lowest < full.highest else { return ActivationRange(lowest: 0, highest: 0) }
    switch self {
    case .minMax: return full
    case .percentile(let percentile): return percentileRange(histogram, percentile / 100, within: full)
    case .entropy:
      let threshold = leastDivergenceThreshold(
        magnitudeBins(histogram), width: histogram.width, largest: max(-full.lowest, full.highest))
      return ActivationRange(lowest: max(full.lowest, -threshold), highest: min(full.highest, threshold))
    case .meanSquaredError: return SquaredErrorSearch(histogram, type).best(within: full)
    }
  }
}

/// The values between the quantiles 1−q and q, linear within a bin.
private func percentileRange(
  _ histogram: GrowingHistogram, _ q: Double, within full: ActivationRange
) -> ActivationRange {
  let counts = histogram.counts()
  let width = Double(histogram.width)
  let total = Double(counts.reduce(0, +))
  /// The lower edge of a bin, and the upper edge of the bin before it.
  func edge(_ index: Int) -> Double {
    let bin = index - (GrowingHistogram.half - 1)
    return Double(bin > 0 ? bin : bin - 1) * width
  }
  func quantile(_ q: Double) -> Float {
    var below = 0.0
    for (index, count) in counts.enumerated() where count > 0 {
      let next = below + Double(count)
      if next >= q * total {
        let share = max(0, q * total - below) / Double(count)
        return Float(edge(index) + share * (edge(index + 1) - edge(index)))
      }
      below = next
    }
    return full.highest
  }
  return ActivationRange(
    lowest: full.lowest < 0 ? min(0, max(full.lowest, quantile(1 - q))) : 0,
    highest: full.highest > 0 ? max(0, min(full.highest, quantile(q))) : 0)
}

/// Counts of |x| by bins of the histogram's width from zero up to the largest value, without the values of bin zero.
///
/// Zero is represented exactly whatever the range. The many zeros behind a Relu would otherwise be spread over the
/// first level, which only a far too narrow range keeps small.
private func magnitudeBins(_ histogram: GrowingHistogram) -> [Double] {
  let counts = histogram.counts()
  let center = GrowingHistogram.half - 1
  var bins = [Double](repeating: 0, count: GrowingHistogram.half)
  for bin in 1..<GrowingHistogram.half { bins[bin] = Double(counts[center + bin] + counts[center - bin]) }
  return bins
}

/// The threshold T at which the quantized distribution tells least wrong about the real one.
///
/// After Migacz: for every number of bins i from 128 on, P is the first i bins with everything beyond added to the
/// last; Q is the same bins put into 128 levels and spread evenly over those of a level's bins that P fills; the i of
/// least KL(P‖Q) wins, T = i·width. A level covers the bins ⌊l·i/128⌋ to ⌊(l+1)·i/128⌋. Bins are joined in pairs until
/// there are at most 2,048 with 16 values each on average; where that leaves no more than 128, nothing is clipped,
/// because a few values are no distribution.
///
/// Sums over levels come from prefix sums, so that one i costs 128 logarithms rather than i.
///
/// - Complexity: O(bins · 128).
func leastDivergenceThreshold(_ magnitudeBins: [Double], width: Float, largest: Float) -> Float {
  let levels = 128
  var bins = magnitudeBins
  var width = width
  bins.removeLast(bins.reversed().prefix { $0 == 0 }.count)
  let total = bins.reduce(0, +)
  while bins.count > 2048 || total < 16 * Double(bins.count) && bins.count > levels {
    bins = stride(from: 0, to: bins.count, by: 2).map { bins[$0] + ($0 + 1 < bins.count ? bins[$0 + 1] : 0) }
    width *= 2
  }
  guard bins.count > levels else { return largest }
  var (sums, filled, selfTerms) = ([0.0], [0], [0.0])
  for count in bins {
    sums.append(sums[sums.count - 1] + count)
    filled.append(filled[filled.count - 1] + (count > 0 ? 1 : 0))
    selfTerms.append(selfTerms[selfTerms.count - 1] + (count > 0 ? count * log(count) : 0))
  }
  var best = (divergence: Double.infinity, bins: bins.count)
  for kept in levels...bins.count {
    let outliers = total - sums[kept]
    // Without values in the last bin Q is zero where P holds the outliers: infinitely wrong.
    if bins[kept - 1] == 0 { continue }
    let last = bins[kept - 1] + outliers
    // Σ p·log p with counts instead of shares; the common divisor is taken out below.
    var divergence = selfTerms[kept - 1] + last * log(last)
    for level in 0..<levels {
      let (from, to) = (level * kept / levels, (level + 1) * kept / levels)
      let mass = sums[to] - sums[from]
      guard mass > 0 else { continue }
      let massOfP = level == levels - 1 ? mass + outliers : mass
      divergence -= massOfP * log(mass / Double(filled[to] - filled[from]))
    }
    // KL = (Σ P·log P − Σ P·log Q)/total − log(total) + log(mass of Q), with P and Q as counts.
    divergence = divergence / total - log(total) + log(sums[kept])
    if divergence < best.divergence { best = (divergence, kept) }
  }
  return best.bins == bins.count ? largest : min(largest, Float(best.bins) * width)
}

/// Searches the range whose quantization has the least squared error on a histogram.
///
/// Σ n·(x − scale·(clamp(round(x/scale) + zeroPoint) − zeroPoint))² over the bins, x their middle and n their count,
/// for ranges from a fifth of the full one up in 80 steps: first both ends shrunk alike, then each end by itself.
private struct SquaredErrorSearch {
  private let middles: [Float]
  private let counts: [Float]
  private let scheme: ActivationScheme

  init(_ histogram: GrowingHistogram, _ scheme: ActivationScheme) {
    self.scheme = scheme
    var (middles, counts) = ([Float](), [Float]())
    let center = GrowingHistogram.half - 1
    for (index, count) in histogram.counts().enumerated() where count > 0 && index != center {
      let bin = Float(index - center)
      middles.append((bin + (bin > 0 ? 0.5 : -0.5)) * histogram.width)
      counts.append(Float(count))
    }
    // Whole vectors: bins of count zero add nothing.
    while middles.count % 8 != 0 {
      middles.append(0)
      counts.append(0)
    }
    (self.middles, self.counts) = (middles, counts)
  }

  private static let steps = (0...80).map { 1 - Float($0) / 100 }

  func best(within full: ActivationRange) -> ActivationRange {
    var best = (error: error(of: full), range: full)
    func consider(_ range: ActivationRange) {
      let error = error(of: range)
      if error < best.error { best = (error, range) }
    }
    for step in Self.steps.dropFirst() {
      consider(ActivationRange(lowest: full.lowest * step, highest: full.highest * step))
    }
    guard full.lowest < 0, full.highest > 0 else { return best.range }
    let joint = best.range
    for step in Self.steps { consider(ActivationRange(lowest: joint.lowest, highest: full.highest * step)) }
    let upper = best.range
    for step in Self.steps { consider(ActivationRange(lowest: full.lowest * step, highest: upper.highest)) }
    return best.range
  }

  private func error(of range: ActivationRange) -> Float {
    let parameters = AffineParameters(range, scheme)
    let scale = parameters.scale
    let low = SIMD8<Float>(repeating: Float(scheme.type.lowest - parameters.zeroPoint))
    let high = low + Float(scheme.type.steps)
    let magic = SIMD8<Float>(repeating: 12_582_912)
    var sum = SIMD8<Float>(repeating: 0)
    middles.withUnsafeBytes { middles in
      counts.withUnsafeBytes { counts in
        for offset in stride(from: 0, to: middles.count, by: MemoryLayout<SIMD8<Float>>.size) {
          let x = middles.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
          let n = counts.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
          var q = x / scale
          q.replace(with: low, where: q .< low)
          q.replace(with: high, where: q .> high)
          let difference = x - ((q + magic) - magic) * scale
          sum += n * difference * difference
        }
      }
    }
    return sum.sum()
  }
}
