import ArgumentParser
import AssayCore

/// Steps and their reports as text on the command line.
enum StepText {
  /// Reads `prune:sparsity=0.9,scope=layer`.
  static func step(_ text: String) throws -> Step {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return Step(method: String(parts[0]), options: parts.count > 1 ? try options(String(parts[1])) : [:])
  }

  /// Reads `key=value,key=value`; a list is written `a+b+c`, a shape `1x28x28`.
  static func options(_ text: String) throws -> [String: OptionValue] {
    var options: [String: OptionValue] = [:]
    for pair in text.split(separator: ",") {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
        throw ValidationError("'\(pair)' is not of the form key=value.")
      }
      guard options.updateValue(value(String(sides[1])), forKey: String(sides[0])) == nil else {
        throw ValidationError("'\(sides[0])' is given twice.")
      }
    }
    return options
  }

  private static func value(_ text: String) -> OptionValue {
    if text == "true" { return .bool(true) }
    if text == "false" { return .bool(false) }
    if let value = Int(text) { return .integer(value) }
    if let value = Double(text) { return .number(value) }
    for separator: Character in ["+", "x"] {
      let parts = text.split(separator: separator)
      if parts.count > 1, parts.allSatisfy({ Double($0) != nil }) { return .list(parts.map { value(String($0)) }) }
    }
    return .text(text)
  }

  /// What a step did: changes counted, skips and choices in full.
  static func describe(_ report: StepReport) -> String {
    var lines = ["\(report.step)\(report.isAutomatic ? " (automatic)" : ""): \(summary(report))"]
    for (reason, nodes) in grouped(report.skips) {
      lines.append("  left alone: \(nodes.joined(separator: ", ")): \(reason)")
    }
    for note in report.notes where note != StepReport.nothingChanged {
      lines.append(note.hasPrefix(StepReport.warning) ? "  \(note)" : "  note: \(note)")
    }
    return lines.joined(separator: "\n")
  }

  /// Nodes by the reason they share, in order of first appearance.
  private static func grouped(_ entries: [StepReport.Entry]) -> [(reason: String, nodes: [String])] {
    var groups: [(reason: String, nodes: [String])] = []
    var positions: [String: Int] = [:]
    for entry in entries {
      if let index = positions[entry.text] {
        groups[index].nodes.append(entry.node)
      } else {
        positions[entry.text] = groups.count
        groups.append((entry.text, [entry.node]))
      }
    }
    return groups
  }

  private static func summary(_ report: StepReport) -> String {
    switch report.changes.count {
    case 0: "nothing changed"
    case 1: "1 change: \(report.changes[0].node): \(report.changes[0].text)"
    default: "\(report.changes.count) changes"
    }
  }
}
