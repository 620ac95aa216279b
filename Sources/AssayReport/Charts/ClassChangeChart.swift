import AssayCore
import AssayJudge
import AssayMeasure

/// How the recall of each class changed, one row a variant.
func classChangeChart(_ subject: ChartSubject) -> ChartDrawing {
  let key = subject.group.group
  var changes: [AnswerChange] = []
  for change in subject.model.answers
  where change.trial.group.baseline == key.baseline && change.trial.group.engine == key.engine
    && change.trial.group.device == key.device && !change.classes.isEmpty
  {
    changes.append(change)
  }
  guard !changes.isEmpty else { return .absent("no variant's classes can be held against the baseline's") }
  let shown = shownClasses(changes)
  var columns: [UInt64: Int] = [:]
  for (index, label) in shown.labels.enumerated() { columns[label] = index }
  var largest = 0.0
  for change in changes { for one in change.classes { largest = max(largest, abs(one.difference)) } }
  var cells: [HeatPicture.Cell] = []
  for (row, change) in changes.enumerated() {
    for one in change.classes where one.difference != 0 {
      guard let column = columns[one.label] else { continue }
      cells.append(
        HeatPicture.Cell(
          row: row, column: column, value: one.difference * 100, strength: abs(one.difference) / largest,
          hue: one.difference < 0 ? .orange : .blue, words: QuantityText.signed(one.difference * 100, decimals: 1)))
    }
  }
  let title = "Change of each class: \(visibleLine(key.baseline))"
  guard !cells.isEmpty else { return .absent("no variant changed the recall of any class") }
  let picture = HeatPicture(
    title: title,
    subtitle: "recall against the baseline, percentage points; empty is no change"
      + (shown.hidden > 0 ? "; \(counted(shown.hidden, "class", "classes")) that changed less not drawn" : ""),
    rowNames: changes.map { shortened(visibleLine($0.trial.variant), toWidth: 30) },
    columnNames: shown.labels.map { "\($0)" }, columnAxis: "class", rowAxis: "", cells: cells,
    legend: [
      (.mark(5, size: 1), Palette.vermillion, "fewer right"), (.mark(5, size: 1), Palette.blue, "more right"),
    ], quantity: "recall_change_points", format: subject.format)
  return .drawn([
    picture.chart(named: subject.fileName, group: key, alternative: alternative(title, changes))
  ])
}

/// The classes by label, and how many are left out: those that change least.
private func shownClasses(_ changes: [AnswerChange]) -> (labels: [UInt64], hidden: Int) {
  var largest: [UInt64: Double] = [:]
  for change in changes {
    for one in change.classes { largest[one.label] = max(largest[one.label] ?? 0, abs(one.difference)) }
  }
  let order = largest.keys.sorted { a, b in
    let (first, second) = (largest[a] ?? 0, largest[b] ?? 0)
    return first != second ? first > second : a < b
  }
  let labels = order.prefix(30).sorted()
  return (labels, order.count - labels.count)
}

private func alternative(_ title: String, _ changes: [AnswerChange]) -> String {
  var text = "\(title)."
  for change in changes {
    let worst = change.classes.min { $0.difference < $1.difference }
    guard let worst, worst.difference < 0 else { continue }
    text += " \(visibleLine(change.trial.variant)): class \(worst.label) lost most, "
    text += "\(QuantityText.points(worst.difference)) points."
  }
  return text
}
