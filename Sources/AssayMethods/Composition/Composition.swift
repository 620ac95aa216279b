public import AssayCore

/// Lists of steps: which undo each other, as far as the list alone tells.
///
/// What a model's own state decides is told where the step meets it: methods skip what is quantized already, with the
/// reason, and `MethodCatalog.apply` compares the zeros of the weights before and after every step.
public enum Composition {
  /// A step that an earlier one leaves little to do, or that undoes an earlier one.
  public struct Warning: Sendable, Hashable {
    /// Position of the later step in the list.
    public var step: Int
    public var text: String

    public init(step: Int, text: String) {
      self.step = step
      self.text = text
    }
  }

  /// What a method does to the weights that later steps meet.
  private enum Effect {
    case folds, sparsifies, clusters, hashes, quantizes, halves
  }

  /// Methods by what they do; a method that is not listed warns of nothing.
  private static let effects: [String: Effect] = [
    "fold": .folds, "prune": .sparsifies, "cluster": .clusters, "hash": .hashes, "quantize": .quantizes,
    "quantize-weights": .quantizes,
    "float16": .halves, "bfloat16": .halves,
  ]

  /// Looks at each step beside every step before it, with at most one warning for a pair.
  ///
  /// - Complexity: O(n²) in the number of steps.
  public static func check(_ steps: [Step]) -> [Warning] {
    var warnings: [Warning] = []
    for (later, step) in steps.enumerated() {
      for (earlier, before) in steps[..<later].enumerated() {
        guard let text = conflict(before, step) else { continue }
        warnings.append(Warning(step: later, text: "after '\(before.method)' (step \(earlier + 1)): \(text)"))
      }
    }
    return warnings
  }

  private static func conflict(_ before: Step, _ step: Step) -> String? {
    if before == step, effects[step.method] != .folds {
      return "the same step again; what it could do is done"
    }
    guard let first = effects[before.method], let second = effects[step.method] else { return nil }
    switch (first, second) {
    case (.quantizes, .sparsifies), (.quantizes, .clusters), (.quantizes, .hashes):
      return "weights that are integers are left alone; put '\(step.method)' first"
    case (.halves, .sparsifies), (.halves, .clusters), (.halves, .hashes), (.halves, .quantizes):
      return "weights that are 16-bit floats are left alone; put '\(step.method)' first"
    case (.quantizes, .quantizes):
      return "what is quantized already stays as it is"
    case (.quantizes, .folds):
      return "batch normalization after quantized weights cannot be folded any more; put '\(step.method)' first"
    case (.quantizes, .halves):
      return "integers stay integers, and engines may no longer join the half-precision nodes around them with integer "
        + "kernels"
    case (.clusters, .sparsifies):
      return "weights that become zero leave the values that they share; put '\(step.method)' first"
    case (.clusters, .quantizes), (.clusters, .halves):
      return "shared values are rounded, and the numbers that say who shares them are no longer kept"
    case (.sparsifies, .hashes), (.clusters, .hashes):
      return "hashing mixes weights whatever their values are: what '\(before.method)' did is lost"
    case (.hashes, .sparsifies), (.hashes, .clusters), (.hashes, .hashes), (.hashes, .quantizes), (.hashes, .halves):
      return "hashed weights with a bias are computed from one matrix, and are left alone"
    default: return nil
    }
  }
}
