import AssayCore
import AssayMeasure

/// What a row's verdict rests on.
enum RowEvidence {
  /// Launches of both sides.
  case launches(LaunchEvidence)
  /// Two numbers that are the same each time.
  case values(base: Double, candidate: Double)
  /// Right and wrong answers on the same rows.
  case answers(PairedAnswers)
  /// Qualities of models that were trained with several seeds.
  case seeds(SeedComparison)
  /// There is nothing to compare.
  case settled(Verdict, String)
}

/// The launches a row is judged by.
struct LaunchEvidence {
  var differences: LaunchDifferences
  var movement: ControlMovement?
  /// The second measurement; nil when there was none.
  var confirmation: LaunchDifferences?
}

/// A row before it is judged: judging needs all rows, because they are tested together.
struct RowDraft {
  var scope: Comparison.Scope
  var trial: Trial
  var metric: Metric
  var base: Double?
  var candidate: Double?
  var evidence: RowEvidence
  /// Whether it is judged also when no gate names it.
  var isJudgedByDefault = false
}

/// A row under one tolerance.
struct RowTest {
  /// Index of the draft.
  var draft: Int
  var threshold: Threshold
  /// Whether it counts: a gate names it, or it is judged without one.
  var isJudged: Bool
  /// Index of the gate; nil for the tolerance of the metric itself.
  var gate: Int?
}

/// What judging a row under one tolerance gives.
struct Judgement {
  var verdict: Verdict
  var reason: String
  var change: Change?
  var resolution: Double?
  var p: Double?
  var adjustedP: Double?
  /// For exploring, where the row does not count.
  var q: Double?
  /// Worse, and a second measurement would decide.
  var wantsConfirmation = false
  /// Whether the evidence admits a verdict; otherwise a gate is not judged rather than not proven.
  var isJudgeable = true
  /// The change for the worse in the terms of the change: positive is worse.
  var worsening: Double?
  var worseningInterval: ConfidenceInterval?
}

/// The p values of a test for both directions.
struct DirectedP {
  var worse: Double
  var better: Double
}

/// Judges rows together, so that the chance of any false verdict among all that count stays below α.
struct RowJudge {
  let drafts: [RowDraft]
  let limits: ComparisonLimits

  /// One judgement for each test.
  func judge(_ tests: [RowTest]) -> [Judgement] {
    let measured = tests.map(directedP)
    let corrected = corrected(tests, measured)
    // Both kinds of test have a family of their own.
    let family = tests.indices.count { isLaunchTest(tests[$0]) && tests[$0].isJudged && measured[$0] != nil }
    let explored = explored(tests, measured)
    return tests.indices.map { index in
      var result = judgement(tests[index], p: measured[index], adjusted: corrected[index], family: family)
      result.q = explored[index]
      return result
    }
  }

  /// Benjamini and Hochberg's correction over the tests of a scope that do not count, for both directions at once.
  private func explored(_ tests: [RowTest], _ p: [DirectedP?]) -> [Double?] {
    var result = [Double?](repeating: nil, count: tests.count)
    for scope in [Comparison.Scope.withinRun, .acrossRuns] {
      let family = tests.indices.filter {
        !tests[$0].isJudged && p[$0] != nil && drafts[tests[$0].draft].scope == scope
      }
      let q = benjaminiHochbergAdjusted(family.map { p[$0].map { min(1, 2 * min($0.worse, $0.better)) } ?? 1 })
      for (place, index) in family.enumerated() { result[index] = q[place] }
    }
    return result
  }

  private func isLaunchTest(_ test: RowTest) -> Bool {
    if case .launches = drafts[test.draft].evidence { true } else { false }
  }

  private func directedP(_ test: RowTest) -> DirectedP? {
    let draft = drafts[test.draft]
    switch draft.evidence {
    case .launches(let evidence):
      return LaunchTest(evidence.differences, draft, test.threshold, limits)?.p
    case .answers(let answers):
      let better = PairedAnswers(rows: answers.rows, lost: answers.gained, gained: answers.lost)
      return DirectedP(worse: answers.worseP, better: better?.worseP ?? 1)
    case .seeds(let comparison):
      return SeedTest(comparison: comparison, metric: draft.metric, base: draft.base ?? 0).p
    case .values, .settled: return nil
    }
  }

  /// Holm's correction over the tests that count, by kind of test and direction; nil for the others.
  private func corrected(_ tests: [RowTest], _ p: [DirectedP?]) -> [DirectedP?] {
    var result = [DirectedP?](repeating: nil, count: tests.count)
    for isLaunches in [true, false] {
      let family = tests.indices.filter {
        tests[$0].isJudged && p[$0] != nil && isLaunchTest(tests[$0]) == isLaunches
      }
      let worse = holmAdjusted(family.map { p[$0]?.worse ?? 1 })
      let better = holmAdjusted(family.map { p[$0]?.better ?? 1 })
      for (place, index) in family.enumerated() {
        result[index] = DirectedP(worse: worse[place], better: better[place])
      }
    }
    return result
  }

  private func judgement(_ test: RowTest, p: DirectedP?, adjusted: DirectedP?, family: Int) -> Judgement {
    let draft = drafts[test.draft]
    switch draft.evidence {
    case .settled(let verdict, let reason):
      return Judgement(verdict: verdict, reason: reason, isJudgeable: false)
    case .values(let base, let candidate):
      return ValueTest(draft.metric, base: base, candidate: candidate).judgement(test.threshold)
    case .answers(let answers):
      return AnswerTest(answers, base: draft.base ?? 0).judgement(
        test.threshold, p: p, adjusted: adjusted, limits: limits, metric: draft.metric)
    case .seeds(let comparison):
      return SeedTest(comparison: comparison, metric: draft.metric, base: draft.base ?? 0).judgement(
        test.threshold, adjusted: adjusted, limits: limits)
    case .launches(let evidence):
      guard let launchTest = LaunchTest(evidence.differences, draft, test.threshold, limits) else {
        return Judgement(
          verdict: .inconclusive, reason: "there is no launch in which both were measured", isJudgeable: false)
      }
      var judgement = launchTest.judgement(
        evidence, adjusted: adjusted, tests: test.isJudged ? family : 1, limits: limits, isJudged: test.isJudged)
      // Across runs only what counts may fail; a warning is what remains of the rest.
      if !test.isJudged, draft.scope == .acrossRuns, judgement.verdict == .regressed {
        judgement.verdict = .unconfirmed
        judgement.reason += "; advisory: no gate names it"
      }
      return judgement
    }
  }
}
