import AssayCore
import AssayJudge
import AssayMeasure

/// Tidy results: one row per trial and metric; a trial without measurements has one more row that says why.
func resultsCSV(_ model: ReportModel) -> OutputFile {
  var csv = CSVText()
  csv.append(resultTitles)
  appendResults(of: model, to: &csv)
  return OutputFile(name: "results.csv", bytes: csv.bytes)
}

/// Names of the columns.
let resultTitles = [
  "suite", "baseline", "variant", "engine", "device", "threads", "batch", "scenario", "metric", "value", "unit",
  "low",
  "high", "n", "change", "change_kind", "change_low", "change_high", "note",
]

/// Adds the rows of a run; `run` stands in a column before the others where it is given.
func appendResults(of model: ReportModel, run: String? = nil, to csv: inout CSVText) {
  let first = run.map { [$0] } ?? []
  for group in model.groups {
    for row in group.rows {
      let key = first + [model.suite] + keyFields(group, row)
      if let reason = row.reason {
        csv.append(key + ["status"] + [String](repeating: "", count: 9) + [reason])
      }
      for figure in row.figures {
        csv.append(key + fields(figure))
      }
    }
  }
}

/// `baseline, variant, engine, device, threads, batch, scenario`.
func keyFields(_ group: ReportGroup, _ row: ReportRow) -> [String] {
  let key = group.group
  return [
    key.baseline, row.variant, key.engine, key.device, "\(key.threads)", "\(key.batch)", key.scenario.rawValue,
  ]
}

private func fields(_ figure: Figure) -> [String] {
  let change = figure.change
  return [
    figure.metric.name, CSVText.number(figure.value), figure.metric.unit, CSVText.number(figure.interval?.low),
    CSVText.number(figure.interval?.high), figure.value == nil ? "" : "\(figure.count)",
    CSVText.number(change?.value), change?.value == nil ? "" : change?.kind.rawValue ?? "",
    CSVText.number(change?.interval?.low), CSVText.number(change?.interval?.high),
    figure.reason ?? change?.reading.reason ?? figure.seeds.map(seedNote) ?? "",
  ]
}

/// `mean of 3 seeds, standard deviation 0.0021`.
private func seedNote(_ seeds: SeedSpread) -> String {
  guard let deviation = seeds.standardDeviation else { return "of one seed" }
  return "mean of \(seeds.values.count) seeds, standard deviation \(CSVText.number(deviation))"
}
