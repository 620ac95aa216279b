/// A format that other tools read: a function from a run and its verdicts to files.
public struct ExportFormat: Sendable {
  /// As `assay export --format` takes it.
  public var name: String
  public var fileNames: [String]
  /// Who reads it, in a sentence.
  public var summary: String
  /// Pure: equal inputs give equal bytes. Names of models and variants may hold anything; each format escapes them.
  public var write: @Sendable (ExportInput) -> [OutputFile]

  public init(
    name: String, fileNames: [String], summary: String, write: @escaping @Sendable (ExportInput) -> [OutputFile]
  ) {
    self.name = name
    self.fileNames = fileNames
    self.summary = summary
    self.write = write
  }
}

/// Every export, one literal list: it feeds `assay export`, `assay list formats` and the tests.
public enum ExportCatalog {
  public static let all: [ExportFormat] = [
    ExportFormat(
      name: "google-benchmark", fileNames: ["google-benchmark.json"],
      summary: "Google Benchmark JSON: compare.py, Bencher (cpp_google)."
    ) { [googleBenchmarkJSON($0)] },
    ExportFormat(
      name: "github-action-benchmark", fileNames: ["smaller-is-better.json", "bigger-is-better.json"],
      summary: "github-action-benchmark (customSmallerIsBetter, customBiggerIsBetter), a file for each direction."
    ) { gitHubActionBenchmarkFiles($0) },
    ExportFormat(
      name: "bencher", fileNames: ["bencher.json"], summary: "Bencher Metric Format: bencher run --adapter json."
    ) { [bencherMetrics($0)] },
    ExportFormat(
      name: "go", fileNames: ["go-benchmark.txt"], summary: "Go benchmark text: benchstat -col /variant."
    ) { [goBenchmarkText($0)] },
    ExportFormat(
      name: "hyperfine", fileNames: ["hyperfine.json", "hyperfine.csv"],
      summary: "hyperfine's JSON and CSV, for its plot scripts."
    ) { hyperfineFiles($0) },
    ExportFormat(
      name: "junit", fileNames: ["junit.xml"], summary: "JUnit XML: test reports of GitLab, Jenkins and others."
    ) { [junitXML($0)] },
    ExportFormat(
      name: "github", fileNames: [gitHubSummaryName, gitHubAnnotationsName],
      summary: "GitHub Actions: step summary (Markdown) and ::error, ::warning annotations."
    ) { [gitHubSummary($0), gitHubAnnotations($0)] },
  ]

  /// The format of a name; nil for an unknown one.
  public static func format(named name: String) -> ExportFormat? { all.first { $0.name == name } }
}
