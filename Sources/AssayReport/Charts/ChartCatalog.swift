import AssayCore
import AssayJudge

/// What a chart is drawn of.
struct ChartSubject: Sendable {
  var model: ReportModel
  /// The group; of a chart about a whole baseline its first.
  var group: ReportGroup
  /// All groups of the baseline.
  var siblings: [ReportGroup]
  /// File name without extension, unlike that of any other chart.
  var fileName: String
  /// The page it is laid out for.
  var format = ChartFormat.wide

  /// The baseline's and its variants' accounts, in the order of the suite.
  var variants: [ReportVariant] { model.variants.filter { $0.baseline == group.group.baseline } }
}

/// The charts that came of it, or the word why there is none.
enum ChartDrawing: Sendable {
  case drawn([Chart])
  case absent(String)
}

/// A kind of chart: what it is about, how it is read, and how it is made.
struct ChartKind: Sendable {
  /// Whether there is one for each comparison group, or one for each baseline.
  enum Scope: Sendable { case group, baseline }

  /// How its files begin.
  var name: String
  /// As a heading.
  var title: String
  /// How to read it, in a sentence or two.
  var reading: String
  var scope: Scope
  var draw: @Sendable (ChartSubject) -> ChartDrawing
}

/// Every kind of chart, in the order of reports: one literal list, one file each.
enum ChartCatalog {
  static let all: [ChartKind] = [
    ChartKind(
      name: "accuracy-latency", title: "Accuracy against latency",
      reading: "Up and to the left is better. Nothing beats the points on the dashed line in both.", scope: .group,
      draw: accuracyLatencyChart),
    ChartKind(
      name: "accuracy-size", title: "Accuracy against size",
      reading: "Up and to the left is better. Nothing beats the points on the dashed line in both.", scope: .baseline,
      draw: accuracySizeChart),
    ChartKind(
      name: "latency", title: "Latency distributions",
      reading:
        "All steady-state samples. A second hump, or a median far from its hump, tells more than any one number.",
      scope: .group, draw: latencyChart),
    ChartKind(
      name: "speed-up", title: "Counted against measured speed-up",
      reading: "On the diagonal a variant is as much faster as it has fewer multiply-accumulates. Below it the promise "
        + "was not kept: zeros that are multiplied all the same, kernels that do not exist, time spent elsewhere.",
      scope: .group, draw: speedUpChart),
    ChartKind(
      name: "sizes", title: "Sizes", reading: "Bytes of the file that runs, and the parameters in it.",
      scope: .baseline, draw: sizeChart),
    ChartKind(
      name: "packed", title: "What the packed file is made of",
      reading: "Bytes of the packed file by what they are for.", scope: .baseline, draw: packedSizeChart),
    ChartKind(
      name: "memory", title: "Memory",
      reading: "What the model adds to the resident size of its process: after loading, after the first inference, at "
        + "its highest.",
      scope: .group, draw: memoryChart),
    ChartKind(
      name: "throughput", title: "Throughput against batch",
      reading: "A line that rises with the batch gains from it; a flat one is bound by its arithmetic.",
      scope: .baseline, draw: throughputChart),
    ChartKind(
      name: "sensitivity", title: "Sensitivity of layers",
      reading: "What changing one layer alone does to the outputs. Layers far to the right are worth leaving alone.",
      scope: .baseline, draw: sensitivityCharts),
    ChartKind(
      name: "learning", title: "Learning curves", reading: "Loss and accuracy over the epochs of training.",
      scope: .baseline, draw: learningCharts),
    ChartKind(
      name: "confusion", title: "Confusion of the baseline",
      reading: "Rows of each true class by the answer they were given. The diagonal is right.", scope: .baseline,
      draw: confusionChart),
    ChartKind(
      name: "classes", title: "Change of each class",
      reading: "Recall of each class against the baseline, in percentage points: an accuracy that stayed the same can "
        + "hide a class that was lost.",
      scope: .baseline, draw: classChangeChart),
    ChartKind(
      name: "rounds", title: "Block rounds",
      reading: "Each block against the median of its own member. What moves the control kernel too is the machine, not "
        + "the model.",
      scope: .group, draw: roundsChart),
  ]
}

/// All charts of one kind about one subject.
struct ChartResult: Sendable {
  var kind: ChartKind
  /// The group, or the first of the baseline.
  var group: ComparisonGroup
  var charts: [Chart]
  /// The same charts for a phone, in the same order; only the page shows them.
  var narrow: [Chart] = []
  /// Why there is none.
  var absence: String?
}

/// Every chart of a report or why there is none, in the order in which it shows them: by group, then by kind.
///
/// A pure function of the model: nothing is drawn. Names of files are unlike each other whatever the baselines are called.
func chartResults(of model: ReportModel) -> [ChartResult] {
  let groups = model.groups
  let keys = groups.map(\.group)
  let names = fileNames(for: keys.map { distinctName($0, among: keys) })
  var baselines: [String] = []
  for key in keys where !baselines.contains(key.baseline) { baselines.append(key.baseline) }
  let baselineNames = fileNames(for: baselines)
  var results: [ChartResult] = []
  var taken: Set<String> = []
  for (index, group) in groups.enumerated() {
    let place = baselines.firstIndex(of: group.group.baseline) ?? 0
    let isFirst = keys.firstIndex { $0.baseline == group.group.baseline } == index
    let siblings = groups.filter { $0.group.baseline == group.group.baseline }
    for kind in ChartCatalog.all {
      if kind.scope == .baseline, !isFirst { continue }
      let name = "\(kind.name)-\(kind.scope == .baseline ? baselineNames[place] : names[index])"
      var subject = ChartSubject(model: model, group: group, siblings: siblings, fileName: name)
      var result = ChartResult(kind: kind, group: group.group, charts: [], absence: nil)
      switch kind.draw(subject) {
      case .absent(let reason): result.absence = reason
      case .drawn(let charts):
        for var chart in charts {
          chart.name = unlike(chart.name, &taken)
          result.charts.append(chart)
        }
        subject.format = .narrow
        if case .drawn(let narrow) = kind.draw(subject), narrow.count == charts.count {
          for (index, chart) in narrow.enumerated() {
            var chart = chart
            chart.name = result.charts[index].name
            result.narrow.append(chart)
          }
        }
      }
      results.append(result)
    }
  }
  return results
}

/// All charts of a report, in the order in which it shows them.
func charts(of model: ReportModel) -> [Chart] {
  var charts: [Chart] = []
  for result in chartResults(of: model) { charts += result.charts }
  return charts
}

/// `name`, with a number where it is taken.
private func unlike(_ name: String, _ taken: inout Set<String>) -> String {
  var unique = name
  var number = 2
  while !taken.insert(unique).inserted {
    unique = "\(name)-\(number)"
    number += 1
  }
  return unique
}

/// The baseline, and of the conditions what differs between its groups: `digits-mlp 2 threads batch 32`.
private func distinctName(_ group: ComparisonGroup, among all: [ComparisonGroup]) -> String {
  let siblings = all.filter { $0.baseline == group.baseline }
  let words: [(ComparisonGroup) -> String] = [
    \.engine, \.device, { counted($0.threads, "thread") }, { "batch \($0.batch)" }, \.scenario.rawValue,
  ]
  return ([group.baseline] + words.filter { Set(siblings.map($0)).count > 1 }.map { $0(group) }).joined(separator: " ")
}
