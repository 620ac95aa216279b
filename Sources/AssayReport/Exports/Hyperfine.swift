import AssayCore
import AssayMeasure

/// hyperfine's JSON (`--export-json`) and CSV (`--export-csv`), in seconds, for its plot scripts.
///
/// A "command" is a trial, a run is a launch: `times` holds the launches' median latencies, from which mean, sample standard
/// deviation, median, minimum and maximum are taken. `user` and `system` are `null` (empty in the CSV): no CPU clock is
/// read while measuring, and a zero would be a claim. `memory_usage_byte` is the worker's high-water mark. Threads and batch
/// are parameters where the run varies them, so that the parametrized plot finds its one. Trials without samples are left
/// out: hyperfine has no word for them.
func hyperfineFiles(_ input: ExportInput) -> [OutputFile] {
  let measured = input.trials.filter { !$0.launches.isEmpty }
  let parameters = variedParameters(measured)
  var csv = CSVText()
  csv.append(
    ["command", "mean", "stddev", "median", "user", "system", "min", "max"] + parameters.map { "parameter_\($0.name)" })
  var results: [JSONText] = []
  for trial in measured {
    let name = ExportName.trial(trial.trial, suite: input.record.suite)
    let times = trial.launches.map { $0.median_ns / 1e9 }
    guard let sorted = SortedValues(times) else { continue }
    let mean = times.reduce(0, +) / Double(times.count)
    let (least, largest) = (sorted.quantile(0), sorted.quantile(1))
    let deviation = standardDeviation(times, mean: mean)
    var fields: [(String, JSONText)] = [
      ("command", .string(name)), ("mean", .number(mean)), ("stddev", .optional(deviation)),
      ("median", .number(sorted.median)), ("user", .null), ("system", .null), ("min", .number(least)),
      ("max", .number(largest)), ("times", .array(times.map(JSONText.number))),
    ]
    let peaks = trial.launches.compactMap(\.peak_B)
    if peaks.count == times.count { fields.append(("memory_usage_byte", .array(peaks.map(JSONText.integer)))) }
    fields.append(("exit_codes", .array(times.map { _ in .integer(0) })))
    let values = parameters.map { ($0.name, "\($0.value(trial.trial.group))") }
    if !values.isEmpty { fields.append(("parameters", .object(values.map { ($0, .string($1)) }))) }
    results.append(.object(fields))
    csv.append(
      [name, CSVText.number(mean), CSVText.number(deviation), CSVText.number(sorted.median), "", ""]
        + [CSVText.number(least), CSVText.number(largest)] + values.map(\.1))
  }
  return [
    OutputFile(name: "hyperfine.json", text: JSONText.object([("results", .array(results))]).document),
    OutputFile(name: "hyperfine.csv", bytes: csv.bytes),
  ]
}

private struct Parameter {
  var name: String
  var value: (ComparisonGroup) -> Int
}

private func variedParameters(_ trials: [ExportTrial]) -> [Parameter] {
  let all = [Parameter(name: "threads") { $0.threads }, Parameter(name: "batch") { $0.batch }]
  return all.filter { parameter in Set(trials.map { parameter.value($0.trial.group) }).count > 1 }
}

/// √(Σ(x − x̄)² / (n − 1)); nil for a single value.
private func standardDeviation(_ values: [Double], mean: Double) -> Double? {
  guard values.count > 1 else { return nil }
  return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
}
