import AssayCore
import AssayJudge

/// JUnit XML in the subset that its readers share (https://github.com/testmoapp/junitxml).
///
/// A test suite is a comparison group; its cases are each trial ("measured"), each gate and each compared metric. What
/// makes the exit code 1 is a `failure`, a trial that did not end an `error`; what is not shown either way (inconclusive,
/// unconfirmed, new, missing, a gate not proven) is `skipped` with the reason. Within one run a metric that is worse than
/// the baseline's without a gate is `skipped` too: it does not fail CI, and must not look as if it passed.
func junitXML(_ input: ExportInput) -> OutputFile {
  var suites: [JUnitSuite] = groups(of: input).map { suite($0, input) }
  if let warnings = input.comparison?.warnings, !warnings.isEmpty {
    suites.append(
      JUnitSuite(
        name: "comparison",
        cases: warnings.enumerated().map { index, warning in
          JUnitCase(className: "comparison", name: "warning \(index + 1)", outcome: .skipped(warning))
        }))
  }
  let all = suites.flatMap(\.cases)
  var text =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites\(XMLText.attributes([("name", "assay \(input.record.suite)")] + counts(all)))>\n"
  let properties =
    [
      ("assay", input.record.programVersion), ("cpu", input.record.environment.cpuModel),
      ("kernel", input.record.environment.kernel), ("system", input.record.environment.operatingSystem),
      ("seed", "\(input.record.settings.seed)"),
    ] + input.record.environment.engines.map { ("engine", "\($0.name) \($0.version)") }
  // The schema of JUnit's readers has no place for a zone.
  let timestamp =
    input.record.startedAt.hasSuffix("Z") ? String(input.record.startedAt.dropLast()) : input.record.startedAt
  for suite in suites {
    text +=
      " <testsuite"
      + XMLText.attributes(
        [("name", suite.name)] + counts(suite.cases) + [
          ("timestamp", timestamp), ("hostname", input.record.environment.host),
        ]) + ">\n  <properties>\n"
    for (name, value) in properties {
      text += "   <property\(XMLText.attributes([("name", name), ("value", value)]))/>\n"
    }
    text += "  </properties>\n" + suite.cases.map(\.xml).joined() + " </testsuite>\n"
  }
  return OutputFile(name: "junit.xml", text: text + "</testsuites>\n")
}

private struct JUnitSuite {
  var name: String
  var cases: [JUnitCase]
}

private struct JUnitCase {
  enum Outcome {
    case passed
    case failure(type: String, message: String)
    case error(message: String)
    case skipped(String)
  }
  var className: String
  var name: String
  /// Measuring time; nil for what is only computed.
  var time_s: Double?
  var outcome: Outcome

  var xml: String {
    var attributes = [("classname", className), ("name", name)]
    attributes.append(("time", QuantityText.fixed(time_s ?? 0, decimals: 3)))
    let start = "  <testcase\(XMLText.attributes(attributes))"
    switch outcome {
    case .passed: return start + "/>\n"
    case .skipped(let message):
      return start + ">\n   <skipped\(XMLText.attributes([("message", message)]))/>\n  </testcase>\n"
    case .failure(let type, let message):
      let element = "<failure\(XMLText.attributes([("type", type), ("message", message)]))>"
      return start + ">\n   \(element)\(XMLText.escaped(message))</failure>\n  </testcase>\n"
    case .error(let message):
      let element = "<error\(XMLText.attributes([("type", "trial"), ("message", message)]))>"
      return start + ">\n   \(element)\(XMLText.escaped(message))</error>\n  </testcase>\n"
    }
  }
}

private func counts(_ cases: [JUnitCase]) -> [(String, String)] {
  var (failures, errors, skipped) = (0, 0, 0)
  for one in cases {
    switch one.outcome {
    case .passed: break
    case .failure: failures += 1
    case .error: errors += 1
    case .skipped: skipped += 1
    }
  }
  let time_s = cases.reduce(0) { $0 + ($1.time_s ?? 0) }
  return [
    ("tests", "\(cases.count)"), ("failures", "\(failures)"), ("errors", "\(errors)"), ("skipped", "\(skipped)"),
    ("time", QuantityText.fixed(time_s, decimals: 3)),
  ]
}

/// Groups of the report, then those that only the comparison knows (missing in this run).
private func groups(of input: ExportInput) -> [ComparisonGroup] {
  var seen: Set<ComparisonGroup> = []
  let all =
    input.report.groups.map(\.group) + (input.comparison?.rows ?? []).map(\.trial.group)
    + (input.comparison?.gates ?? []).map(\.trial.group)
  return all.filter { seen.insert($0).inserted }
}

private func suite(_ group: ComparisonGroup, _ input: ExportInput) -> JUnitSuite {
  // GitLab knows a case by class and name alone, so the conditions belong to the name.
  let where_ = " (\(ExportName.conditions(group)))"
  func className(_ trial: Trial) -> String {
    [input.record.suite, group.baseline, trial.variant].map { $0.replacing(".", with: "_") }.joined(separator: ".")
  }
  let trials = input.trials.filter { $0.trial.group == group }
  var cases = trials.map { trial in
    let outcome: JUnitCase.Outcome =
      switch trial.row.outcome {
      case .measured: .passed
      case .failed(let reason): .error(message: reason)
      case .skipped(let reason): .skipped(reason)
      }
    return JUnitCase(
      className: className(trial.trial), name: "measured\(where_)",
      time_s: trial.launches.reduce(0) { $0 + $1.elapsed_s }, outcome: outcome)
  }
  for gate in input.comparison?.gates ?? [] where gate.trial.group == group {
    let outcome: JUnitCase.Outcome =
      switch gate.result {
      case .failed: .failure(type: "gate", message: gate.reason)
      case .notProven, .notJudged: .skipped("\(gate.result.words): \(gate.reason)")
      case .passed: .passed
      }
    cases.append(
      JUnitCase(className: className(gate.trial), name: "gate \(gate.gate.text)\(where_)", outcome: outcome))
  }
  let failed = Set(trials.filter { $0.failure != nil }.map(\.trial))
  for row in input.comparison?.rows ?? [] where row.trial.group == group {
    // The trial's own case says it once.
    if row.verdict == .failed, failed.contains(row.trial) { continue }
    cases.append(
      JUnitCase(
        className: className(row.trial), name: row.metric.name + where_, outcome: outcome(row, input)))
  }
  return JUnitSuite(name: "\(group.baseline)\(where_)", cases: cases)
}

private func outcome(_ row: ComparisonRow, _ input: ExportInput) -> JUnitCase.Outcome {
  let message = input.changeWords(row)
  switch row.verdict {
  case .same, .improved: return .passed
  case .failed: return .error(message: message)
  case .regressed:
    return input.comparison?.scope == .acrossRuns
      ? .failure(type: "regression", message: message) : .skipped("regressed, not gated: \(message)")
  case .missing, .unconfirmed, .incomparable, .inconclusive, .new:
    return .skipped("\(row.verdict.rawValue): \(message)")
  }
}
