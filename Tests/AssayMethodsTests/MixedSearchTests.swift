import AssayCore
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Costs that add up, as independent errors do.
private struct AdditiveCosts {
  var costs: [Double]
  var budget: Double

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = generator.integer(in: 1...24)
    costs = generator.floats(count, in: 0...1).map { Double($0) }.sorted(by: >)
    budget = costs.reduce(0, +) * Double(generator.floats(1, in: 0...1.1)[0])
  }

  func cost(leavingOut leftOut: Set<Int>) -> Double {
    costs.indices.reduce(0) { leftOut.contains($1) ? $0 : $0 + costs[$1] }
  }
}

@Test func whatIsFoundFitsTheBudgetAndCannotBeExtended() throws {
  for seed in UInt64(1)...300 {
    let problem = AdditiveCosts(seed: seed)
    var attempts = 0
    let found = try leastLeftOut(of: problem.costs.count) { leftOut throws(MethodError) -> Double? in
      attempts += 1
      let cost = problem.cost(leavingOut: leftOut)
      return cost <= problem.budget ? cost : nil
    }
    let count = problem.costs.count
    #expect(attempts <= 2 + count + Int.bitWidth - count.leadingZeroBitCount, "seed \(seed): \(attempts) attempts")
    guard let found else {
      // Not even the cheapest alone.
      #expect(problem.costs.allSatisfy { $0 > problem.budget }, "seed \(seed)")
      continue
    }
    #expect(found.candidate <= problem.budget, "seed \(seed)")
    #expect(abs(problem.cost(leavingOut: found.leftOut) - found.candidate) < 1e-12, "seed \(seed)")
    for position in found.leftOut {
      #expect(problem.cost(leavingOut: found.leftOut.subtracting([position])) > problem.budget, "seed \(seed)")
    }
  }
}

@Test func aDisorderlyCostNeverGivesWhatWasNotAdmitted() throws {
  for seed in UInt64(1)...100 {
    var generator = SeededGenerator(seed: seed)
    let count = generator.integer(in: 1...10)
    var admitted: Set<Set<Int>> = []
    let found = try leastLeftOut(of: count) { leftOut throws(MethodError) -> Set<Int>? in
      guard generator.integer(in: 0...3) == 0 else { return nil }
      admitted.insert(leftOut)
      return leftOut
    }
    if let found {
      #expect(found.leftOut == found.candidate && admitted.contains(found.leftOut), "seed \(seed)")
    } else {
      #expect(admitted.isEmpty, "seed \(seed)")
    }
  }
}

@Test func everythingIsTriedFirst() throws {
  var tried: [Set<Int>] = []
  let found = try leastLeftOut(of: 5) { leftOut throws(MethodError) -> Int? in
    tried.append(leftOut)
    return 7
  }
  #expect(found?.leftOut.isEmpty == true && found?.candidate == 7 && tried == [[]])
}

private func damage(
  _ before: [Float], _ after: [Float], _ scores: DamageSum.Scores, classes: Int, rowsAtOnce: Int
) -> OutputDamage {
  var sum = DamageSum(scores, classes: classes)
  for start in stride(from: 0, to: before.count, by: rowsAtOnce * classes) {
    let range = start..<min(before.count, start + rowsAtOnce * classes)
    before[range].withUnsafeBufferPointer { old in after[range].withUnsafeBufferPointer { sum.add(old, $0) } }
  }
  return OutputDamage(noise: sum.noise, answers: sum.answers)
}

/// The numbers come from SciPy: Oracles/output_damage.py.
@Test(arguments: [1, 3, 4])
func damageIsWhatScipyFinds(rowsAtOnce: Int) throws {
  let before: [Float] = [2, 1, 0.5, 0.25, 0.75, 0.5, -1, 4, 3.5, 0, 0, 0]
  let after: [Float] = [1.5, 1, 1, 0.75, 0.5, 0.25, -1, 3, 3.5, 0.5, 0, 0]
  let logits = damage(before, after, .logits, classes: 3, rowsAtOnce: rowsAtOnce)
  #expect(abs(logits.noise - 0.060070671378) < 1e-10)
  let answers = try #require(logits.answers)
  #expect(abs(answers.divergence - 0.07127710259602674) < 1e-12)
  #expect(answers.changed == 0.5 && abs(answers.expectedLoss - 0.1022123696981905) < 1e-12)
  let shares = damage(
    [0.5, 0.25, 0.25, 0, 0.75, 0.25], [0.25, 0.5, 0.25, 0.25, 0.5, 0.25], .probabilities, classes: 3,
    rowsAtOnce: rowsAtOnce)
  #expect(abs(try #require(shares.answers).divergence - 0.2386928131105548) < 1e-12)
  #expect(shares.answers?.changed == 0.5 && shares.answers?.expectedLoss == 0.125)
}

@Test func equalOutputsAreNoDamageAndBrokenOnesTheWorst() {
  let values: [Float] = [1, 2, 3, 4]
  let none = damage(values, values, .logits, classes: 2, rowsAtOnce: 2)
  #expect(none.noise == 0 && none.sqnr_dB == .infinity)
  #expect(none.answers == OutputDamage.Answers(divergence: 0, changed: 0, expectedLoss: 0))
  for broken in [Float.nan, .infinity, -.infinity] {
    let worst = damage(values, [1, broken, 3, 4], .logits, classes: 2, rowsAtOnce: 2)
    #expect(worst.noise == OutputDamage.worstNoise && worst.severity.isFinite && worst.severity > 1)
    #expect(worst.answers?.changed == (broken == .infinity ? 0 : 0.5))
    #expect(!PrecisionBudget.sqnr_dB(0).admits(worst))
  }
  #expect(damage([0, 0], [0, 1], .none, classes: 1, rowsAtOnce: 2).noise == OutputDamage.worstNoise)
  #expect(damage([0, 0], [0, 0], .none, classes: 1, rowsAtOnce: 2).answers == nil)
}

@Test func theExpectedLossIsNeverNegativeNorAboveTheShareOfChangedAnswers() {
  for seed in UInt64(1)...50 {
    var generator = SeededGenerator(seed: seed)
    let (before, noise) = (generator.floats(60, in: -3...3), generator.floats(60, in: -2...2))
    let found = damage(before, zip(before, noise).map { $0 + $1 }, .logits, classes: 4, rowsAtOnce: 5).answers
    guard let found else {
      Issue.record("no answers, seed \(seed)")
      continue
    }
    #expect(found.expectedLoss >= 0 && found.expectedLoss <= found.changed && found.changed <= 1, "seed \(seed)")
    #expect(found.divergence > 0, "seed \(seed)")
  }
}

@Test func significantDigitsAreThree() {
  #expect(significant(0.000123456) == 0.000123 && significant(-98.76) == -98.8 && significant(0) == 0)
  #expect(
    significant(123_456) == 123_000 && significant(.infinity) == .infinity
      && significant(.leastNonzeroMagnitude).isFinite)
}
