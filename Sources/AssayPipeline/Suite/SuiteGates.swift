import AssayCore

/// The section `gates:`.
struct SuiteGates {
  /// Names of the suite's variants.
  let variants: [String]

  func read(_ value: SuiteValue) throws(PipelineError) -> [SuiteGate] {
    let takes = "a list of gates, like [ latency.p90 <= 5 ms, accuracy.top1 drop <= 0.5 pp ]"
    var gates: [SuiteGate] = []
    for element in try value.list(takes) {
      let gate = try gate(element)
      guard !gates.contains(where: { $0.text == gate.text && $0.variants == gate.variants }) else {
        throw PipelineError(
          .suiteInvalid, "\(value.name) has \(quoted(gate.text)) twice", at: gate.place, remedy: "remove one of the two"
        )
      }
      gates.append(gate)
    }
    return gates
  }

  /// A text, for every variant, or `{ gate: TEXT, variants: [names] }`.
  private func gate(_ value: SuiteValue) throws(PipelineError) -> SuiteGate {
    let takes = "a gate, like latency.p90 <= 5 ms, or { gate: TEXT, variants: [names] }"
    guard value.isMapping else { return SuiteGate(text: try value.text(takes), variants: [], place: value.place) }
    let keys = try value.mapping(takes)
    try keys.refuseUnknown(["gate", "variants"])
    let text = try keys.require("gate", "latency.p90 <= 5 ms")
    let names = try keys["variants"]?.oneOrMore("the name of a variant") { name throws(PipelineError) in
      let written = try name.text("the name of a variant")
      let known = variants + [Trial.baselineVariant]
      guard known.contains(written) else {
        throw PipelineError(
          .suiteInvalid, "there is no variant \(quoted(written))", at: name.place,
          remedy: nearestName(to: written, among: known).map { "did you mean '\($0)'?" }
            ?? "there are \(known.joined(separator: ", "))")
      }
      return written
    }
    return SuiteGate(text: try text.text(takes), variants: names ?? [], place: text.place)
  }
}

extension SuiteGoal {
  /// Reads the section `goal:`, `{ priority: speed, subject-to: [ latency.p90 <= 5 ms ] }`.
  init(_ value: SuiteValue) throws(PipelineError) {
    let keys = try value.mapping("a mapping, like { priority: speed, subject-to: [ accuracy.top1 drop <= 1 pp ] }")
    try keys.refuseUnknown(["priority", "subject-to"])
    let takes = "a constraint, like latency.p90 <= 5 ms"
    self.init(
      priority: try keys["priority"].map { value throws(PipelineError) in try value.choice(Priority.self) }
        ?? .balanced,
      constraints: try keys["subject-to"]?.oneOrMore(takes) { value throws(PipelineError) in try value.text(takes) }
        ?? [],
      place: value.place)
  }
}
