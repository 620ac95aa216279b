import AssayCore
import AssayONNX

/// By what units are judged; the least go first.
enum UnitCriterion: String, CaseIterable {
  case l1, l2, activation, entropy, random
  case batchNormalization = "batch-norm"

  /// Whether the units' outputs on calibration data decide.
  var needsCalibration: Bool { self == .activation || self == .entropy }

  /// What the numbers are, for reports.
  var text: String {
    switch self {
    case .l1: "sum of |w|"
    case .l2: "root of the sum of w²"
    case .activation: "mean |x| on calibration data"
    case .entropy: "entropy of the outputs on calibration data"
    case .random: "chance"
    case .batchNormalization: "|γ| of batch normalization"
    }
  }
}

/// The scores of all units of some groups.
struct UnitScores {
  /// By group and unit.
  private(set) var scores: [[Double]]
  /// Groups that the criterion cannot judge, with the reason.
  private(set) var obstacles: [Int: String] = [:]

  /// - Throws: `notFinite`, naming a weight or value; `calibration` when there are no rows.
  init(
    _ groups: [UnitGroup], by criterion: UnitCriterion, of model: Model, in context: MethodContext
  ) throws(MethodError) {
    scores = groups.map { [Double](repeating: 0, count: $0.roots.count) }
    switch criterion {
    case .l1, .l2:
      for (position, group) in groups.enumerated() {
        scores[position] = try Self.magnitudes(group.producers, group.roots.count, criterion, model.graph)
      }
    case .batchNormalization:
      for (position, group) in groups.enumerated() {
        if group.scales.isEmpty {
          obstacles[position] =
            "no batch normalization of its own is left: fold wrote it into the weights, or there never was one; l2 "
            + "judges the folded weights"
        } else {
          scores[position] = try Self.sums(group.scales, group.roots.count, squared: false, model.graph)
        }
      }
    case .random:
      for (position, group) in groups.enumerated() {
        var generator = SeededGenerator(seed: context.seed, stream: UInt64(position))
        scores[position] = group.roots.map { _ in generator.unit() }
      }
    case .activation, .entropy:
      try observe(groups, criterion, model, context)
    }
  }

  // MARK: Weights

  /// For each member the units' norms divided by their mean, averaged over the members: so every member counts alike,
  /// and so do the groups where all are chosen from together.
  private static func magnitudes(
    _ members: [UnitGroup.Member], _ count: Int, _ criterion: UnitCriterion, _ graph: Graph
  ) throws(MethodError) -> [Double] {
    var total = [Double](repeating: 0, count: count)
    for member in members {
      var norms = try sums([member], count, squared: criterion == .l2, graph)
      if criterion == .l2 { norms = norms.map { $0.squareRoot() } }
      let mean = norms.reduce(0, +) / Double(max(count, 1))
      guard mean > 0 else { continue }
      for unit in norms.indices { total[unit] += norms[unit] / mean / Double(members.count) }
    }
    return total
  }

  /// For each unit Σ|w| or Σw² over its slices of all members.
  private static func sums(
    _ members: [UnitGroup.Member], _ count: Int, squared: Bool, _ graph: Graph
  ) throws(MethodError) -> [Double] {
    var total = [Double](repeating: 0, count: count)
    for member in members {
      guard let tensor = graph.floatConstant(member.tensor), tensor.shape.indices.contains(member.axis) else {
        continue
      }
      let slices = tensor.sliceSums(along: member.axis, squared: squared)
      guard slices.allSatisfy(\.isFinite) else { throw notFinite(weight: member.tensor, tensor) }
      for (unit, indices) in member.indices.enumerated() {
        for index in indices { total[unit] += slices[index] }
      }
    }
    return total
  }

  // MARK: Activations

  private mutating func observe(
    _ groups: [UnitGroup], _ criterion: UnitCriterion, _ model: Model, _ context: MethodContext
  ) throws(MethodError) {
    guard let source = context.calibration else {
      throw MethodError(
        .calibration, "criterion: \(criterion.rawValue) needs calibration data, and there are none",
        remedy: "name some under data: calibration:, or write criterion: l2")
    }
    var members: [(group: Int, member: UnitGroup.Member)] = []
    for (position, group) in groups.enumerated() {
      if group.inputs.isEmpty {
        obstacles[position] = "its outputs reach no weights, so there is no value to judge them by"
      }
      for member in group.inputs { members.append((position, member)) }
    }
    guard !members.isEmpty else { return }
    let statistics = try UnitStatistics(members.map(\.member), in: model, from: source)
    for (number, (position, _)) in members.enumerated() {
      let share = 1 / Double(groups[position].inputs.count)
      var values =
        criterion == .entropy ? statistics.entropies(number) : statistics.meanMagnitudes(number)
      if criterion == .activation {
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        if mean > 0 { values = values.map { $0 / mean } }
      }
      for unit in values.indices { scores[position][unit] += values[unit] * share }
    }
  }
}

extension Tensor {
  /// Σ|x| or Σx² over each slice along `axis`.
  ///
  /// - Precondition: float elements.
  /// - Complexity: O(n).
  func sliceSums(along axis: Int, squared: Bool) -> [Double] {
    let inner = shape[(axis + 1)...].reduce(1, *)
    let extent = shape[axis]
    var sums = [Double](repeating: 0, count: extent)
    withElements(Float.self) { values in
      guard inner > 0, extent > 0 else { return }
      for start in stride(from: 0, to: values.count, by: inner) {
        var sum = 0.0
        if squared {
          for index in start..<(start + inner) { sum += Double(values[index]) * Double(values[index]) }
        } else {
          for index in start..<(start + inner) { sum += Double(values[index].magnitude) }
        }
        sums[start / inner % extent] += sum
      }
    }
    return sums
  }
}
