public import AssayCore
public import AssayMethods

/// What happens during a run, for whoever shows progress. Nothing depends on it being seen.
public enum RunEvent: Sendable {
  /// The plan is made: so many variants will be built and so many units of work measured.
  case planned(variants: Int, units: Int)
  case building(baseline: String, variant: String)
  case built(VariantRecord)
  /// A step of a variant that is being built learns.
  case training(baseline: String, variant: String, seed: UInt64?, TrainingProgress)
  /// One seed's model answers the test rows.
  case answering(baseline: String, variant: String, seed: UInt64)
  /// A group begins: its members' processes will be alive together.
  case group(ComparisonGroup, members: Int)
  /// One member is loaded, or did one block: one unit of work.
  case unit(label: String)
  /// Work that will not be done after all, because a member failed.
  case dropped(units: Int)
  case failed(Trial, TrialFailure)
  /// Something a reader should know: no pinning, fewer threads.
  case note(String)
  case saved(path: String)
}
