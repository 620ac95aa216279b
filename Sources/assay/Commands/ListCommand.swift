import ArgumentParser
import AssayCore
import AssayData
import AssayEngines
import AssayJudge
import AssayMethods
import AssayPipeline
import AssayReport
import AssayRuntime

/// `assay list`: what this build knows.
struct ListCommand: ParsableCommand {
  enum Subject: String, ExpressibleByArgument, CaseIterable { case methods, engines, metrics, formats }

  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists methods with their options, engines, metrics or data formats.")

  @Argument(help: "methods, engines, metrics or formats.")
  var subject: Subject

  func run() throws {
    switch subject {
    case .methods:
      for type in MethodCatalog.methods { Self.show(type.description) }
      Self.show(TrainRecipe.description)
    case .engines:
      for engine in EngineCatalog.engines { Console.print("\(engine.name.padded(to: 14))\(engine.summary)") }
    case .metrics:
      for metric in MetricCatalog.all {
        Console.print(
          "\(metric.name.padded(to: 26))\(metric.unit.padded(to: 10))\(metric.direction.words.padded(to: 18))"
            + metric.kind.rawValue)
      }
    case .formats:
      for format in DatasetFormatCatalog.all {
        Console.print("\(format.name.padded(to: 10))\(format.summary)")
        for key in format.keys { Console.print("  \(key.name.padded(to: 16))\(key.summary)") }
      }
      Console.print("every format:")
      for key in DatasetDescription.sharedKeys { Console.print("  \(key.name.padded(to: 16))\(key.summary)") }
      Console.print("exports (assay export RUN --format NAME):")
      for export in ExportCatalog.all {
        Console.print("  \(export.name.padded(to: 26))\(export.summary)")
        Console.print("  \("".padded(to: 26))\(export.fileNames.joined(separator: ", "))")
      }
    }
  }

  private static func show(_ method: MethodDescription) {
    Console.print("\(method.name.padded(to: 14))\(method.summary)")
    for option in method.options {
      let standard = option.defaultValue.map { ", default \($0)" } ?? (option.isRequired ? ", must be given" : "")
      Console.print("  \(option.name.padded(to: 16))\(option.summary) (\(option.kind.allowed)\(standard))")
    }
    Console.print("  source: \(method.source)\n")
  }
}

extension Direction {
  fileprivate var words: String {
    switch self {
    case .lowerIsBetter: "lower is better"
    case .higherIsBetter: "higher is better"
    case .neutral: "-"
    }
  }
}

extension String {
  /// The text with blanks up to `width` characters, at least one.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
