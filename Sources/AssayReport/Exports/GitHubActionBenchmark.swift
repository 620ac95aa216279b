import AssayCore
import AssayJudge
import AssayMeasure

/// The two files of github-action-benchmark's custom tools, because a direction belongs to a whole file there.
///
/// One entry for each trial and metric that has a value: `range` is the larger half of the interval, `extra` says how sure
/// the value is. Units stay as stored (`ns`, `B`, `rows/s`, `fraction`), so that a series never changes its unit. Metrics
/// without a better direction are left out.
func gitHubActionBenchmarkFiles(_ input: ExportInput) -> [OutputFile] {
  func file(_ name: String, _ direction: Direction) -> OutputFile {
    var entries: [JSONText] = []
    for trial in input.trials {
      let name = ExportName.trial(trial.trial, suite: input.record.suite)
      for figure in trial.row.figures where figure.metric.direction == direction {
        guard let value = figure.value, value.isFinite else { continue }
        entries.append(entry("\(name) - \(figure.metric.name)", figure, value))
      }
    }
    return OutputFile(name: name, text: JSONText.array(entries).document)
  }
  return [file("smaller-is-better.json", .lowerIsBetter), file("bigger-is-better.json", .higherIsBetter)]
}

private func entry(_ name: String, _ figure: Figure, _ value: Double) -> JSONText {
  var fields: [(String, JSONText)] = [
    ("name", .string(name)), ("unit", .string(figure.metric.unit == "1/s" ? "rows/s" : figure.metric.unit)),
    ("value", .number(value)),
  ]
  var extra = "n=\(figure.count)"
  if let interval = figure.interval, interval.low.isFinite, interval.high.isFinite {
    let half = max(interval.high - value, value - interval.low)
    fields.append(("range", .string("± \(QuantityText.significant(half, digits: 3))")))
    extra +=
      "\nCI\(ChangeText.coverage(interval)) \(CSVText.number(interval.low)) – \(CSVText.number(interval.high))"
  }
  return .object(fields + [("extra", .string(extra))])
}
