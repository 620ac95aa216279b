import AssayCore
import CGnuplot

/// One run of gnuplot: script and tables in, picture out.
struct GnuplotSession: ~Copyable {
  private let session: OpaquePointer
  private let program: String

  /// - Parameters:
  ///   - program: The program's name, found in PATH, or its path.
  init(program: String) throws(ReportError) {
    guard let session = assay_gnuplot_open() else {
      throw ReportError(.drawingFailed, "no memory or no file descriptor left to draw with")
    }
    self.session = session
    self.program = program
  }

  deinit { assay_gnuplot_close(session) }

  /// Adds script lines.
  borrowing func send(_ lines: [String]) throws(ReportError) {
    let text = (lines.joined(separator: "\n") + "\n").utf8.map { CChar(bitPattern: $0) }
    try check(
      text.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.map { assay_gnuplot_send(session, $0, buffer.count) } ?? ASSAY_GNUPLOT_OK
      })
  }

  /// Adds the table as the data block `$name`; the script finds it through the text variable `name`.
  borrowing func send(_ table: ChartTable) throws(ReportError) {
    // gnuplot-iostream ends its data with a line "e": the mark that ends the data block.
    try send(["$\(table.name) << e"])
    let values = table.blocks.flatMap { $0.flatMap(\.values) }
    let rows = table.blocks.map(\.count)
    try check(
      values.withUnsafeBufferPointer { values in
        rows.withUnsafeBufferPointer { rows in
          assay_gnuplot_send_blocks(session, values.baseAddress, table.columns.count, rows.baseAddress, rows.count)
        }
      })
    try send(["\(table.name) = '$\(table.name)'"])
  }

  /// Runs gnuplot and returns what it wrote to its standard output.
  consuming func run() throws(ReportError) -> [UInt8] {
    let status = program.withCString { assay_gnuplot_run(session, $0) }
    try check(status)
    var count = 0
    guard let start = assay_gnuplot_output(session, &count), count > 0 else {
      throw ReportError(.drawingFailed, "gnuplot drew nothing: \(message)", remedy: Self.reinstall)
    }
    return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  private static let reinstall = "check that gnuplot has its svg and pngcairo terminals: 'apt install gnuplot-nox'"

  /// The first lines that gnuplot wrote to its standard error, on one line.
  private var message: String {
    let text = visibleLine(String(cString: assay_gnuplot_message(session)))
    return truncated(text, toWidth: 300)
  }

  private borrowing func check(_ status: assay_gnuplot_status) throws(ReportError) {
    switch status {
    case ASSAY_GNUPLOT_OK: return
    case ASSAY_GNUPLOT_MISSING:
      throw ReportError(
        .gnuplotMissing, "cannot run '\(visibleLine(program))' to draw the charts: \(message)",
        remedy: "install it ('apt install gnuplot-nox'), then run 'assay report' again; all other files are written")
    case ASSAY_GNUPLOT_REFUSED:
      throw ReportError(
        .drawingFailed, "gnuplot ended with status \(assay_gnuplot_exit_status(session)): \(message)",
        remedy: Self.reinstall)
    default:
      throw ReportError(.drawingFailed, "cannot draw: \(message)", remedy: Self.reinstall)
    }
  }
}
