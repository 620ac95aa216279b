import AssayReport
import Glibc
import Testing

/// Writes the sample reports to the folder named by ASSAY_SHOWCASE, to be looked at.
@Test(.enabled(if: getenv("ASSAY_SHOWCASE") != nil))
func showcase() throws {
  let folder = getenv("ASSAY_SHOWCASE").map { String(cString: $0) } ?? "/tmp/showcase"
  for (name, record) in [
    ("sample", SampleRun.record()), ("crowded", SampleRun.crowdedRecord()), ("twelve", SampleRun.crowdedRecord(12)),
    ("forty", SampleRun.crowdedRecord(40)), ("rich", RichRun.record()),
  ] {
    let model = name == "rich" ? RichRun.model : ReportModel(record)
    let output = renderReport(model)
    for problem in output.problems { print(problem) }
    try write(output.files, to: "\(folder)/\(name)")
    for width in [80, 100, 140] {
      print(terminalTable(model, style: TerminalStyle(width: width)))
    }
  }
}
