import AssayCore

/// What a reader should know of the runs before believing a row.
enum ComparisonWarnings {
  static func of(_ record: RunRecord, called name: String) -> [String] {
    record.finishedAt == nil ? ["\(name) did not end; this is what was measured until it stopped"] : []
  }

  static func of(
    _ runs: AcrossRunsDrafts, _ differences: [String], candidate: RunRecord, base: RunRecord
  ) -> [String] {
    var words = of(base, called: "the earlier run") + of(candidate, called: "the candidate run")
    if candidate.suite != base.suite {
      words.append("the runs are of different suites, '\(base.suite)' and '\(candidate.suite)'")
    }
    if !differences.isEmpty {
      words.append(
        "different machines (\(differences.joined(separator: "; "))): times and memory are compared only as ratios to "
          + "the baseline")
    }
    if candidate.programVersion != base.programVersion {
      words.append("measured by different versions of Assay, \(base.programVersion) and \(candidate.programVersion)")
    }
    for name in Set(candidate.trials.map(\.trial.group.engine)).sorted() {
      let versions = [base, candidate].map { record in
        record.environment.engines.first { $0.name == name }?.version
      }
      if let old = versions[0], let new = versions[1], old != new {
        words.append("\(name) is \(new), and was \(old) in the earlier run; times are related by the control kernel")
      }
    }
    let (own, old) = (candidate.settings, base.settings)
    if own.hotInput != old.hotInput { words.append("one of the runs used the same input over and over (hot-input)") }
    if (own.launches, own.rounds, own.block_ns) != (old.launches, old.rounds, old.block_ns) {
      words.append(
        "measured with different settings (launches, rounds or block length); only as many launches as both have count")
    }
    let related = Set(candidate.trials.map(\.trial.group)).filter { runs.base.baseline(of: $0) != nil }
    let changed = related.filter { group in
      let files = [runs.base, runs.candidate].map { $0.baseline(of: group)?.variant?.build.built?.sha256 }
      return files[0] != files[1]
    }.map(\.baseline)
    for baseline in Set(changed).sorted() {
      words.append("the baseline '\(baseline)' is another file than before; times are related by the control kernel")
    }
    return words
  }
}
