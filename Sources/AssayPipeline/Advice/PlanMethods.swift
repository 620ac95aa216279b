import AssayCore
import AssayMethods

/// A variant that may be worth planning: one row of the planner's table.
struct PlanMethod {
  /// What must be there for a variant to be worth trying.
  enum Need {
    /// Rows that methods may look at.
    case calibration
    /// Training rows of their own, and methods that learn.
    case training
    case convolutions
    case dense
    case depthwise
    /// A model that is hard for plain integers: depthwise convolutions or smooth activations.
    case isHard
    /// Zeros, clusters and codes are worth something only in a packed file.
    case packing
    /// Not worth it for a model too simple to gain.
    case notSimple
  }

  var name: String
  var steps: [Step]
  var needs: [Need]
  /// Why, in a few words; the rule is added.
  var reason: String

  init(_ name: String, _ steps: [Step], needs: [Need] = [], _ reason: String) {
    self.name = name
    self.steps = steps
    self.needs = needs
    self.reason = reason
  }
}

extension PlanMethod {
  /// Every variant that the planner knows, in the order in which equally promising ones are tried.
  ///
  /// Methods that this build does not have, or whose options differ, are left out (`isKnown`): methods that learn appear with the
  /// catalogue.
  static let all: [PlanMethod] = [
    PlanMethod(
      "int8", [step("quantize", ["mode": .text("static")])], needs: [.calibration],
      "weights and activations in 8 bits, a quarter of the file"),
    PlanMethod(
      "int8-tensor", [step("quantize", ["mode": .text("static"), "granularity": .text("tensor")])],
      needs: [.calibration, .notSimple], "one scale a weight tensor: faster kernels than scales by channel"),
    PlanMethod(
      "half-width",
      [
        step("prune", ["target": .text("unit"), "ratio": .number(0.5), "reconstruct": .bool(true)])
      ], needs: [.calibration, .notSimple], "half of all channels and neurons cut, about a quarter of the work left"),
    PlanMethod(
      "three-quarter-width",
      [
        step("prune", ["target": .text("unit"), "ratio": .number(0.25), "reconstruct": .bool(true)])
      ], needs: [.calibration, .notSimple], "a quarter of the channels and neurons cut, for when half is too much"),
    PlanMethod(
      "narrow-int8",
      [
        step("prune", ["target": .text("unit"), "ratio": .number(0.25), "reconstruct": .bool(true)]),
        step("quantize", ["mode": .text("static")]),
      ], needs: [.calibration, .notSimple], "cut first, then quantized: both gains together"),
    PlanMethod(
      "int8-mse", [step("quantize", ["mode": .text("static"), "calibration": .text("mse")])],
      needs: [.calibration, .notSimple], "ranges by least error instead of the extremes"),
    PlanMethod(
      "int8-corrected",
      [
        step("equalize"),
        step("quantize", ["mode": .text("static"), "calibration": .text("mse"), "bias-correction": .bool(true)]),
      ], needs: [.calibration, .isHard], "equalized channels and corrected biases, for what plain int8 loses here"),
    PlanMethod(
      "int8-mixed", [step("quantize-mixed")], needs: [.calibration, .notSimple],
      "the fastest mix of int8 and float layers that keeps the answers, found by timing"),
    PlanMethod(
      "dynamic-int8", [step("quantize", ["mode": .text("dynamic")])], needs: [.dense],
      "dense layers in 8 bits, ranges found while running: no data"),
    PlanMethod(
      "weights-8", [step("quantize-weights", ["bits": .integer(8), "granularity": .text("channel")])],
      "a quarter of the file, arithmetic in float: no data"),
    PlanMethod(
      "weights-4", [step("quantize-weights", ["bits": .integer(4)])], "an eighth of the file: no data"),
    PlanMethod(
      "weights-4-gptq", [step("quantize-weights", ["bits": .integer(4), "algorithm": .text("gptq")])],
      needs: [.calibration, .notSimple], "4 bits rounded such that errors cancel"),
    PlanMethod("float16", [step("float16")], "half the file, hardly a change of any answer"),
    PlanMethod(
      "low-rank", [step("low-rank", ["energy": .number(0.9)])], needs: [.dense, .notSimple],
      "large products as two small ones"),
    PlanMethod(
      "pruned-50", [step("prune", ["sparsity": .number(0.5)])], needs: [.packing],
      "half of the weights zero: smaller when packed, not faster"),
    PlanMethod(
      "cluster-32", [step("cluster", ["count": .integer(32)])], needs: [.packing],
      "32 values a layer: 5 bits a weight when packed"),
    PlanMethod(
      "student", [step("distill", ["width": .number(0.5)])], needs: [.training, .notSimple],
      "a net of half the width that learns from this one"),
    PlanMethod(
      "pruned-90-tuned", [step("prune", ["sparsity": .number(0.9)]), step("finetune", ["epochs": .integer(3)])],
      needs: [.training, .packing], "a tenth of the weights, trained again"),
    PlanMethod(
      "half-width-tuned",
      [
        step("prune", ["target": .text("unit"), "ratio": .number(0.5)]), step("finetune", ["epochs": .integer(3)]),
      ], needs: [.training, .notSimple], "half of the channels and neurons, trained again"),
    PlanMethod(
      "deep-compression",
      [
        step("prune", ["sparsity": .number(0.9)]), step("finetune", ["epochs": .integer(3)]),
        step("cluster", ["count": .integer(32)]), step("finetune", ["epochs": .integer(1)]),
      ], needs: [.training, .packing], "prune, retrain, cluster, retrain: the smallest file"),
    PlanMethod(
      "hashed-8", [step("hash", ["ratio": .number(0.125)]), step("finetune", ["epochs": .integer(5)])],
      needs: [.training, .dense], "an eighth of the weights, shared by hashing"),
  ]

  private static func step(_ method: String, _ options: [String: OptionValue] = [:]) -> Step {
    Step(method: method, options: options)
  }

  /// Whether this build can make it.
  var isKnown: Bool {
    steps.allSatisfy { step in (try? MethodCatalog.method(for: step)) != nil }
  }
}
