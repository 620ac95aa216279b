public import AssayCore
import FoundationEssentials
import Glibc

/// The folder of a run, and the record already in it when the run goes on.
public struct RunLocation: Sendable {
  public var store: RunStore
  public var previous: RunRecord?

  /// Where runs go when nothing else is said.
  public static let reportsFolder = "reports"

  /// Chooses the folder.
  ///
  /// Without `output` a new run gets `reports/<stem of the suite>-<time>`; with `resume` the newest unfinished run of
  /// the same plan is taken.
  ///
  /// - Throws: `recordUnreadable` when there is nothing to resume or the plan differs; `cannotCreate` when `output` holds
  ///   a finished run, which is never overwritten.
  public static func choose(_ plan: Plan, output: String?, resume: Bool) throws(PipelineError) -> RunLocation {
    let stem = FileName.stem(plan.suite.path)
    if resume {
      let folder: String
      if let output { folder = output } else { folder = try newestUnfinished(stem, plan) }
      let record = try RunStore.load(folder)
      guard record.planHash == plan.hash else {
        throw PipelineError(
          .recordUnreadable, "the run was made under another plan", at: Place(file: folder),
          remedy: "resume with the same suite file and the same options: \(record.command.joined(separator: " "))")
      }
      return RunLocation(store: RunStore(folder: folder), previous: record)
    }
    let folder = output ?? "\(reportsFolder)/\(stem)-\(timestamp())"
    let store = RunStore(folder: folder)
    guard access(store.path, F_OK) != 0 else {
      throw PipelineError(
        .cannotCreate, "there is a run in this folder already", at: Place(file: folder),
        remedy: "choose another --output, or go on with --resume")
    }
    return RunLocation(store: store, previous: nil)
  }

  private static func newestUnfinished(_ stem: String, _ plan: Plan) throws(PipelineError) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: reportsFolder)) ?? []
    for name in names.filter({ $0.hasPrefix(stem + "-") }).sorted(by: >) {
      let folder = "\(reportsFolder)/\(name)"
      guard let record = try? RunStore.load(folder), record.planHash == plan.hash, record.finishedAt == nil else {
        continue
      }
      return folder
    }
    throw PipelineError(
      .recordUnreadable, "there is no unfinished run of this suite and these options under \(reportsFolder)/",
      remedy: "name its folder with --output, or run without --resume")
  }

  /// UTC, sortable: `20261121-142530`.
  private static func timestamp() -> String {
    Date.now.formatted(.iso8601).filter { $0.isNumber || $0 == "T" }.replacing("T", with: "-")
  }
}

extension FileName {
  /// The last component of a path without its extension.
  static func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return safe(name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name)
  }
}
