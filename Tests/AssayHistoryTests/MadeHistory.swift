import AssayCore
import AssayJudge
import AssayMeasure
import Foundation
import GRDB

/// Runs made up for tests.
enum MadeHistory {
  static func environment(host: String = "builder", cpu: String = "AMD EPYC 7B13", cpus: Int = 2) -> Environment {
    Environment(
      cpuModel: cpu, cpuFeatures: CPUFeatures(flags: ["avx2", "fma"]), allowedCPUs: Array(0..<cpus), cgroupCPUs: nil,
      memory_B: 8_000_000_000, kernel: "6.1", operatingSystem: "Debian", host: host, governor: nil,
      engines: [EngineIdentity(name: "onnxruntime", version: "1.31.1", library: nil)])
  }

  static let group = ComparisonGroup(
    baseline: "digits-mlp", engine: "onnxruntime", threads: 1, batch: 1, scenario: .singleStream)

  static func interval(_ value: Double, _ share: Double = 0.01) -> HistoryValue {
    HistoryValue(
      value, ConfidenceInterval(low: value * (1 - share), high: value * (1 + share), coverage: 0.9375))
  }

  /// A run of a baseline and one variant.
  ///
  /// - Parameters:
  ///   - ratio: The variant's median latency over the baseline's.
  ///   - control: The baseline's over the control kernel's.
  static func run(
    _ day: Int, ratio: Double = 0.62, control: Double = 3, file_B: Double = 61_004, top1: Double = 0.96,
    suite: String = "digits", plan: String = "5ca1e", commit: String? = nil,
    environment: Environment = environment(), variant: String = "int8-static", verdict: Verdict? = nil
  ) -> HistoryRun {
    func figures(_ scale: Double, isBaseline: Bool) -> [HistoryFigure] {
      [
        HistoryFigure(
          metric: MetricCatalog.latencyP50, measured: interval(24_000 * scale), count: 1_000,
          changeKind: isBaseline ? nil : .ratio, change: isBaseline ? nil : interval(scale, 0.006),
          control: interval(control * scale, 0.006), verdict: isBaseline ? nil : verdict),
        HistoryFigure(
          metric: MetricCatalog.fileSize, measured: HistoryValue(isBaseline ? 216_960 : file_B), count: 1,
          changeKind: isBaseline ? nil : .ratio, change: isBaseline ? nil : HistoryValue(file_B / 216_960)),
        HistoryFigure(
          metric: Metric("accuracy.top1", unit: "fraction", .higherIsBetter, .quality), measured: interval(top1, 0.005),
          count: 1_797, changeKind: isBaseline ? nil : .difference, change: isBaseline ? nil : HistoryValue(-0.002)),
      ]
    }
    func trial(_ name: String, _ figures: [HistoryFigure]) -> HistoryTrial {
      HistoryTrial(
        trial: Trial(variant: name, group: group), engineVersion: "1.31.1", outcome: .completed, figures: figures)
    }
    return HistoryRun(
      planHash: plan, startedAt: time(day), suite: suite, programVersion: "0.1.0",
      commit: commit ?? String(repeating: "\(day % 10)", count: 40), environment: environment,
      trials: [
        trial(Trial.baselineVariant, figures(1, isBaseline: true)), trial(variant, figures(ratio, isBaseline: false)),
      ])
  }

  /// Days from 1 October 2026 on, at ten.
  static func time(_ day: Int) -> String {
    let (month, date) = day < 31 ? (10, day + 1) : day < 61 ? (11, day - 30) : (12, day - 60)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return day < 91 ? "2026-\(two(month))-\(two(date))T10:00:00Z" : "2027-01-01T\(two(day / 60)):\(two(day % 60)):00Z"
  }

  /// The whole contents of a file.
  static func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

  /// A connection past the store, for tests of what the file itself refuses.
  static func connection(_ path: String) throws -> DatabaseQueue { try DatabaseQueue(path: path) }
}
