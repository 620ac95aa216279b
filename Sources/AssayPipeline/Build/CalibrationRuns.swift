/// Which rows a model is run with, and how many runs go side by side.
///
/// The first run takes a few rows and tells what a row's values take. From then on a run takes as many rows as leave 512 kB of
/// values, so that they are still in the cache when they are looked at, and a model of small values is not run hundreds of times;
/// at least 4 and at most 64. A group holds a few runs for each thread, which then share the work evenly.
struct CalibrationRuns {
  let rowCount: Int
  /// The model's own batch; a rest that does not fill one is left out.
  let fixed: Int?
  /// Rows of each run as asked for.
  let wanted: Int?
  let sideBySide: Int

  static let run_B = 512 << 10

  private var start = 0
  private var rows: Int
  private var runs = 1
  private var isLearned = false

  init(rowCount: Int, fixed: Int?, wanted: Int?, sideBySide: Int) {
    (self.rowCount, self.fixed, self.wanted, self.sideBySide) = (rowCount, fixed, wanted, sideBySide)
    rows = fixed ?? wanted ?? 4
  }

  /// The rows of each run of the next group; nil when there are no more.
  mutating func next() -> [Range<Int>]? {
    var group: [Range<Int>] = []
    while group.count < runs, rows > 0 {
      let range = start..<min(start + rows, rowCount)
      guard !range.isEmpty, fixed == nil || range.count == rows else { break }
      group.append(range)
      start = range.upperBound
    }
    return group.isEmpty ? nil : group
  }

  /// Takes what the values of the first run need as the measure for the others.
  mutating func learn(values_B: Int) {
    guard !isLearned else { return }
    isLearned = true
    let perRow_B = max(1, values_B / max(1, min(rows, rowCount)))
    if fixed == nil, wanted == nil { rows = max(4, min(64, Self.run_B / perRow_B)) }
    guard sideBySide > 1 else { return }
    // Of small runs more are needed until sharing them pays.
    let few = 2 * sideBySide
    runs = max(few, min(8 * few, few * (Self.run_B / perRow_B) / max(1, rows)))
  }
}
