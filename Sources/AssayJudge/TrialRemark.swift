public import AssayCore
import AssayMeasure

/// Something about a trial that a reader must not overlook.
public struct TrialRemark: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// Memory grew in every launch, by so many bytes an inference (`LeakSlope.suspectsLeak`).
    case suspectedLeak(slope_B: Double)
    /// More work arrived than can be done: so many seconds of it a second, 1 or more.
    case overloaded(utilization: Double)
  }

  public var trial: Trial
  public var kind: Kind

  public init(trial: Trial, kind: Kind) {
    self.trial = trial
    self.kind = kind
  }
}

/// The remarks on all trials of a run, in the record's order.
///
/// - Complexity: O(b²) for b blocks of a launch, at most 300 of them.
public func trialRemarks(_ record: RunRecord) -> [TrialRemark] {
  record.trials.flatMap { trial -> [TrialRemark] in
    guard let launches = trial.result.data?.launches else { return [] }
    var remarks: [TrialRemark] = []
    if let utilization = median(launches.compactMap(\.utilization)), utilization >= 1 {
      remarks.append(TrialRemark(trial: trial.trial, kind: .overloaded(utilization: utilization)))
    }
    let slopes = launches.compactMap { LeakSlope($0) }
    if LeakSlope.suspectsLeak(slopes), let slope_B = median(slopes.map(\.slope_B)) {
      remarks.append(TrialRemark(trial: trial.trial, kind: .suspectedLeak(slope_B: slope_B)))
    }
    return remarks
  }
}
