import AssayCore

/// How much the outputs may change.
enum PrecisionBudget: Sendable, Equatable {
  /// Greatest expected loss of accuracy, a fraction.
  case expectedLoss(Double)
  /// Greatest share of the rows whose answer changes.
  case changedAnswers(Double)
  /// Least ratio of signal to noise of every output, in dB.
  case sqnr_dB(Double)

  var needsClasses: Bool { if case .sqnr_dB = self { false } else { true } }

  func admits(_ damage: OutputDamage) -> Bool {
    switch self {
    case .expectedLoss(let most): damage.answers.map { $0.expectedLoss <= most } ?? false
    case .changedAnswers(let most): damage.answers.map { $0.changed <= most } ?? false
    case .sqnr_dB(let least): damage.sqnr_dB >= least
    }
  }
}

extension PrecisionBudget: CustomStringConvertible {
  /// `an expected loss of accuracy of at most 0.2 pp`.
  var description: String {
    switch self {
    case .expectedLoss(let most): "an expected loss of accuracy of at most \(significant(most * 100)) pp"
    case .changedAnswers(let most): "at most \(significant(most * 100)) % of changed answers"
    case .sqnr_dB(let least): "a ratio of signal to noise of at least \(significant(least)) dB"
    }
  }
}

/// Finds a small set of things to leave out so that the rest can be had together.
///
/// The things 0..<count are ordered, the costliest first. First everything is tried; then the length of the shortest
/// admitted prefix to leave out is found by bisection, as if leaving out more never cost more; then what was left out
/// is taken back one by one, the cheapest first, where the rest is still admitted. What is returned was itself admitted,
/// whether or not costs are as orderly as that.
///
/// - Parameter attempt: The result of leaving out a set, or nil when that is not admitted.
/// - Returns: nil when nothing but leaving out everything is left, which is not tried.
/// - Complexity: at most 1 + ⌈log₂ count⌉ + count attempts.
func leastLeftOut<Candidate>(
  of count: Int, _ attempt: (_ leftOut: Set<Int>) throws(MethodError) -> Candidate?
) throws(MethodError) -> (leftOut: Set<Int>, candidate: Candidate)? {
  if let candidate = try attempt([]) { return ([], candidate) }
  var (refused, admitted) = (0, count)
  var best: (leftOut: Set<Int>, candidate: Candidate)?
  while admitted - refused > 1 {
    let middle = (refused + admitted) / 2
    let leftOut = Set(0..<middle)
    if let candidate = try attempt(leftOut) {
      (admitted, best) = (middle, (leftOut, candidate))
    } else {
      refused = middle
    }
  }
  var leftOut = Set(0..<admitted)
  for position in (0..<admitted).reversed() {
    let fewer = leftOut.subtracting([position])
    // That prefix was refused already.
    if fewer == Set(0..<refused) { continue }
    if let candidate = try attempt(fewer) {
      leftOut = fewer
      best = (fewer, candidate)
    }
  }
  return best
}
