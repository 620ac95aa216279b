import AssayCore

/// Draws the charts; data and scripts are there also when gnuplot is not.
func chartFiles(_ results: [ChartResult], gnuplot: String) -> ReportOutput {
  var output = ReportOutput()
  var isMissing = false
  for chart in results.flatMap(\.charts) {
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
