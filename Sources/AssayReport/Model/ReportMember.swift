public import AssayCore

/// A model that was trained: what it learnt in each step, and what it answers.
public struct ReportMember: Sendable, Hashable {
  /// The learning curve of one step.
  public struct Curve: Sendable, Hashable {
    /// 1-based among the variant's steps, those that Assay added not counted.
    public var position: Int
    public var step: String
    public var epochs: [TrainedEpoch]
  }

  public var baseline: String
  public var variant: String
  /// Nil for a variant that is built once.
  public var seed: UInt64?
  /// Whether its times, file and answers stand for all seeds.
  public var isRepresentative: Bool
  /// Nil when it was built.
  public var failure: String?
  public var curves: [Curve]
  public var answers: [SeedAnswers]
}

/// Every model that was trained or is one of several seeds, in the record's order.
func reportMembers(_ record: RunRecord) -> [ReportMember] {
  record.variants.flatMap { variant -> [ReportMember] in
    guard let seeds = variant.seeds else {
      let curves = curves(variant.build)
      guard !curves.isEmpty else { return [] }
      return [
        ReportMember(
          baseline: variant.baseline, variant: variant.name, seed: nil, isRepresentative: true, failure: nil,
          curves: curves, answers: [])
      ]
    }
    return seeds.members.map { member in
      var failure: String?
      if case .failed(let message) = member.build { failure = message }
      return ReportMember(
        baseline: variant.baseline, variant: variant.name, seed: member.seed,
        isRepresentative: member.seed == seeds.representative, failure: failure, curves: curves(member.build),
        answers: member.answers)
    }
  }
}

private func curves(_ build: BuildResult) -> [ReportMember.Curve] {
  let steps = (build.built?.reports ?? []).filter { !$0.isAutomatic }
  return steps.enumerated().compactMap { index, report in
    guard let epochs = report.epochs, !epochs.isEmpty else { return nil }
    return ReportMember.Curve(position: index + 1, step: report.step, epochs: epochs)
  }
}

/// What seeds mean for the figures, where the run has several.
func seedSentences(_ record: RunRecord) -> [String] {
  let repeated = record.variants.compactMap { variant in variant.seeds.map { (variant.name, $0) } }
  guard let most = repeated.map(\.1.members.count).max() else { return [] }
  return [
    "What is trained was trained up to \(counted(most, "time")), each with another seed: its accuracy is the mean over the "
      + "seeds with Student's t interval, and its change is tested over the seeds (paired where a variant is made from the "
      + "baseline's model of the same seed, by Welch where it is not). One seed tells of one model, not of the method.",
    "Times, memory, file and rows that flipped are those of one representative seed: the one whose accuracy lies in the "
      + "middle, or the one made from the baseline's.",
  ]
}
