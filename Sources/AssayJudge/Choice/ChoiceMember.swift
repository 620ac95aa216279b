import AssayCore
import AssayMeasure

/// One variant of a group with all that is known of it.
struct ChoiceMember {
  let evidence: Evidence
  let summary: VariantSummary
  let launches: MemberLaunches

  var variant: String { summary.trial.variant }
  var isBaseline: Bool { summary.isBaseline }
  var families: Set<MethodFamily> { MethodFamily.families(of: summary.steps) }

  /// Value of a metric; nil where there is none.
  func value(_ metric: Metric) -> Double? { summary.value(metric.name) }

  /// Right answers and labels, where each row has both.
  var classes: [UInt64]? { evidence.data?.answers?.classes.values }
}

/// The variants of one group, and what they are compared by.
struct ChoiceTable {
  let record: RunRecord
  let group: ComparisonGroup
  /// In the record's order, failed and skipped ones among them.
  let members: [ChoiceMember]
  /// Those that were measured.
  let measured: [ChoiceMember]
  /// The measured baseline; nil where it failed or is missing.
  let baseline: ChoiceMember?
  /// By what the quality of answers is judged: the first of the known qualities that every measured trial has.
  let quality: Metric?
  let confidence: Double

  init(_ table: EvidenceTable, _ group: ComparisonGroup, confidence: Double) {
    record = table.record
    self.group = group
    self.confidence = confidence
    members = table.order.filter { $0.group == group }.compactMap { trial in
      table[trial].map { evidence in
        ChoiceMember(
          evidence: evidence, summary: table.summary(evidence, confidence: confidence),
          launches: MemberLaunches(evidence))
      }
    }
    measured = members.filter { $0.summary.status == .completed && !$0.evidence.launches.isEmpty }
    baseline = measured.first(where: \.isBaseline)
    let known = measured
    quality = MetricCatalog.qualities.first { metric in
      // Drift is a comparison with the baseline, which therefore has none.
      let needed = metric.name.hasPrefix("drift.") ? known.filter { !$0.isBaseline } : known
      return !needed.isEmpty && needed.allSatisfy { $0.value(metric) != nil }
    }
  }

  subscript(_ variant: String) -> ChoiceMember? { members.first { $0.variant == variant } }

  /// The time that variants are chosen by: offline nobody waits for a single answer.
  var time: Metric { group.scenario == .offline ? MetricCatalog.throughput : MetricCatalog.latencyP50 }

  /// The bytes that variants are chosen by: of the packed file where the record has them, else of the runnable file.
  var size: Metric {
    let isCounted = !measured.isEmpty && measured.allSatisfy { $0.value(MetricCatalog.packedSize) != nil }
    return isCounted ? MetricCatalog.packedSize : MetricCatalog.fileSize
  }

  var memory: Metric { MetricCatalog.peakMemory }
}
