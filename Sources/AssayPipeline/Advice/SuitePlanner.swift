public import AssayCore
import AssayMethods
import Glibc

/// What a suite shall be planned for.
public struct PlanRequest: Sendable {
  public var model: ModelFacts
  /// Path of the model as the suite shall write it, relative to the suite.
  public var modelPath: String
  /// Name of the suite.
  public var name: String
  /// The test rows; nil when there are none of the user's own.
  public var data: PlanData?
  /// Training rows beside the test rows.
  public var train: PlanData?
  public var goal: Priority
  /// Constraints as written, for the suite.
  public var constraints: [String]
  /// Seconds that measuring may take; nil for no limit.
  public var budget_s: Double?
  public var cpu: CPUFeatures
  /// Names of the engines that were found, the best first.
  public var engines: [String]
  /// CPUs this process may use.
  public var cpus: Int
  /// Why methods that learn have nothing that trains, with the remedy; nil where they have.
  public var trainerProblem: String?
  /// Whether packed sizes are measured; without, zeros and clusters are worth nothing.
  public var measuresPackedSize: Bool

  public init(
    model: ModelFacts, modelPath: String, name: String, data: PlanData? = nil, train: PlanData? = nil,
    goal: Priority = .balanced, constraints: [String] = [], budget_s: Double? = nil, cpu: CPUFeatures,
    engines: [String], cpus: Int = 1, trainerProblem: String? = nil, measuresPackedSize: Bool = false
  ) {
    self.model = model
    self.modelPath = modelPath
    self.name = name
    self.data = data
    self.train = train
    self.goal = goal
    self.constraints = constraints
    self.budget_s = budget_s
    self.cpu = cpu
    self.engines = engines
    self.cpus = cpus
    self.trainerProblem = trainerProblem
    self.measuresPackedSize = measuresPackedSize
  }
}

/// Rows of data, as a suite writes them and as far as a planner looks at them.
public struct PlanData: Sendable, Hashable {
  /// The mapping of the suite, in the order written: `csv: my.csv`, `scale: 1/255`.
  public var keys: [Key]
  public var rows: Int
  /// Whether the rows have classes or values to judge answers by.
  public var hasTargets: Bool
  /// What a reader of the suite should know of them.
  public var remarks: [String]

  public struct Key: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(keys: [Key], rows: Int, hasTargets: Bool = true, remarks: [String] = []) {
    self.keys = keys
    self.rows = rows
    self.hasTargets = hasTargets
    self.remarks = remarks
  }
}

/// A suite worth running: variants in the order of promise, each with the reason.
public struct SuiteProposal: Sendable, Hashable {
  public struct Variant: Sendable, Hashable {
    public var name: String
    public var steps: [Step]
    /// Why it is there, with the rule.
    public var reason: String
    /// The rule in `AdviceRules` that speaks for it; nil where it is only there for comparison.
    public var rule: String?
  }

  public var variants: [Variant]
  /// Variants that the budget leaves no time for, the most promising first.
  public var leftOut: [Variant]
  /// What the planner saw, in sentences.
  public var findings: [String]
  /// Launches of each group.
  public var launches: Int
  /// What measuring will probably take, in seconds.
  public var estimate_s: Double
}

/// Plans which variants of a model are worth measuring: a pure function of what is known.
///
/// Of the planner's table (`PlanMethod.all`) those whose needs are met and whose methods this build has, ordered by what the rules
/// (`AdviceRules`) say of them for these facts; as many as the budget leaves time for, three at least.
public func planSuite(_ request: PlanRequest) -> SuiteProposal {
  SuitePlanner(request: request).proposal()
}

struct SuitePlanner {
  let request: PlanRequest

  private static let rounds = 30.0
  private static let block_s = 0.005
  private static let fewest = 3

  /// Everything the rules may ask for.
  var facts: Set<AdviceFact> {
    var facts = request.model.facts.union(request.goal.facts)
    facts.insert(request.cpu.hasInt8DotProduct ? .int8Instructions : .noInt8Instructions)
    facts.insert(request.data == nil ? .noCalibration : .hasCalibration)
    if canTrain { facts.insert(.canTrain) }
    return facts
  }

  /// Whether there are rows to learn from and a method that learns.
  private var canTrain: Bool {
    let learning = ["finetune", "distill", "train"]
    return request.trainerProblem == nil && request.train?.hasTargets == true
      && MethodCatalog.methods.contains { learning.contains($0.description.name) }
  }

  func proposal() -> SuiteProposal {
    let facts = self.facts
    let ranked = PlanMethod.all.enumerated().filter { isPossible($0.element) && $0.element.isKnown }.map {
      (offset: $0.offset, method: $0.element, promise: AdviceRules.promise(of: families($0.element), facts))
    }.sorted { ($1.promise, $0.offset) < ($0.promise, $1.offset) }
    let variants = ranked.map { entry in
      let rule = rule(for: families(entry.method), facts)
      return SuiteProposal.Variant(
        name: entry.method.name, steps: entry.method.steps,
        reason: entry.method.reason + (rule.map { " (\($0))" } ?? ""), rule: rule)
    }
    let launches = self.launches
    let each_s = secondsPerVariant(launches)
    var count = variants.count
    if let budget_s = request.budget_s {
      // The baseline takes part too.
      count = min(count, max(Self.fewest, Int(min(1000, budget_s / each_s)) - 1))
    }
    return SuiteProposal(
      variants: Array(variants.prefix(count)), leftOut: Array(variants.dropFirst(count)), findings: findings(facts),
      launches: launches, estimate_s: Double(count + 1) * each_s)
  }

  private func families(_ method: PlanMethod) -> Set<MethodFamily> { MethodFamily.families(of: method.steps) }

  /// The first rule that advises one of the families.
  private func rule(for families: Set<MethodFamily>, _ facts: Set<AdviceFact>) -> String? {
    let rules = AdviceRules.applying(to: facts)
    return
      (rules.first { !$0.first.families.isDisjoint(with: families) }
      ?? rules.first { !$0.second.families.isDisjoint(with: families) })?.id
  }

  private func isPossible(_ method: PlanMethod) -> Bool {
    let model = request.model
    return method.needs.allSatisfy { need in
      switch need {
      case .calibration: request.data != nil
      case .training: canTrain
      case .convolutions: model.has(.convolution) || model.has(.depthwise)
      case .dense: model.has(.dense)
      case .depthwise: model.has(.depthwise)
      case .isHard: model.has(.depthwise) || model.hasSmoothActivations
      case .packing: request.measuresPackedSize
      case .notSimple: !model.isSimple
      }
    }
  }

  // MARK: Time

  /// Fewer launches where time is short.
  private var launches: Int {
    guard let budget_s = request.budget_s else { return 10 }
    return budget_s / secondsPerVariant(10) >= Double(Self.fewest + 1) ? 10 : 5
  }

  /// What one member of a group takes: blocks, starts and loads of its processes, all test rows once.
  ///
  /// Reckoned with 5·10⁹ multiply-accumulates a second, which is little for a CPU of today.
  private func secondsPerVariant(_ launches: Int) -> Double {
    let inference_s = max(2e-5, Double(request.model.macs ?? 50_000_000) / 5e9)
    let block_s = max(Self.block_s, inference_s)
    let start_s = 0.3 + 20 * inference_s
    let rows = Double(request.data?.rows ?? 256)
    return Double(launches) * (Self.rounds * block_s + start_s) + rows * inference_s + 1
  }

  // MARK: Findings

  private func findings(_ facts: Set<AdviceFact>) -> [String] {
    let model = request.model
    var lines: [String] = []
    var parts: [String] = []
    for (kind, name) in [
      (ModelFacts.Layer.Kind.convolution, "convolution"), (.depthwise, "depthwise convolution"),
      (.dense, "dense layer"), (.recurrent, "recurrent layer"),
    ] {
      let count = model.layers.count { $0.kind == kind }
      guard count > 0 else { continue }
      let share = model.share(kind).map { ", \(Self.percent($0)) of the work" } ?? ""
      parts.append("\(count) \(name)\(count == 1 ? "" : "s")\(share)")
    }
    let size =
      [
        model.parameters.map { "\($0.grouped) parameters" },
        model.macs.map { "\($0.grouped) multiply-accumulates" },
      ].compactMap(\.self).joined(separator: ", ")
    lines.append("Model: \((parts + [size]).filter { !$0.isEmpty }.joined(separator: "; ")).")
    if !model.activations.isEmpty {
      lines.append("Activations: \(model.activations.map { "\($0.name) (\($0.count))" }.joined(separator: ", ")).")
    }
    if model.isSimple {
      lines.append("A simple model: an inference is mostly the engine's own time, so expect little (simple-model).")
    }
    lines.append(
      request.cpu.hasInt8DotProduct
        ? "Processor: int8 dot products, so integers usually pay."
        : "Processor: no int8 dot products, so integers make the file smaller rather than faster.")
    if !request.engines.contains(where: { $0 != "reference" }) {
      lines.append("No engine library was found ('assay doctor'): times of the reference engine mean nothing.")
    }
    if request.data == nil {
      lines.append("No data: rows drawn at random stand in; times and sizes are right, answers cannot be judged.")
    } else if !canTrain {
      let reason =
        request.train == nil
        ? "No training rows (--train)" : request.trainerProblem ?? "The training rows have no labels"
      lines.append("\(reason): nothing is trained.")
    }
    return lines
  }

  private static func percent(_ share: Double) -> String {
    let percent = (share * 100).rounded()
    return percent == 100 && share < 1 ? ">99 %" : percent == 0 && share > 0 ? "<1 %" : "\(Int(percent)) %"
  }
}
