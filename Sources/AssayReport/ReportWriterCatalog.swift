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

/// A way of writing a report down: a function from the model to bytes.
public struct ReportWriter: Sendable {
  public var name: String
  /// The files it makes; `*` stands for what depends on the run.
  public var fileNames: [String]
  /// What the files are, in a sentence.
  public var summary: String
  public var write: @Sendable (ReportModel) -> ReportOutput
}

/// Every writer, in the order they write: a later one may tell of an earlier one's problems (`ReportModel.problems`).
public enum ReportWriterCatalog {
  public static let all: [ReportWriter] = [
    ReportWriter(
      name: "charts", fileNames: ["charts/*.svg", "charts/*.png", "charts/*.gp", "charts/*.dat"],
      summary: "Pictures by gnuplot, with data and script beside each."
    ) { chartFiles($0, gnuplot: "gnuplot") },
    ReportWriter(
      name: "csv", fileNames: ["results.csv"], summary: "One row per trial and metric."
    ) { ReportOutput(files: [resultsCSV($0)]) },
    ReportWriter(
      name: "summary-csv", fileNames: ["summary.csv"], summary: "One row per variant and group, for spreadsheets."
    ) { ReportOutput(files: [summaryCSV($0)]) },
    ReportWriter(
      name: "answers-csv", fileNames: ["classes.csv", "confusion.csv"],
      summary: "Change of each class against the baseline, and which classes are confused."
    ) { ReportOutput(files: [classesCSV($0), confusionCSV($0)]) },
    ReportWriter(
      name: "training-csv", fileNames: ["learning.csv", "seeds.csv"],
      summary: "Learning curves and the figures of each seed, where something was trained."
    ) { trainingFiles($0) },
    ReportWriter(
      name: "markdown", fileNames: ["report.md"], summary: "The whole report, to read."
    ) { ReportOutput(files: [markdownReport($0)]) },
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
    let output = writer.write(model)
    whole.files += output.files
    whole.problems += output.problems
    model.problems += output.problems.map(\.description)
  }
  return whole
}
