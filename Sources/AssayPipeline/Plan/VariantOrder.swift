import AssayCore

/// The order in which the variants of one baseline are built: each after those it learns from.
struct VariantOrder {
  /// Every variant, teachers before their students, otherwise as in the suite.
  let variants: [Plan.PlannedVariant]
  private let teachers: [String: [String]]

  /// - Throws: `suiteInvalid` for variants that wait for each other, naming them all.
  init(_ planned: [Plan.PlannedVariant]) throws(PipelineError) {
    let names = Set(planned.map(\.name))
    var teachers: [String: [String]] = [:]
    for variant in planned {
      teachers[variant.name] = variant.steps.flatMap(\.modelNames).filter { names.contains($0) }
    }
    self.teachers = teachers
    var ordered: [Plan.PlannedVariant] = []
    var done: Set<String> = []
    let byName = Dictionary(planned.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    /// - Parameter path: Those that wait, the first of all first.
    func visit(_ variant: Plan.PlannedVariant, _ path: [String]) throws(PipelineError) {
      if done.contains(variant.name) { return }
      if let start = path.firstIndex(of: variant.name) {
        let circle = (path[start...] + [variant.name]).map { quoted($0) }
        throw PipelineError(
          .suiteInvalid,
          circle.count == 2
            ? "\(circle[0]) shall learn from itself"
            : "variants learn from each other in a circle: \(circle.joined(separator: " from "))",
          at: variant.steps.first { !$0.modelNames.isEmpty }?.place ?? variant.place,
          remedy: "name another teacher")
      }
      for name in teachers[variant.name] ?? [] {
        if let teacher = byName[name] { try visit(teacher, path + [variant.name]) }
      }
      done.insert(variant.name)
      ordered.append(variant)
    }
    for variant in planned { try visit(variant, []) }
    variants = ordered
  }

  /// Those named and everything they learn from, in order.
  func needed(by names: Set<String>) -> [Plan.PlannedVariant] {
    var needed = names
    for variant in variants.reversed() where needed.contains(variant.name) {
      needed.formUnion(teachers[variant.name] ?? [])
    }
    return variants.filter { needed.contains($0.name) }
  }
}

extension Plan.PlannedVariant {
  /// What is done to the model it starts from.
  var steps: [Step] {
    switch origin {
    case .model: []
    case .steps(let steps), .trained(_, let steps): steps
    }
  }

  /// Whether anything of it is trained.
  var learns: Bool {
    if case .trained = origin { return true }
    return steps.contains { (try? $0.learns()) == true }
  }
}

extension Step {
  /// Options whose values name other models: variants of the suite, or files.
  static let modelOptions = ["teacher", "student", "rewind"]

  /// Names and paths of other models that the step needs.
  var modelNames: [String] {
    Self.modelOptions.flatMap { option -> [String] in
      switch options[option] {
      case .text(let name)?: [name]
      case .list(let values)?: values.compactMap { if case .text(let name) = $0 { name } else { nil } }
      default: []
      }
    }
  }
}

extension Plan {
  /// The same plan for the named variants only; what they learn from is still built.
  func limited(to names: Set<String>) -> Plan {
    var (part, needed) = (self, names)
    for variant in buildOrder.reversed() where needed.contains(variant.name) {
      needed.formUnion(variant.steps.flatMap(\.modelNames))
    }
    part.variants.removeAll { !names.contains($0.name) }
    part.buildOrder.removeAll { !needed.contains($0.name) }
    return part
  }
}
