import AssayCore
import AssayJudge

/// Go's benchmark text (golang/proposal, design 14313), one line a launch; `benchstat -col /variant` makes a table of it.
///
/// `ns/op` is the launch's median latency, the count its inferences; `rows/s` and `memory-peak-B` belong to the launch.
/// Exact and accuracy metrics follow on every line and are declared `assume=exact`, so that benchstat compares them without
/// a test. Shares are per cent. The number after the last `-` of a name is the threads, as GOMAXPROCS in Go.
func goBenchmarkText(_ input: ExportInput) -> OutputFile {
  let measured = input.trials.filter { !$0.launches.isEmpty }
  var text = "goos: linux\npkg: assay/\(ExportName.word(input.record.suite))\n"
  text += "cpu: \(visibleLine(input.record.environment.cpuModel))\n"
  text += "assay-version: \(visibleLine(input.record.programVersion))\n"
  text += "Unit rows/s better=higher\n"
  var declared: Set<String> = []
  for figure in measured.flatMap({ constantFigures($0.row) }) where declared.insert(figure.metric.name).inserted {
    text += "Unit \(unit(figure.metric))\(better(figure.metric.direction)) assume=exact\n"
  }
  for trial in measured {
    let group = trial.trial.group
    let parts: [(String, String)] = [
      ("baseline", group.baseline), ("variant", trial.trial.variant), ("engine", group.engine),
      ("device", group.device), ("batch", "\(group.batch)"), ("scenario", group.scenario.rawValue),
    ]
    let name =
      "BenchmarkInference" + parts.map { "/\($0)=\(ExportName.word($1))" }.joined() + "-\(group.threads)"
    let constants = constantFigures(trial.row).map { figure in
      let value = figure.value ?? 0
      return "\t\(CSVText.number(figure.metric.unit == "fraction" ? value * 100 : value)) \(unit(figure.metric))"
    }.joined()
    for launch in trial.launches {
      text += "\(name)\t\(launch.inferences)\t\(CSVText.number(launch.median_ns)) ns/op"
      if let rate = launch.rowsPerSecond { text += "\t\(CSVText.number(rate)) rows/s" }
      if let peak = launch.peakAboveStart_B { text += "\t\(peak) memory-peak-B" }
      text += constants + "\n"
    }
  }
  return OutputFile(name: "go-benchmark.txt", text: text)
}

/// `size-file-B`, `accuracy-top1-%`.
private func unit(_ metric: Metric) -> String {
  let suffix = metric.unit == "fraction" ? "%" : metric.unit
  return ExportName.word(metric.name.replacing(".", with: "-")) + "-" + suffix.replacing(" ", with: "-")
}

private func better(_ direction: Direction) -> String {
  switch direction {
  case .lowerIsBetter: " better=lower"
  case .higherIsBetter: " better=higher"
  case .neutral: ""
  }
}
