import AssayCore
import Dispatch

/// Draws the charts; data and scripts are there also when gnuplot is not.
///
/// Pictures are drawn side by side: each is a process of its own.
func chartFiles(_ results: [ChartResult], gnuplot: String) -> ReportOutput {
  var output = ReportOutput()
  let charts = results.flatMap(\.charts)
  let jobs = charts.flatMap { [PictureJob($0, .svg), PictureJob($0, .png)] }
  let pageJobs = results.flatMap(\.narrow).map { PictureJob($0, .svg) }
  let drawn = pictures(jobs + pageJobs, gnuplot: gnuplot)
  var isMissing = false
  for (index, chart) in charts.enumerated() {
    output.files += chart.sources.map(inChartFolder)
    for job in [2 * index, 2 * index + 1] {
      switch drawn[job] {
      case .success(let bytes):
        output.files.append(OutputFile(name: "\(chartFolder)/\(chart.name).\(jobs[job].suffix)", bytes: bytes))
      case .failure(let error):
        // Said once, not once a chart.
        if isMissing { continue }
        isMissing = error.code == .gnuplotMissing
        output.problems.append(isMissing ? error : error.located(at: Place(file: "\(chartFolder)/\(chart.name).gp")))
      }
    }
  }
  for (job, result) in zip(pageJobs, drawn.dropFirst(jobs.count)) {
    // Where it cannot be drawn the page shows the wide one, whose problem is told already.
    if case .success(let bytes) = result {
      output.narrowPictures[job.chart.name] = String(decoding: bytes, as: UTF8.self)
    }
  }
  return output
}

private struct PictureJob: Sendable {
  var chart: Chart
  var picture: Chart.Picture
  var suffix: String { picture == .svg ? "svg" : "png" }

  init(_ chart: Chart, _ picture: Chart.Picture) { (self.chart, self.picture) = (chart, picture) }
}

private func draw(_ job: PictureJob, gnuplot: String) -> Result<[UInt8], ReportError> {
  do throws(ReportError) {
    return .success(try job.chart.draw(job.picture, program: gnuplot))
  } catch {
    return .failure(error)
  }
}

private func pictures(_ jobs: [PictureJob], gnuplot: String) -> [Result<[UInt8], ReportError>] {
  guard let first = jobs.first else { return [] }
  // What one cannot do for want of the program none can.
  let begin = draw(first, gnuplot: gnuplot)
  if case .failure(let error) = begin, error.code == .gnuplotMissing {
    return jobs.map { _ in .failure(error) }
  }
  var results = [Result<[UInt8], ReportError>](repeating: begin, count: jobs.count)
  results.withUnsafeMutableBufferPointer { buffer in
    // Each call writes one element of its own, and none outlives this function.
    nonisolated(unsafe) let target = buffer
    DispatchQueue.concurrentPerform(iterations: jobs.count - 1) { index in
      target[index + 1] = draw(jobs[index + 1], gnuplot: gnuplot)
    }
  }
  return results
}

/// Folder of the pictures within the report.
let chartFolder = "charts"

private func inChartFolder(_ file: OutputFile) -> OutputFile {
  OutputFile(name: "\(chartFolder)/\(file.name)", bytes: file.bytes)
}
