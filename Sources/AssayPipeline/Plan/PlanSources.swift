import AssayCore
import AssayData
import FoundationEssentials

/// The files that a suite names, with its variables resolved: the same text means other files on another day.
///
/// Paths below the folder of the suite are taken relative to it, so that a run goes on from wherever it is called.
struct PlanSources {
  /// One text for each model and data set, in the suite's order; equal sources have equal texts.
  let texts: [String]

  init(_ suite: Suite) {
    let folder = suite.path.lastIndex(of: "/").map { String(suite.path[...$0]) } ?? ""
    var texts: [String] = []
    for baseline in suite.baselines {
      texts.append((baseline.model ?? baseline.training?.start).map { Self.text($0, folder) } ?? "")
      texts.append(Self.text(baseline.test, folder))
      texts.append(baseline.calibration.map { Self.text($0, folder) } ?? "")
      // Rows to learn from count where there is something to learn; a run without goes on as before.
      if baseline.training != nil { texts.append(baseline.train.map { Self.text($0, folder) } ?? "") }
    }
    for variant in suite.variants {
      switch variant.origin {
      case .model(let path): texts.append(Self.text(path, folder))
      case .trained(let training, _): texts.append(training.start.map { Self.text($0, folder) } ?? "")
      case .steps: break
      }
    }
    self.texts = texts
  }

  private static func text(_ path: SuitePath, _ folder: String) -> String {
    relative(path.text, folder)
  }

  private static func text(_ dataset: SuiteDataset, _ folder: String) -> String {
    switch dataset {
    case .missingVariable(_, let text, _): return text
    case .resolved(var description):
      description.paths = description.paths.map { relative($0, folder) }
      description.options = description.options.mapValues { value in
        if case .text(let text) = value { .text(relative(text, folder)) } else { value }
      }
      // Dictionaries print in another order each time; JSON with sorted keys does not.
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return (try? encoder.encode(description)).map { String(decoding: $0, as: UTF8.self) } ?? "\(description.paths)"
    }
  }

  private static func relative(_ path: String, _ folder: String) -> String {
    !folder.isEmpty && path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
  }
}
