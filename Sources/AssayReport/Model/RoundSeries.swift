import AssayCore
import AssayMeasure

/// The blocks of one member of a group in the order measured: what the machine did to it while it was measured.
public struct RoundSeries: Sendable, Hashable {
  /// Name of the variant; nil for the control kernel, which is no model.
  public var variant: String?
  /// Median latency of each block in nanoseconds, by round; one entry a launch.
  public var launches: [[Double]]

  public init(variant: String?, launches: [[Double]]) {
    self.variant = variant
    self.launches = launches
  }

  /// Nil without a block that has samples.
  init?(_ variant: String?, _ blocks: [[BlockRecord]]) {
    var launches: [[Double]] = []
    for launch in blocks {
      var scores: [BlockScore] = []
      for block in launch {
        if let score = block.medianScore, score.value.isFinite { scores.append(score) }
      }
      scores.sort { $0.round < $1.round }
      if !scores.isEmpty { launches.append(scores.map(\.value)) }
    }
    guard !launches.isEmpty else { return nil }
    self.init(variant: variant, launches: launches)
  }

  /// Median of all blocks, in nanoseconds.
  public var typical_ns: Double { median(all) ?? .nan }

  /// Relative scatter of the blocks about their median: 1.4826 · median |x − median| / median, which is the standard deviation
  /// of what is normally distributed.
  public var scatter: Double {
    let typical = typical_ns
    var distances: [Double] = []
    for value in all { distances.append(abs(value - typical)) }
    guard typical > 0, let middle = median(distances) else { return .nan }
    return 1.4826 * middle / typical
  }

  /// The block farthest above the median, as a share of it; 0.12 is 12 % slower.
  public var worst: Double {
    let typical = typical_ns
    guard typical > 0, let largest = all.max() else { return .nan }
    return largest / typical - 1
  }

  /// `+3.2 %`; `390x` where the block took several times as long.
  var worstWords: String {
    worst < 1 ? QuantityText.signed(worst * 100, decimals: 1) + " %" : QuantityText.ratio(worst + 1) + "x"
  }

  private var all: [Double] {
    var values: [Double] = []
    for launch in launches { values += launch }
    return values
  }
}

/// The control kernel first, then the members in the order of `rows`; members without blocks are left out.
func roundSeries(of group: ComparisonGroup, rows: [ReportRow], in record: RunRecord) -> [RoundSeries] {
  var series: [RoundSeries] = []
  if let own = record.groups.first(where: { $0.group == group }) {
    var control: [[BlockRecord]] = []
    for launch in own.launches.sorted(by: { $0.launch < $1.launch }) { control.append(launch.control) }
    if let kernel = RoundSeries(nil, control) { series.append(kernel) }
  }
  for row in rows {
    let trial = Trial(variant: row.variant, group: group)
    guard let data = record.trials.last(where: { $0.trial == trial })?.result.data else { continue }
    var blocks: [[BlockRecord]] = []
    for launch in data.launches.sorted(by: { $0.launch < $1.launch }) { blocks.append(launch.blocks) }
    if let member = RoundSeries(row.variant, blocks) { series.append(member) }
  }
  return series
}

/// How quiet the machine was, told by the control kernel; nil where it was not measured.
func noiseSentence(_ groups: [ReportGroup]) -> String? {
  var scatters: [Double] = []
  var slowest: RoundSeries?
  for group in groups {
    guard let control = group.rounds.first(where: { $0.variant == nil }), control.scatter.isFinite else { continue }
    scatters.append(control.scatter)
    if control.worst > slowest?.worst ?? -1 { slowest = control }
  }
  guard let middle = median(scatters) else { return nil }
  let percent: (Double) -> String = { QuantityText.significant($0 * 100, digits: 2) }
  return "The control kernel, the same work all the time, scattered by \(percent(middle)) % from block to block "
    + "(1.48 times the median absolute deviation, median of the groups); its slowest block: \(slowest?.worstWords ?? "not known")."
}
