public import AssayCore

/// What a writer made: files, and what it could not make.
public struct ReportOutput: Sendable {
  public var files: [OutputFile] = []
  public var problems: [ReportError] = []

  public init(files: [OutputFile] = [], problems: [ReportError] = []) {
    self.files = files
    self.problems = problems
  }
}

/// A way of writing a report down: a function from the model, and what was written before, to bytes.
public struct ReportWriter: Sendable {
  public var name: String
  /// The files it makes; `*` stands for what depends on the run.
  public var fileNames: [String]
  /// What the files are, in a sentence.
  public var summary: String
  /// The second argument are the files of the writers before it: a page shows the pictures that were drawn.
  public var write: @Sendable (ReportModel, [OutputFile]) -> ReportOutput
}

/// Every writer, in the order they write: a later one may tell of an earlier one's problems (`ReportModel.problems`).
public enum ReportWriterCatalog {
  public static let all: [ReportWriter] = [
    ReportWriter(
      name: "charts", fileNames: ["charts/*.svg", "charts/*.png", "charts/*.gp", "charts/*.dat"],
      summary: "Pictures by gnuplot, with data and script beside each."
    ) { model, _ in chartFiles(model, gnuplot: "gnuplot") },
    ReportWriter(
      name: "csv", fileNames: ["results.csv"], summary: "One row per trial and metric."
    ) { model, _ in ReportOutput(files: [resultsCSV(model)]) },
    ReportWriter(
      name: "summary-csv", fileNames: ["summary.csv"], summary: "One row per variant and group, for spreadsheets."
    ) { model, _ in ReportOutput(files: [summaryCSV(model)]) },
    ReportWriter(
      name: "answers-csv", fileNames: ["classes.csv", "confusion.csv"],
      summary: "Change of each class against the baseline, and which classes are confused."
    ) { model, _ in ReportOutput(files: [classesCSV(model), confusionCSV(model)]) },
    ReportWriter(
      name: "latex", fileNames: ["tables.tex"], summary: "The tables for a paper, for the package booktabs."
    ) { model, _ in ReportOutput(files: [latexTables(model)]) },
    ReportWriter(
      name: "markdown", fileNames: ["report.md"], summary: "The whole report, for a pull request."
    ) { model, _ in ReportOutput(files: [markdownReport(model)]) },
    ReportWriter(
      name: "html", fileNames: ["index.html"], summary: "The whole report as one page, pictures in it."
    ) { model, written in ReportOutput(files: [reportPage(model, written)]) },
  ]
}

/// All files of a report, as bytes, and what could not be made.
///
/// A missing gnuplot costs the pictures, nothing else.
public func renderReport(
  _ model: ReportModel, writers: [ReportWriter] = ReportWriterCatalog.all
) -> ReportOutput {
  var model = model
  var whole = ReportOutput()
  for writer in writers {
    let output = writer.write(model, whole.files)
    whole.files += output.files
    whole.problems += output.problems
    model.problems += output.problems.map(\.description)
  }
  return whole
}
