import AssayCore

/// The suite file of a proposal: YAML with a comment for every choice; every line ends with LF.
///
/// The suite reader takes it as it is (a test reads what is planned for every model).
public func suiteText(_ proposal: SuiteProposal, _ request: PlanRequest) -> String {
  SuiteWriter(proposal: proposal, request: request).text()
}

private struct SuiteWriter {
  let proposal: SuiteProposal
  let request: PlanRequest

  private static let calibrationRows = 300

  func text() -> String {
    var lines = [
      "# Planned by 'assay plan'; every line may be changed. 'assay run' measures it and says which variant to take."
    ]
    lines += proposal.findings.map { "# \($0)" }
    lines += ["suite: \(Yaml.scalar(request.name))", "", "baseline: { model: \(Yaml.scalar(request.modelPath)) }", ""]
    lines += data()
    lines += variants()
    lines += engines()
    lines += goal()
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Data

  private func data() -> [String] {
    guard let data = request.data else { return [] }
    var lines = data.remarks.map { "# \($0)" } + ["data:", "  test: \(mapping(data))"]
    if let train = request.train {
      lines.append("  train: \(mapping(train))")
    } else {
      lines.append(
        "  # The same rows as the test set. Methods only find ranges with them; give training rows with --train.")
      lines.append("  train: \(mapping(data))")
    }
    let count = min(Self.calibrationRows, (request.train ?? data).rows)
    lines.append("  calibration: { from: train, count: \(count), seed: 1 }")
    return lines + [""]
  }

  private func mapping(_ data: PlanData) -> String {
    "{ " + data.keys.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + " }"
  }

  // MARK: Variants

  private func variants() -> [String] {
    var lines = ["# The most promising first; each is applied to the baseline, which is always measured."]
    if proposal.variants.isEmpty {
      return ["# Nothing here is worth trying for this model: only the baseline is measured.", ""]
    }
    lines.append("variants:")
    for variant in proposal.variants {
      lines.append("  # \(variant.reason)")
      lines.append("  \(variant.name): [ \(variant.steps.map(Yaml.step).joined(separator: ", ")) ]")
    }
    if !proposal.leftOut.isEmpty {
      lines.append("  # Left out for want of time; take the # away to try them:")
      for variant in proposal.leftOut {
        lines.append(
          "  # \(variant.name): [ \(variant.steps.map(Yaml.step).joined(separator: ", ")) ]   # \(variant.reason)")
      }
    }
    return lines + [""]
  }

  // MARK: Measuring

  private func engines() -> [String] {
    let engine = request.engines.first ?? "reference"
    var lines: [String] = []
    if request.engines.isEmpty || engine == "reference" {
      lines.append(
        "# No engine library was found ('assay doctor'): the reference engine is exact, but its times mean nothing.")
    } else {
      // The reference engine is an oracle, not something to be measured.
      let others = request.engines.dropFirst().filter { $0 != "reference" }
      if !others.isEmpty { lines.append("# Also here: \(others.joined(separator: ", ")).") }
    }
    lines.append("engines: [ \(engine) ]")
    var measure = ["threads: 1", "batch: \(request.model.fixedBatch ?? 1)"]
    if proposal.launches != 10 { measure.append("launches: \(proposal.launches)") }
    lines.append("")
    lines.append("# About \(minutes(proposal.estimate_s)) of measuring.")
    if request.cpus > 1, request.goal == .speed || request.goal == .balanced {
      lines.append("# threads: [1, \(request.cpus)] also measures what a second thread brings.")
    }
    return lines + ["measure: { \(measure.joined(separator: ", ")) }", ""]
  }

  private func minutes(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 360_000 else { return "many hours" }
    return seconds < 90 ? "\(max(1, Int(seconds.rounded()))) s" : "\(Int((seconds / 60).rounded())) min"
  }

  // MARK: Goal

  private func goal() -> [String] {
    var parts = ["priority: \(request.goal.rawValue)"]
    if !request.constraints.isEmpty {
      parts.append("subject-to: [ \(request.constraints.map(Yaml.scalar).joined(separator: ", ")) ]")
    }
    return ["# What the best variant is chosen by.", "goal: { \(parts.joined(separator: ", ")) }"]
  }
}

/// YAML for the few things that a planned suite holds.
enum Yaml {
  /// The text as a scalar, in double quotes where a bare one would be read as something else.
  static func scalar(_ text: String) -> String {
    let special = text.unicodeScalars.contains { scalar in
      scalar.value < 0x20 || "{}[],:#&*!|>'\"%@`\\".unicodeScalars.contains(scalar)
    }
    let isPlain =
      !text.isEmpty && !special && text.first != " " && text.last != " " && !text.hasPrefix("-") && !text.hasPrefix("?")
      && !["~", "null", "true", "false", "yes", "no"].contains(text.lowercased()) && Double(text) == nil
    if isPlain { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case let other where other.value < 0x20 || other.value == 0x7f:
        let digits = String(other.value, radix: 16)
        quoted += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// `quantize: { mode: static }`, or the bare name of a method without options.
  static func step(_ step: Step) -> String {
    guard !step.options.isEmpty else { return step.method }
    let options = step.options.sorted { $0.key < $1.key }.map { "\($0.key): \(value($0.value))" }
    return "\(step.method): { \(options.joined(separator: ", ")) }"
  }

  private static func value(_ option: OptionValue) -> String {
    switch option {
    case .text(let text): scalar(text)
    case .list(let values): "[" + values.map(value).joined(separator: ", ") + "]"
    case .bool, .integer, .number: option.description
    }
  }
}
