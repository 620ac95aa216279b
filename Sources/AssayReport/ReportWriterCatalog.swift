public import AssayCore

/// What a writer made: files, and what it could not make.
public struct ReportOutput: Sendable {
  public var files: [OutputFile] = []
  public var problems: [ReportError] = []
  /// SVG of the charts for a phone, by the charts' names: for the page, no files.
  var narrowPictures: [String: String] = [:]

  public init(files: [OutputFile] = [], problems: [ReportError] = []) {
    self.files = files
    self.problems = problems
  }
}

/// What writers may lean on beside the model: what is drawn of it, found once, and what was written before.
public struct ReportDraft: Sendable {
  /// Every chart, or why there is none.
  var charts: [ChartResult]
  /// The files of the writers so far.
  public var files: [OutputFile]
  /// SVG of the charts for a phone, by the charts' names.
  var narrowPictures: [String: String] = [:]

  init(_ model: ReportModel, files: [OutputFile] = []) {
    charts = chartResults(of: model)
    self.files = files
  }
}

/// A way of writing a report down: a function from the model, and what was written before, to bytes.
public struct ReportWriter: Sendable {
  public var name: String
  /// The files it makes; `*` stands for what depends on the run.
  public var fileNames: [String]
  /// What the files are, in a sentence.
  public var summary: String
  /// A page shows the pictures that writers before it drew.
  public var write: @Sendable (ReportModel, ReportDraft) -> ReportOutput
}

/// Every writer, in the order they write: a later one may tell of an earlier one's problems (`ReportModel.problems`).
public enum ReportWriterCatalog {
  public static let all: [ReportWriter] = [
    ReportWriter(
      name: "charts", fileNames: ["charts/*.svg", "charts/*.png", "charts/*.gp", "charts/*.dat"],
      summary: "Pictures by gnuplot, with data and script beside each."
    ) { _, draft in chartFiles(draft.charts, gnuplot: "gnuplot") },
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
      name: "training-csv", fileNames: ["learning.csv", "seeds.csv"],
      summary: "Learning curves and the figures of each seed, where something was trained."
    ) { model, _ in trainingFiles(model) },
    ReportWriter(
      name: "latex", fileNames: ["tables.tex"], summary: "The tables for a paper, for the package booktabs."
    ) { model, _ in ReportOutput(files: [latexTables(model)]) },
    ReportWriter(
      name: "markdown", fileNames: ["report.md"], summary: "The whole report, for a pull request."
    ) { model, draft in ReportOutput(files: [markdownReport(model, draft.charts)]) },
    ReportWriter(
      name: "html", fileNames: ["index.html"], summary: "The whole report as one page, pictures in it."
    ) { model, draft in ReportOutput(files: [reportPage(model, draft)]) },
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
  var draft = ReportDraft(model)
  for writer in writers {
    let output = writer.write(model, draft)
    whole.files += output.files
    whole.problems += output.problems
    draft.files = whole.files
    draft.narrowPictures.merge(output.narrowPictures) { _, new in new }
    model.problems += output.problems.map(\.description)
  }
  return whole
}
