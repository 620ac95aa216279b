import AssayCore

/// All charts of a report, in the order in which it shows them.
///
/// A pure function of the model: nothing is drawn. Names of files are unlike each other whatever the baselines are called.
func charts(of model: ReportModel) -> [Chart] {
  let baselines = model.groups.map(\.group.baseline)
  let names = fileNames(
    for: model.groups.map { group in
      let isOnly = baselines.count { $0 == group.group.baseline } == 1
      return isOnly ? group.group.baseline : "\(group.group.baseline) \(group.conditions)"
    })
  var charts: [Chart] = []
  var seen: Set<String> = []
  for (group, name) in zip(model.groups, names) {
    if let chart = AccuracyLatencyChart(group)?.chart(named: "accuracy-latency-\(name)") { charts.append(chart) }
    if let chart = LatencyChart(group)?.chart(named: "latency-\(name)") { charts.append(chart) }
    if seen.insert(group.group.baseline).inserted, let chart = SizeChart(group)?.chart(named: "sizes-\(name)") {
      charts.append(chart)
    }
  }
  return charts
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
