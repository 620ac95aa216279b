import AssayCore
import AssayJudge
import AssayMeasure

/// How the table of answers is read.
let answersExplanation =
  "Against the baseline on the same rows: lost, right before and wrong now; gained, the other way round. "
  + "p is McNemar's two-sided mid-p (gates use the exact one-sided test); intervals are 95 % paired bootstrap intervals."

let answersTitles = [
  "baseline", "variant", "lost", "gained", "p", "top-1, points", "macro F1, points", "class with the largest loss",
]

/// For each variant the rows that flipped, the tests, the class that lost most: plain words.
func answerRows(_ model: ReportModel) -> [[String]] {
  var rows: [[String]] = []
  for change in model.answers where change.flips != nil { rows.append(answersRow(change)) }
  return rows
}

/// The section on answers of `report.md`.
func answersSection(_ model: ReportModel) -> String {
  let rows = answerRows(model)
  guard !rows.isEmpty else { return "" }
  var text = "\n## Answers\n\n"
  text += answersExplanation + " Every class: [classes.csv](classes.csv), [confusion.csv](confusion.csv).\n\n"
  var cells: [[String]] = []
  for row in rows { cells.append(Array(row.prefix(2)).map(Markdown.escaped) + row.dropFirst(2)) }
  return text + Markdown.table(answersTitles, cells)
}

private func answersRow(_ change: AnswerChange) -> [String] {
  guard let flips = change.flips else { return [] }
  let worst = change.classes.filter { $0.difference < 0 }.min { $0.difference < $1.difference }
  let loss = worst.map { worst in
    "\(worst.label): \(QuantityText.points(worst.difference)) points (\(worst.lost) lost of \(worst.support))"
  }
  return [
    change.trial.group.baseline, change.trial.variant, "\(flips.lost)",
    "\(flips.gained)", probability(flips.midP), points(flips.difference, change.top1Interval),
    change.f1Difference.map { points($0, change.f1Interval) } ?? "", loss ?? "none",
  ]
}

/// Two digits; what is below 0.0001 is said to be that.
private func probability(_ p: Double) -> String {
  p < 0.0001 ? "< 0.0001" : QuantityText.significant(p, digits: 2)
}

private func points(_ value: Double, _ interval: ConfidenceInterval?) -> String {
  let range = interval.map { " [\(QuantityText.points($0.low)), \(QuantityText.points($0.high))]" }
  return QuantityText.points(value) + (range ?? "")
}

/// Tidy: one row for each variant and class that occurs, against the baseline.
func classesCSV(_ model: ReportModel) -> OutputFile {
  var csv = CSVText()
  csv.append([
    "suite", "baseline", "variant", "engine", "device", "class", "rows", "recall_baseline", "recall", "lost", "gained",
  ])
  for change in model.answers {
    for one in change.classes {
      csv.append(
        answerKey(change, model) + [
          "\(one.label)", "\(one.support)", CSVText.number(one.recallBefore), CSVText.number(one.recallAfter),
          "\(one.lost)", "\(one.gained)",
        ])
    }
  }
  return OutputFile(name: "classes.csv", bytes: csv.bytes)
}

/// Tidy: one row for each variant, label and answer that occur together; an answer beyond the classes is a NaN output.
func confusionCSV(_ model: ReportModel) -> OutputFile {
  var csv = CSVText()
  csv.append(["suite", "baseline", "variant", "engine", "device", "class", "answer", "rows"])
  for change in model.answers {
    for cell in change.confusion {
      csv.append(answerKey(change, model) + ["\(cell.label)", "\(cell.answer)", "\(cell.rows)"])
    }
  }
  return OutputFile(name: "confusion.csv", bytes: csv.bytes)
}

private func answerKey(_ change: AnswerChange, _ model: ReportModel) -> [String] {
  let group = change.trial.group
  return [model.suite, group.baseline, change.trial.variant, group.engine, group.device]
}
