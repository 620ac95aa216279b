import AssayCore
import AssayJudge
import FoundationEssentials
import Glibc
import Testing

/// The choice on a real run (`Goldens/digits-run.json`: `assay run` of two digit models, made with few and short blocks), held against a
/// search through every variant.
struct ChoiceOptimumTests {
  private static let record: RunRecord? = {
    let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
    guard let text = contents("\(folder)/Goldens/digits-run.json") else { return nil }
    return try? JSONDecoder().decode(RunRecord.self, from: Data(text.utf8))
  }()

  private static let summary = record.map { RunSummary($0) }

  /// What a priority compares, lower is better, found from the summary alone; nil where something is missing.
  private func cost(_ row: VariantSummary, _ baseline: VariantSummary, _ priority: Priority) -> Double? {
    switch priority {
    case .speed: return row.value("latency.p50")
    case .size: return row.value("size.file")
    case .memory: return row.value("memory.peak")
    case .accuracy: return row.value("accuracy.top1").map { -$0 }
    case .balanced:
      var sum = 0.0
      for metric in ["latency.p50", "size.file", "memory.peak"] {
        guard let own = row.value(metric), let base = baseline.value(metric), own > 0, base > 0 else { return nil }
        // The ratio that shared launches tell, where they do.
        sum += log(row.figure(metric)?.change?.value ?? own / base) / 3
      }
      guard let own = row.value("accuracy.top1"), let base = baseline.value("accuracy.top1") else { return nil }
      return exp(sum + 0.1 * 100 * (base - own))
    }
  }

  @Test(
    "For each priority, model and limit of accuracy the recommendation is the measured optimum",
    arguments: Priority.allCases)
  func optimum(priority: Priority) throws {
    let record = try #require(Self.record, "no fixture")
    let summary = try #require(Self.summary)
    #expect(summary.baselines.count == 2)
    for drop in [0.5, 100] {
      let goal = try Goal(priority, constraints: ["accuracy.drop <= \(drop) pp"])
      for choice in choices(record, goal: goal) {
        let rows = summary.rows(in: choice.group)
        let baseline = try #require(rows.first { $0.isBaseline })
        let base = try #require(baseline.value("accuracy.top1"))
        var best: (variant: String, cost: Double)?
        for row in rows {
          guard let cost = cost(row, baseline, priority), let own = row.value("accuracy.top1"),
            base - own <= drop / 100 + 1e-12
          else { continue }
          if best.map({ cost < $0.cost }) ?? true { best = (row.trial.variant, cost) }
        }
        let optimum = try #require(best)
        let name = try #require(choice.recommended)
        let row = try #require(rows.first { $0.trial.variant == name })
        let found = try #require(cost(row, baseline, priority))
        // What is shown to be the same within the tolerance may go first for its accuracy.
        let tolerances: [Priority: Double] = [.speed: 0.02, .memory: 0.05, .balanced: 0.02]
        let tolerance = tolerances[priority] ?? 0
        let isOptimum = name == optimum.variant || (found - optimum.cost) <= tolerance * abs(optimum.cost)
        #expect(isOptimum, "\(priority), drop \(drop) pp, \(choice.group.baseline): \(name), not \(optimum)")
        if name != optimum.variant {
          #expect(
            (row.value("accuracy.top1") ?? 0)
              >= (rows.first { $0.trial.variant == optimum.variant }?.value("accuracy.top1") ?? 1),
            "\(name) goes before \(optimum.variant) only for its accuracy")
        }
      }
    }
  }
}
