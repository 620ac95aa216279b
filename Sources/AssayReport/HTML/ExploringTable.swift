import AssayCore
import AssayJudge
import AssayMeasure

/// Every comparison that no gate names, the surest finds first, with its p after Benjamini and Hochberg's correction.
///
/// Empty where nothing was tested.
func exploringPart(_ comparison: Comparison) -> HTML {
  let found = comparison.rows.enumerated().compactMap { index, row in
    row.q.map { (row: row, q: $0, index: index) }
  }.sorted { ($0.q, $0.index) < ($1.q, $1.index) }
  guard !found.isEmpty else { return "" }
  let label = TrialLabel(comparison.rows.map(\.trial))
  var rows: [[HTML]] = []
  for entry in found.prefix(mostExploredRows) {
    rows.append([
      "\(label.text(entry.row.trial))", "\(entry.row.metric.name)",
      "\(ChangeText.change(entry.row.change, entry.row.metric))", "\(ChangeText.p(entry.q))",
    ])
  }
  let finds = found.count { $0.q <= exploringLevel }
  var words =
    "\(counted(finds, "comparison")) of \(found.count.grouped) \(finds == 1 ? "has" : "have") a q of at most 5 %"
  words += finds > 0 ? "; an expected 5 % of them or less are false finds." : "."
  if found.count > rows.count { words += " The \(rows.count.grouped) surest are listed." }
  let reading: HTML = """
    <p class="note">\(words) q: p that there is a change beyond the tolerance, two-sided, after Benjamini and Hochberg's \
    correction over all comparisons that no gate names. It is for exploring; gates use Holm's correction.</p>

    """
  return PagePart.details(
    "\(counted(found.count, "comparison")) for exploring",
    reading + PagePart.table("Comparisons that no gate names", ["Variant", "Metric", "Change", "q"], rows))
}

/// Of the finds up to it that share, at most, is expected to be false.
private let exploringLevel = 0.05
private let mostExploredRows = 500
