import AssayMethods
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTraining

private func rates(_ schedule: ScheduleSettings, epochs: Int = 4, stepsPerEpoch: Int = 5) -> [Double] {
  let settings = TrainingSettings(
    epochs: epochs, optimizer: OptimizerSettings(.sgd, rate: 0.5), schedule: schedule)
  let rates = LearningRate(settings, stepsPerEpoch: stepsPerEpoch, steps: epochs * stepsPerEpoch)
  return (0..<(epochs * stepsPerEpoch)).map { rates[$0] }
}

@Test func constantRatesStay() {
  #expect(rates(ScheduleSettings(.constant)) == [Double](repeating: 0.5, count: 20))
}

@Test func stepsFallAtTheirEpochs() {
  let found = rates(ScheduleSettings(.step, every_epochs: 2, factor: 0.1))
  #expect(found[..<10].allSatisfy { $0 == 0.5 })
  #expect(found[10...].allSatisfy { abs($0 - 0.05) < 1e-15 })
}

@Test func exponentialRatesFollowTheirFormula() {
  let found = rates(ScheduleSettings(.exponential, decay: 0.3))
  // lr₀·e^(−kt) by powers: after whole epochs it is multiplied with e^−k.
  for step in 5..<20 { #expect(abs(found[step] / found[step - 5] - 0.740_818_220_681_718) < 1e-12) }
  #expect(found[0] == 0.5)
}

@Test func cosineRatesFollowTheirFormula() {
  let found = rates(ScheduleSettings(.cosine))
  #expect(found[0] == 0.5 && abs(found[10] - 0.25) < 1e-15)
  // cos(π/4) = √½ at a quarter of the way.
  #expect(abs(found[5] - 0.25 * (1 + 0.5.squareRoot())) < 1e-15)
  #expect(zip(found, found.dropFirst()).allSatisfy { $0 > $1 } && found[19] > 0)
}

/// PyTorch 2.13's OneCycleLR and LambdaLR, from Oracles/schedules.py.
@Test func ratesAreThoseOfPyTorch() throws {
  for (name, schedule) in [
    ("one-cycle", ScheduleSettings(.oneCycle)), ("cosine", ScheduleSettings(.cosine)),
    ("step", ScheduleSettings(.step, every_epochs: 2, factor: 0.1)),
  ] {
    let expected = try oracle("schedules.csv", row: name)
    let found = difference(rates(schedule), expected, relative: 1e-9)
    #expect(found == nil, "\(name): \(found ?? "")")
  }
}

@Test(arguments: ScheduleSettings.Kind.allCases)
func warmUpRisesLinearly(kind: ScheduleSettings.Kind) {
  let found = rates(ScheduleSettings(kind, warmup_epochs: 0.8))
  for step in 0..<4 { #expect(abs(found[step] - 0.5 * Double(step + 1) / 4) < 1e-15) }
  #expect(found.allSatisfy { $0 > 0 && $0 <= 0.5 })
}

@Test(arguments: ScheduleSettings.Kind.allCases)
func shortTrainingsHaveRates(kind: ScheduleSettings.Kind) {
  for steps in 1...4 {
    for warmup in [0, 0.5, 10] {
      let found = rates(ScheduleSettings(kind, warmup_epochs: warmup), epochs: 1, stepsPerEpoch: steps)
      #expect(found.allSatisfy { $0.isFinite && $0 > 0 && $0 <= 0.5 }, "\(steps) steps, warm-up \(warmup)")
    }
  }
}

/// A row of numbers of a file that a script beside it made; the first column is the name.
func oracle(_ file: String, row: String) throws -> [Double] {
  let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracles/\(file)").path
  let text = try String(contentsOfFile: path, encoding: .utf8)
  for line in text.split(separator: "\n") where line.hasPrefix("\(row),") {
    return line.split(separator: ",").dropFirst().compactMap { Double($0) }
  }
  throw MissingOracle(row: row)
}

struct MissingOracle: Error { var row: String }
