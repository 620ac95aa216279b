import AssayCore
import AssayJudge

/// Which classes the baseline takes for which.
func confusionChart(_ subject: ChartSubject) -> ChartDrawing {
  let answers = subject.model.answers.first {
    $0.trial.group.baseline == subject.group.group.baseline && $0.trial.variant == Trial.baselineVariant
  }
  guard let answers, !answers.confusion.isEmpty else {
    return .absent("the baseline answered no rows that have a class")
  }
  var labels: Set<UInt64> = []
  for cell in answers.confusion { labels.insert(cell.label) }
  // Answers that are no class (a NaN) and classes that never occur have a column too.
  var columns = labels
  for cell in answers.confusion { columns.insert(cell.answer) }
  let rowLabels = labels.sorted()
  let columnLabels = columns.sorted()
  guard columnLabels.count <= 60 else {
    return .absent("\(columnLabels.count) classes are too many for a picture; confusion.csv has them")
  }
  var totals: [UInt64: Int] = [:]
  var largestError = 0
  for cell in answers.confusion {
    totals[cell.label, default: 0] += cell.rows
    if cell.label != cell.answer { largestError = max(largestError, cell.rows) }
  }
  var cells: [HeatPicture.Cell] = []
  var errors: [AnswerChange.Confusion] = []
  for cell in answers.confusion {
    guard let row = rowLabels.firstIndex(of: cell.label), let column = columnLabels.firstIndex(of: cell.answer) else {
      continue
    }
    let isRight = cell.label == cell.answer
    let whole = Double(isRight ? totals[cell.label] ?? 1 : largestError)
    cells.append(
      HeatPicture.Cell(
        row: row, column: column, value: Double(cell.rows), strength: whole > 0 ? Double(cell.rows) / whole : 0,
        hue: isRight ? .blue : .orange, words: "\(cell.rows)"))
    if !isRight { errors.append(cell) }
  }
  errors.sort { ($1.rows, $0.label, $0.answer) < ($0.rows, $1.label, $1.answer) }
  let title = "Confusion of the baseline: \(visibleLine(subject.group.group.baseline))"
  var alternative = "\(title)."
  if errors.isEmpty { alternative += " Every row was answered right." }
  for error in errors.prefix(5) {
    alternative += " \(counted(error.rows, "row")) of class \(error.label) answered as \(error.answer)."
  }
  let picture = HeatPicture(
    title: title, subtitle: "rows of each true class by the answer they were given; blue is right",
    rowNames: rowLabels.map { "\($0)" }, columnNames: columnLabels.map { "\($0)" }, columnAxis: "answer",
    rowAxis: "true class", cells: cells,
    legend: [
      (.mark(5, size: 1), Palette.blue, "right, share of the class"),
      (.mark(5, size: 1), Palette.vermillion, "wrong, full where most frequent"),
    ], quantity: "rows", format: subject.format)
  return .drawn([picture.chart(named: subject.fileName, group: subject.group.group, alternative: alternative)])
}
