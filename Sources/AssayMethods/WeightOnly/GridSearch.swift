import AssayCore

/// Scale and zero point of one group of weights.
struct WeightGrid: Sendable, Equatable {
  var scale: Float
  /// The code that stands for zero.
  var zero: Float
}

/// How the scale and zero point of a group of weights are chosen.
///
/// Zero always has a code of its own, so that pruned weights stay zero: symmetric grids have it in the middle,
/// asymmetric ones are widened to hold it.
///
/// - `max`, symmetric: the weight of largest magnitude m gets the outermost code −2^(b−1), scale = −m/2^(b−1).
///   Asymmetric: scale = (max − min)/(2^b − 1), zero = round(−min/scale).
/// - `mse`: the grid of least Σ(w−ŵ)² among scales that shrink those ranges, then improved twice by the scale that is
///   best for the codes found, Σw(q−z)/Σ(q−z)².
/// - Power of two: q = round(w·2ⁿ), n the largest that clips nothing; with `mse` the best of n−1 … n+3.
struct GridSearch: Sendable {
  let bits: Int
  let isSymmetric: Bool
  let isPowerOfTwo: Bool
  var minimizesError: Bool

  private var top: Float { Float((1 << bits) - 1) }
  private var half: Float { Float(1 << (bits - 1)) }

  /// Exponents that keep scales and their products far from denormal and infinite.
  static let exponents = -100...100

  /// - Precondition: finite values.
  func grid(of values: UnsafeBufferPointer<Float>) -> WeightGrid {
    var (low, high) = (Float(0), Float(0))
    for value in values {
      low = min(low, value)
      high = max(high, value)
    }
    let zeroGrid = WeightGrid(scale: 1, zero: isSymmetric ? half : 0)
    // Smaller weights would need a scale that is denormal: they become zero.
    guard max(-low, high) >= 1e-30 else { return zeroGrid }
    // One candidate needs no list, which in large weights millions of blocks would ask for.
    if !minimizesError, !isPowerOfTwo { return bounded(wholeRange(low, high)) }
    let candidates = isPowerOfTwo ? powersOfTwo(low, high) : steps(low, high)
    guard minimizesError, candidates.count > 1 else { return bounded(candidates[0]) }
    var best = candidates[0]
    var least = error(of: best, values)
    for candidate in candidates.dropFirst() {
      let found = error(of: candidate, values)
      if found < least { (best, least) = (candidate, found) }
    }
    if !isPowerOfTwo { refine(&best, least, values) }
    return bounded(best)
  }

  /// The grid with its scale halved until every code stands for a finite number.
  private func bounded(_ grid: WeightGrid) -> WeightGrid {
    var grid = grid
    while !(max(grid.zero, top - grid.zero) * grid.scale).isFinite, grid.scale.isFinite, grid.scale != 0 {
      grid.scale /= 2
    }
    return grid
  }

  /// Grids of free scales, that of the whole range first.
  private func steps(_ low: Float, _ high: Float) -> [WeightGrid] {
    if isSymmetric {
      let full = wholeRange(low, high).scale
      // From a little above the range, where the outermost code of the other side reaches the extreme too.
      return [WeightGrid(scale: full, zero: half)]
        + (0..<40).flatMap { step -> [WeightGrid] in
          let factor = 1.16 - Float(step) * 0.02
          return [WeightGrid(scale: full * factor, zero: half), WeightGrid(scale: -full * factor, zero: half)]
        }
    }
    var grids: [WeightGrid] = []
    for a in 0..<9 {
      for b in 0..<9 {
        let (shrunkLow, shrunkHigh) = (low * (1 - Float(a) * 0.06), high * (1 - Float(b) * 0.06))
        grids.append(wholeRange(shrunkLow, shrunkHigh))
      }
    }
    return grids
  }

  /// The grid that holds all values.
  private func wholeRange(_ low: Float, _ high: Float) -> WeightGrid {
    if isSymmetric { return WeightGrid(scale: -(high >= -low ? high : low) / half, zero: half) }
    let scale = high / top - low / top
    return WeightGrid(scale: scale, zero: max(0, min(top, roundedToEven(-low / scale))))
  }

  /// Grids of scales 2^−n, the finest one that clips nothing first.
  private func powersOfTwo(_ low: Float, _ high: Float) -> [WeightGrid] {
    func grid(_ n: Int) -> WeightGrid {
      let scale = Float(sign: .plus, exponent: -n, significand: 1)
      return WeightGrid(scale: scale, zero: isSymmetric ? half : max(0, min(top, roundedToEven(-low / scale))))
    }
    func clips(_ n: Int) -> Bool {
      let grid = grid(n)
      let (least, largest) = (
        (low / grid.scale).rounded(.toNearestOrEven), (high / grid.scale).rounded(.toNearestOrEven)
      )
      return least + grid.zero < 0 || largest + grid.zero > top
    }
    // |w|·2ⁿ < 2^bits at the start, which clips or just fits.
    var n = bits - 1 - Int(max(-low, high).exponent)
    n = max(Self.exponents.lowerBound, min(Self.exponents.upperBound, n))
    while n > Self.exponents.lowerBound, clips(n) { n -= 1 }
    let others = minimizesError ? [n - 1, n + 1, n + 2, n + 3].filter(Self.exponents.contains) : []
    return [grid(n)] + others.map(grid)
  }

  /// Replaces the scale by the best one for the codes it gives, while that helps.
  private func refine(_ best: inout WeightGrid, _ least: Double, _ values: UnsafeBufferPointer<Float>) {
    var least = least
    for _ in 0..<2 {
      var (product, square) = (0.0, 0.0)
      for value in values {
        let step = code(of: value, best) - best.zero
        product += Double(value) * Double(step)
        square += Double(step) * Double(step)
      }
      guard square > 0 else { return }
      let candidate = WeightGrid(scale: Float(product / square), zero: best.zero)
      guard candidate.scale.magnitude >= 1e-31, candidate.scale.isFinite else { return }
      let found = error(of: candidate, values)
      guard found < least else { return }
      (best, least) = (candidate, found)
    }
  }

  /// Σ(w−ŵ)², summed in units of the scale so that no square overflows.
  private func error(of grid: WeightGrid, _ values: UnsafeBufferPointer<Float>) -> Double {
    let (scale, zero, top) = (grid.scale, grid.zero, top)
    var sum = Float(0)
    var total = 0.0
    var index = 0
    while index < values.count {
      let end = min(index + 1024, values.count)
      sum = 0
      while index < end {
        let place = values[index] / scale + zero
        let distance = place - roundedToEven(max(0, min(top, place)))
        sum += distance * distance
        index += 1
      }
      total += Double(sum)
    }
    return total * Double(scale) * Double(scale)
  }

  /// Writes the codes of `values`, as `code(of:_:)` finds them one by one.
  func writeCodes(of values: UnsafeBufferPointer<Float>, _ grid: WeightGrid, to codes: UnsafeMutablePointer<UInt8>) {
    let (scale, low, high) = (grid.scale, -grid.zero, top - grid.zero)
    // 1.5·2²³ more leaves the integer in the low bits; unlike a conversion this cannot trap, so that vectors are used.
    let magic: Float = 12_582_912
    let base = Int32(bitPattern: magic.bitPattern) &- Int32(grid.zero)
    for index in 0..<values.count {
      let quotient = values[index] / scale
      let below = quotient < high ? quotient : high
      let place = below > low ? below : low
      codes[index] = UInt8(truncatingIfNeeded: Int32(bitPattern: (place + magic).bitPattern) &- base)
    }
  }

  /// The code of a value: clamp(round(w/scale) + zero, 0, 2^bits − 1), halves to even.
  @inline(__always)
  func code(of value: Float, _ grid: WeightGrid) -> Float {
    // Clamped before rounding: the magic rounding is for small numbers.
    let place = max(-grid.zero, min(top - grid.zero, value / grid.scale))
    return roundedToEven(place) + grid.zero
  }
}
