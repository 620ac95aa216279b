import AssayCore
import AssayJudge
import FoundationEssentials
import Glibc
import Testing

/// The choice on real runs (`Goldens/optimum-*.json`, recorded by `assay run` of the suites beside them in the release build
/// and cut down by `optimum-strip.py`), held against a search through every variant that knows nothing of `Choice`.
struct ChoiceOptimumTests {
  private struct Recorded {
    var record: RunRecord
    var summary: RunSummary
  }

  private static let runs: [String: Recorded] = {
    let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
    var runs: [String: Recorded] = [:]
    for name in ["digits", "mnist", "cifar10"] {
      guard let text = contents("\(folder)/Goldens/optimum-\(name).json"),
        let record = try? JSONDecoder().decode(RunRecord.self, from: Data(text.utf8))
      else { continue }
      runs[name] = Recorded(record: record, summary: RunSummary(record))
    }
    return runs
  }()

  /// What a priority compares, lower is better, found from the summary alone; nil where something is missing.
  private func cost(_ row: VariantSummary, _ baseline: VariantSummary, _ priority: Priority) -> Double? {
    switch priority {
    case .speed: return row.value("latency.p50")
    case .size: return row.value("size.packed")
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

  /// Whether a variant may be chosen: it loses at most so much accuracy, and balanced takes at most 5 % more time.
  private func fits(_ row: VariantSummary, _ baseline: VariantSummary, _ priority: Priority, drop: Double) -> Bool {
    guard let own = row.value("accuracy.top1"), let base = baseline.value("accuracy.top1"),
      base - own <= drop / 100 + 1e-12
    else { return false }
    guard priority == .balanced, !row.isBaseline else { return true }
    return (row.figure("latency.p50")?.change?.value).map { $0 <= 1.05 + 1e-12 } ?? false
  }

  /// Whether all launches that both ran in, in turns, show the other order than the pooled values, which neighbours of the machine
  /// disturb: in each the median over its rounds of ln(own/other) is below zero.
  private func isFasterInEveryLaunch(
    _ name: String, than other: String, _ group: ComparisonGroup, _ record: RunRecord
  ) -> Bool {
    func rounds(_ variant: String) -> [Int: [Int: Double]] {
      let data = record.trials.first { $0.trial == Trial(variant: variant, group: group) }?.result.data
      var launches: [Int: [Int: Double]] = [:]
      for launch in data?.launches ?? [] {
        for block in launch.blocks {
          let samples = block.samples.nanoseconds.sorted()
          guard !samples.isEmpty else { continue }
          launches[launch.launch, default: [:]][block.round] = Double(samples[samples.count / 2])
        }
      }
      return launches
    }
    let (own, others) = (rounds(name), rounds(other))
    guard own.count > 4, own.count == others.count else { return false }
    return own.allSatisfy { launch, blocks in
      let ratios = blocks.compactMap { round, time in others[launch]?[round].map { log(time / $0) } }.sorted()
      return !ratios.isEmpty && ratios[ratios.count / 2] < 0
    }
  }

  @Test("The shared models are all there, with variants that differ")
  func models() throws {
    let baselines = Self.runs.values.flatMap(\.summary.baselines)
    #expect(
      Set(baselines) == [
        "digits-mlp", "digits-cnn", "lenet300", "lenet5", "ort_mnist", "mnist-net_256x4", "resnet8", "resnet_2b",
        "cifar10_small",
      ])
    let rows = Self.runs.values.flatMap(\.summary.variants)
    #expect(rows.count { $0.status == .completed } >= 60)
    // Whose packed bytes are not those of the file, for size to be a question of its own.
    #expect(rows.contains { ($0.value("size.packed") ?? 0) < 0.5 * ($0.value("size.file") ?? 0) })
  }

  @Test(
    "For each priority, model and limit of accuracy the recommendation is the measured optimum",
    arguments: ["digits", "mnist", "cifar10"], Priority.allCases)
  func optimum(name: String, priority: Priority) throws {
    let run = try #require(Self.runs[name], "no fixture")
    for drop in [0.5, 1, 5, 100] {
      let goal = try Goal(priority, constraints: ["accuracy.drop <= \(drop) pp"])
      for choice in choices(run.record, goal: goal) {
        let rows = run.summary.rows(in: choice.group)
        let baseline = try #require(rows.first { $0.isBaseline })
        var best: (variant: String, cost: Double)?
        for row in rows {
          guard let own = cost(row, baseline, priority), fits(row, baseline, priority, drop: drop) else { continue }
          if best.map({ own < $0.cost }) ?? true { best = (row.trial.variant, own) }
        }
        let place = "\(priority), drop \(drop) pp, \(choice.group.baseline)"
        guard let optimum = best, let name = choice.recommended,
          let row = rows.first(where: { $0.trial.variant == name }), let found = cost(row, baseline, priority)
        else {
          Issue.record("\(place): nothing is recommended")
          continue
        }
        #expect(fits(row, baseline, priority, drop: drop), "\(place): \(name) does not fit")
        // What is shown to be the same within the tolerance may go first for its accuracy.
        let tolerances: [Priority: Double] = [.speed: 0.02, .memory: 0.05, .balanced: 0.02]
        let tolerance = tolerances[priority] ?? 0
        let rivals: [String] = if case .undecided(_, let rivals, _) = choice.answer { rivals } else { [] }
        let isOptimum =
          name == optimum.variant || rivals.contains(optimum.variant)
          || found - optimum.cost <= tolerance * abs(optimum.cost)
          || (priority == .speed && isFasterInEveryLaunch(name, than: optimum.variant, choice.group, run.record))
        #expect(isOptimum, "\(place): \(name), not \(optimum)")
        // The baseline goes before what is the same in this and worse in something else.
        if found > optimum.cost, isOptimum, !rivals.contains(optimum.variant), !row.isBaseline,
          !isFasterInEveryLaunch(name, than: optimum.variant, choice.group, run.record)
        {
          #expect(
            (row.value("accuracy.top1") ?? 0)
              >= (rows.first { $0.trial.variant == optimum.variant }?.value("accuracy.top1") ?? 1),
            "\(place): \(name) goes before \(optimum.variant) only for its accuracy")
        }
      }
    }
  }
}
