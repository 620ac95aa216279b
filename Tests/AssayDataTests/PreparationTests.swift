import AssayCore
import FoundationEssentials
import Testing

@testable import AssayData

private func dataset(_ values: [UInt8], _ shape: [Int], layout: ImageLayout = .nchw) throws -> Dataset {
  try Dataset(
    source: "memory", examples: Tensor(values, shape: shape), storedLayout: layout,
    targets: .classes(Array(repeating: 0, count: shape[0]), classCount: 1))
}

@Suite struct PreparationTests {
  @Test func bytesAreNormalisedAsNumpyDoesIt() throws {
    let preparation = Preparation(scale: try #require(Ratio("1/255")), mean: [0.4822], std: [0.2435])
    let bytes = try dataset(Array(0...255), [1, 256]).prepare(preparation)
    #expect(bytes.elements(Float.self).map(\.bitPattern) == Oracles.normalisedBytes)
    let floats = try Dataset(
      source: "memory", examples: Tensor((0...255).map(Float.init), shape: [1, 256]), targets: .values([0]))
    #expect(try floats.prepare(preparation) == bytes)
  }

  @Test func everyPathAgreesWithTheFormula() throws {
    for seed in UInt64(1)...40 {
      var generator = SeededGenerator(seed: seed)
      let (rows, c, h, w) = (
        3, 1 + generator.index(below: 4), 1 + generator.index(below: 5), 1 + generator.index(below: 5)
      )
      let stored: ImageLayout = generator.index(below: 2) == 0 ? .nchw : .nhwc
      let wanted: ImageLayout = generator.index(below: 2) == 0 ? .nchw : .nhwc
      let perChannel = generator.index(below: 2) == 0
      let numbers = { (0..<(perChannel ? c : 1)).map { Float($0) * 0.25 + 0.5 } }
      let preparation = Preparation(
        scale: Ratio(1, over: 16) ?? .one, mean: numbers(), std: numbers().reversed(), layout: wanted)
      let values = (0..<(rows * c * h * w)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let shape = stored == .nchw ? [rows, c, h, w] : [rows, h, w, c]
      let bytes = try dataset(values, shape, layout: stored)
      let floats = try Dataset(
        source: "memory", examples: Tensor(values.map(Float.init), shape: shape), storedLayout: stored,
        targets: bytes.targets)
      let order = [2, 0, 0, 1]
      let result = try bytes.prepare(preparation, rows: order)
      #expect(result == (try floats.prepare(preparation, rows: order)), "seed \(seed)")
      #expect(result.shape == [4] + (wanted == .nchw ? [c, h, w] : [h, w, c]), "seed \(seed)")
      let found = result.elements(Float.self)
      for (row, source) in order.enumerated() {
        for (channel, y, x) in (0..<(c * h * w)).map({ ($0 / (h * w), $0 / w % h, $0 % w) }) {
          let from = stored == .nchw ? (channel * h + y) * w + x : (y * w + x) * c + channel
          let to = wanted == .nchw ? (channel * h + y) * w + x : (y * w + x) * c + channel
          let (mean, std) = (preparation.mean, preparation.std)
          let expected =
            (Float(values[source * c * h * w + from]) / 16 - mean[perChannel ? channel : 0])
            / std[perChannel ? channel : 0]
          #expect(found[row * c * h * w + to] == expected, "seed \(seed), row \(row), channel \(channel)")
        }
      }
    }
  }

  @Test func shapesAreGivenOrFlattened() throws {
    let images = try dataset(Array(0..<16), [4, 1, 2, 2])
    #expect(try images.prepare(Preparation(shape: [4, 1])).shape == [4, 4, 1])
    #expect(try images.prepare(Preparation(flattens: true)).shape == [4, 4])
    #expect(try images.prepare(Preparation(layout: .nhwc)).shape == [4, 2, 2, 1])
    #expect(try images.prepare(Preparation(), rows: 1..<3).elements(Float.self) == (4..<12).map(Float.init))
    #expect(try images.preparedShape(Preparation(shape: [1, 2, 2])) == [1, 2, 2])
    // A flat row that becomes an image has the channels of the image.
    let rows = try dataset(Array(0..<12), [1, 12])
    let image = try rows.prepare(Preparation(mean: [0, 4, 8], shape: [3, 2, 2]))
    #expect(image.elements(Float.self) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
    let interleaved = try rows.prepare(Preparation(mean: [0, 1, 2], layout: .nhwc, shape: [2, 2, 3]))
    #expect(interleaved.elements(Float.self) == [0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9])
    // A mean for each feature.
    #expect(
      try dataset([1, 2, 3, 4], [2, 2]).prepare(Preparation(mean: [1, 2])).elements(Float.self) == [0, 0, 2, 2])
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let images = try dataset(Array(0..<16), [4, 1, 2, 2])
    expectFault(.shape, "[1, 2, 2] have 4 values", "[5]") { _ = try images.prepare(Preparation(shape: [5])) }
    expectFault(.shape) { _ = try images.prepare(Preparation(shape: [-2, -2])) }
    expectFault(.shape) { _ = try images.prepare(Preparation(shape: [Int.max, Int.max])) }
    expectFault(.shape, "mean has 3 numbers", "1 channels") { _ = try images.prepare(Preparation(mean: [1, 2, 3])) }
    expectFault(.shape, "std has 2 numbers") { _ = try images.prepare(Preparation(std: [1, 2])) }
    expectFault(.option, "std not 0") { _ = try images.prepare(Preparation(std: [0])) }
    expectFault(.option, "finite") { _ = try images.prepare(Preparation(mean: [.nan])) }
    expectFault(.shape, "three axes") { _ = try dataset([1, 2], [1, 2]).prepare(Preparation(layout: .nhwc)) }
    expectFault(.rows, "row 4", "there are 4") { _ = try images.prepare(Preparation(), rows: 3..<5) }
    expectFault(.rows, "row -1") { _ = try images.prepare(Preparation(), rows: [-1]) }
  }

  @Test(arguments: [("1/255", 1.0, 255.0), ("0.5", 0.5, 1), (" 2 / 3 ", 2, 3), ("-4", -4, 1)])
  func ratiosAreFractions(text: String, numerator: Double, denominator: Double) throws {
    let ratio = try #require(Ratio(text))
    #expect(ratio.numerator == numerator && ratio.denominator == denominator)
    #expect(Ratio(ratio.description) == ratio)
  }

  @Test(arguments: ["", "/", "1/0", "1/", "a", "1/2/3", "nan", "1/inf", "1 2"])
  func otherTextsAreNoRatios(text: String) { #expect(Ratio(text) == nil) }
}

@Suite struct SubsetTests {
  @Test func generatorIsSplitMix64() {
    // Published test vector: Rosetta Code, "Pseudo-random numbers/Splitmix64", seed 1234567.
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test func choicesAreFixedForever() throws {
    // From an independent implementation of the three published algorithms in Python.
    #expect(try Subset(count: 10, seed: 1).indices(of: 10, source: "") == [5, 7, 9, 6, 3, 8, 2, 0, 1, 4])
    #expect(
      try Subset(count: 8, seed: 1).indices(of: 60000, source: "") == [
        33993, 44747, 58260, 26663, 26658, 45774, 52641, 31387,
      ])
    #expect(try Subset(count: 5, seed: 42).indices(of: 3823, source: "") == [2835, 612, 1066, 1317, 149])
  }

  @Test func choicesAreDistinctAndNested() throws {
    for seed in UInt64(0)..<50 {
      let all = try Subset(count: 30, seed: seed).indices(of: 30, source: "")
      #expect(all.sorted() == Array(0..<30), "seed \(seed)")
      #expect(try Subset(count: 7, seed: seed).indices(of: 30, source: "") == Array(all[..<7]), "seed \(seed)")
    }
    #expect(try Subset(count: 3).indices(of: 5, source: "") == [0, 1, 2])
  }

  @Test func moreThanThereAreIsRefused() {
    for seed in [nil, 1] as [UInt64?] {
      expectFault(.rows, "mine", "6 rows are asked for, but there are 5") {
        _ = try Subset(count: 6, seed: seed).indices(of: 5, source: "mine")
      }
      expectFault(.rows) { _ = try Subset(count: 0, seed: seed).indices(of: 5, source: "mine") }
      expectFault(.rows) { _ = try Subset(count: -1, seed: seed).indices(of: 5, source: "mine") }
    }
  }

  @Test func subsetsOfSubsetsKeepRowsAndLabelsTogether() throws {
    let whole = try Dataset(
      source: "memory", examples: Tensor((0..<20).map(UInt8.init), shape: [20, 1]),
      targets: .classes(Array(0..<20), classCount: 20))
    let part = try whole.selecting(Subset(count: 12, seed: 3)).selecting(Subset(count: 5, seed: 9))
    #expect(part.count == 5 && part.availableRows == 20 && part.classCount == 20)
    #expect(try part.prepare(Preparation()).elements(Float.self) == part.labels.map(Float.init))
  }
}
