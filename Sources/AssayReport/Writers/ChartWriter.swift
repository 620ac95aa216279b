import AssayCore

/// All charts of a report, in the order in which it shows them.
///
/// A pure function of the model: nothing is drawn. Names of files are unlike each other whatever the baselines are called.
func charts(of model: ReportModel) -> [Chart] {
  let names = fileNames(for: model.groups.map { distinctName($0.group, among: model.groups.map(\.group)) })
  // The sizes are the same in all groups of a baseline.
  let baselines = model.groups.map(\.group.baseline)
  let baselineNames = fileNames(
    for: baselines.enumerated().filter { baselines.firstIndex(of: $1) == $0 }.map(\.element))
  var charts: [Chart] = []
  var seen: Set<String> = []
  for (group, name) in zip(model.groups, names) {
    if let chart = AccuracyLatencyChart(group)?.chart(named: "accuracy-latency-\(name)") { charts.append(chart) }
    if let chart = LatencyChart(group)?.chart(named: "latency-\(name)") { charts.append(chart) }
    if seen.insert(group.group.baseline).inserted,
      let chart = SizeChart(group)?.chart(named: "sizes-\(baselineNames[seen.count - 1])")
    {
      charts.append(chart)
    }
  }
  return charts
}

/// The baseline, and of the conditions what differs between its groups: `digits-mlp 2 threads batch 32`.
private func distinctName(_ group: ComparisonGroup, among all: [ComparisonGroup]) -> String {
  let siblings = all.filter { $0.baseline == group.baseline }
  let words: [(ComparisonGroup) -> String] = [
    \.engine, \.device, { counted($0.threads, "thread") }, { "batch \($0.batch)" }, \.scenario.rawValue,
  ]
  return ([group.baseline] + words.filter { Set(siblings.map($0)).count > 1 }.map { $0(group) }).joined(separator: " ")
}

/// Draws the charts; data and scripts are there also when gnuplot is not.
func chartFiles(_ model: ReportModel, gnuplot: String) -> ReportOutput {
  var output = ReportOutput()
  var isMissing = false
  for chart in charts(of: model) {
    output.files += chart.sources.map(inChartFolder)
    // Said once, not once a chart.
    if isMissing { continue }
    do throws(ReportError) {
      output.files += try chart.pictures(program: gnuplot).map(inChartFolder)
    } catch {
      isMissing = error.code == .gnuplotMissing
      output.problems.append(isMissing ? error : error.located(at: Place(file: "\(chartFolder)/\(chart.name).gp")))
    }
  }
  return output
}

/// Folder of the pictures within the report.
let chartFolder = "charts"

private func inChartFolder(_ file: OutputFile) -> OutputFile {
  OutputFile(name: "\(chartFolder)/\(file.name)", bytes: file.bytes)
}
