import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

private func histogram(_ batches: [[Float]]) -> GrowingHistogram? {
  var histogram = GrowingHistogram()
  for batch in batches where !batch.withUnsafeBufferPointer({ histogram.add($0) }) { return nil }
  return histogram
}

/// The sequence of Oracles/percentiles.py.
private func oracleValues() -> [Float] {
  var state: UInt64 = 12345
  return (0..<20_000).map { _ in
    state = (state &* 1_103_515_245 &+ 12345) % (1 << 31)
    return (Float(state >> 15 % 4001) - 1000) / 256
  }
}

@Test func binsAreCountedWhateverTheOrderAndTheBatches() throws {
  for seed in UInt64(1)...8 {
    var generator = SeededGenerator(seed: seed)
    // Magnitudes over many powers of two make the histogram grow again and again.
    let values = (0..<3000).map { _ in
      Float.random(in: -1...1, using: &generator)
        * Float(sign: .plus, exponent: generator.integer(in: -20...8), significand: 1)
    }
    let whole = try #require(histogram([values]))
    let parts = try #require(histogram([Array(values[..<7]), Array(values[7..<1501]), [], Array(values[1501...])]))
    let backwards = try #require(histogram([values.reversed()]))
    let (width, center) = (whole.width, GrowingHistogram.half - 1)
    var expected = [UInt64](repeating: 0, count: 2 * GrowingHistogram.half - 1)
    for value in values { expected[Int(value / width) + center] += 1 }
    for other in [whole, parts, backwards] {
      #expect(other.width == width && other.counts() == expected, "seed \(seed)")
      #expect(other.extremes.lowest == values.min() && other.extremes.highest == values.max())
      #expect(other.extremes.count == values.count)
    }
    let reach = Double(values.map(\.magnitude).max() ?? 0) / Double(width)
    #expect(reach >= 2048 && reach < 4096)
  }
}

@Test(arguments: [Float.nan, .infinity, -.infinity])
func aValueThatIsNoNumberIsNoticedAtEveryPlace(bad: Float) {
  for position in [0, 1, 15, 16, 17, 33, 8191, 8192, 9000] {
    var values = [Float](repeating: 0.5, count: 9001)
    values[position] = bad
    #expect(histogram([values]) == nil, "position \(position)")
  }
}

@Test func zerosAloneGiveAnEmptyRange() throws {
  let zeros = try #require(histogram([[Float](repeating: 0, count: 20)]))
  for calibration in [Calibration.minMax, .percentile(99), .entropy, .meanSquaredError] {
    let range = calibration.range(of: zeros, type: .uint8)
    #expect(range == ActivationRange(lowest: 0, highest: 0))
    #expect(AffineParameters(range, .uint8).scale == 1)
  }
}

/// Expected values from numpy: Oracles/percentiles.py. The histogram knows a value up to half a bin, 1/512 here.
@Test(arguments: [(99.99, -3.90625, 11.71875), (99.0, -3.7421875, 11.562539), (90.0, -2.4101562, 10.1171875)])
func percentilesAreThoseOfNumpy(percentile: Double, low: Double, high: Double) throws {
  let values = oracleValues()
  #expect(values.min() == -3.90625 && values.max() == 11.71875)
  let range = Calibration.percentile(percentile).range(of: try #require(histogram([values])), type: .uint8)
  #expect(abs(Double(range.lowest) - low) < 0.006 && abs(Double(range.highest) - high) < 0.006)
}

/// Expected values from numpy: Oracles/entropy_thresholds.py, which computes every divergence bin by bin.
@Test(arguments: [
  (2048, 40, 13, 854), (2000, 25, 3, 1603), (1500, 90, 101, 1441), (300, 10, 7, 214), (2048, 100, 1, 1829),
])
func entropyFindsTheThresholdOfNumpy(count: Int, decay: Int, wobble: Int, kept: Int) {
  let bins = (0..<count).map { Double((4_000_000 >> ($0 / decay)) + ($0 * 7919 % wobble == 0 ? 1 : 0)) }
  #expect(leastDivergenceThreshold(bins, width: 0.5, largest: 10_000) == Float(kept) * 0.5)
}

@Test func fewValuesAreNoDistributionToClip() throws {
  var generator = SeededGenerator(seed: 12)
  let values = generator.normals(1000)
  let collected = try #require(histogram([values]))
  #expect(
    Calibration.entropy.range(of: collected, type: .uint8) == Calibration.minMax.range(of: collected, type: .uint8))
}

@Test func theMethodsOfCalibrationDifferOnLongTails() throws {
  var generator = SeededGenerator(seed: 11)
  let values = generator.normals(40_000).map { $0 * $0 * $0 }
  let collected = try #require(histogram([values]))
  let full = Calibration.minMax.range(of: collected, type: .uint8)
  let highest = [Calibration.minMax, .percentile(99), .entropy, .meanSquaredError].map {
    $0.range(of: collected, type: .uint8).highest
  }
  #expect(Set(highest).count == 4)
  for calibration in [Calibration.percentile(99), .entropy, .meanSquaredError] {
    let range = calibration.range(of: collected, type: .uint8)
    #expect(range.lowest >= full.lowest && range.highest < full.highest && range.highest > 0)
  }
}

/// Mean squared error of quantizing the values themselves.
private func squaredError(_ values: [Float], _ range: ActivationRange, _ scheme: ActivationScheme) -> Double {
  let parameters = AffineParameters(range, scheme)
  return values.reduce(0) { sum, value in
    let steps = (value / parameters.scale).rounded(.toNearestOrEven) + Float(parameters.zeroPoint)
    let clamped = max(Float(scheme.type.lowest), min(Float(scheme.type.lowest + 255), steps))
    let difference = Double(value) - Double((clamped - Float(parameters.zeroPoint)) * parameters.scale)
    return sum + difference * difference
  } / Double(values.count)
}

@Test(arguments: [ActivationScheme.uint8, .int8])
func theSearchForSquaredErrorBeatsTheFullRange(scheme: ActivationScheme) throws {
  for seed in UInt64(1)...4 {
    var generator = SeededGenerator(seed: seed)
    let values = generator.normals(20_000).map { seed % 2 == 0 ? max(0, $0 * $0 * $0) : $0 * $0 * $0 }
    let collected = try #require(histogram([values]))
    let best = squaredError(values, Calibration.meanSquaredError.range(of: collected, type: scheme), scheme)
    for other in [Calibration.minMax, .percentile(99.9), .entropy] {
      #expect(best <= squaredError(values, other.range(of: collected, type: scheme), scheme) * 1.02, "seed \(seed)")
    }
    #expect(best < squaredError(values, Calibration.minMax.range(of: collected, type: scheme), scheme))
  }
}

@Test func rangesHoldZeroAndRoundTripWithinHalfAStep() {
  for seed in UInt64(1)...50 {
    var generator = SeededGenerator(seed: seed)
    let ends = generator.floats(2, in: -10...10).sorted()
    for scheme in [ActivationScheme.uint8, .int8] {
      let parameters = AffineParameters(ActivationRange(lowest: ends[0], highest: ends[1]), scheme)
      #expect((scheme.type.lowest...(scheme.type.lowest + 255)).contains(parameters.zeroPoint))
      if ends[0] >= 0 { #expect(parameters.zeroPoint == scheme.type.lowest, "Relu is only free at the lowest integer") }
      for value in generator.floats(20, in: min(ends[0], 0)...max(ends[1], 0)) {
        let steps = max(
          Float(scheme.type.lowest),
          min(Float(scheme.type.lowest + 255), (value / parameters.scale).rounded() + Float(parameters.zeroPoint)))
        let again = (steps - Float(parameters.zeroPoint)) * parameters.scale
        // The zero point is rounded too, so the ends may lose another half step.
        #expect(abs(value - again) <= parameters.scale * 1.0001, "seed \(seed)")
      }
    }
  }
}

@Test func valuesThatAreNoNumbersAreNamed() throws {
  let model = residualNetwork(seed: 1)
  for method in ["min-max", "mse"] {
    let error = #expect(throws: MethodError.self) {
      try apply(
        "quantize", ["calibration": .text(method)], to: model,
        calibration: FixedActivations(values: [Tensor([Float(1), .nan], shape: [2])]))
    }
    #expect(error?.code == .notFinite && error?.place?.node == "x")
  }
}

@Test func calibrationDataMustBeThereAndHaveRows() {
  let model = residualNetwork(seed: 1)
  for source in [nil, FixedActivations(values: [])] {
    let error = #expect(throws: MethodError.self) {
      try apply("quantize", ["mode": .text("static")], to: model, calibration: source)
    }
    #expect(error?.code == .calibration)
  }
}
