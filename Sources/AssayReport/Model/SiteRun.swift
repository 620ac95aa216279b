public import AssayCore
public import AssayJudge

/// A run as an overview of many shows it.
public struct SiteRun: Sendable {
  /// Path of its folder relative to the overview, with `/` between its parts.
  public var folder: String
  public var suite: String
  /// UTC, ISO 8601.
  public var startedAt: String
  public var isFinished: Bool
  public var verdict: String
  public var exitStatus: ExitStatus
  public var machine: String
  /// Names of the variants, baselines apart, each once.
  public var variants: Int
  public var failedTrials: Int
  /// What it shows, in a sentence or two.
  public var finding: String

  /// Takes from a report what an overview needs.
  public init(folder: String, model: ReportModel, comparison: Comparison) {
    self.folder = folder
    suite = model.suite
    startedAt = model.startedAt
    isFinished = model.finishedAt != nil
    verdict = verdictLine(comparison)
    exitStatus = comparison.exitStatus
    machine = model.environment.first { $0.name == "CPU" }?.text ?? "not known"
    var names: Set<String> = []
    failedTrials = 0
    for group in model.groups {
      for row in group.rows {
        if !row.isBaseline { names.insert(row.variant) }
        if case .failed = row.outcome { failedTrials += 1 }
      }
    }
    variants = names.count
    finding = model.recommendations.first?.answer ?? model.groups.first?.findings.first ?? "Nothing was measured."
  }
}

/// A folder that holds no run that can be read.
public struct SiteProblem: Sendable, Hashable {
  /// Path relative to the overview.
  public var folder: String
  public var reason: String

  public init(folder: String, reason: String) {
    self.folder = folder
    self.reason = reason
  }
}
