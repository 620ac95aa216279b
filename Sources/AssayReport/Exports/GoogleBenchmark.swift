import AssayCore
import AssayJudge
import AssayMeasure

/// Google Benchmark's JSON, `json_schema_version` 1 (its `docs/user_guide.md`, "Output Formats").
///
/// One `iteration` entry a launch, all of a trial under one name: `real_time` is the launch's median latency in
/// nanoseconds, `iterations` its inferences. compare.py runs its U test over them. Aggregates are left out, because readers
/// take them for further series. `cpu_time` is demanded by the readers and repeats `real_time`: no CPU clock is read in the
/// timed loop. Counters are further keys: throughput as `items_per_second`, exact and accuracy metrics by their names in
/// their stored units. A failed trial is one entry with `error_occurred`; a skipped one has none.
func googleBenchmarkJSON(_ input: ExportInput) -> OutputFile {
  var benchmarks: [JSONText] = []
  for (family, trial) in input.trials.enumerated() {
    let name = ExportName.trial(trial.trial, suite: input.record.suite)
    func entry(_ index: Int, of count: Int, _ rest: [(String, JSONText)]) -> JSONText {
      .object(
        [
          ("name", .string(name)), ("family_index", .integer(family)), ("per_family_instance_index", .integer(0)),
          ("run_name", .string(name)), ("run_type", .string("iteration")), ("repetitions", .integer(count)),
          ("repetition_index", .integer(index)), ("threads", .integer(trial.trial.group.threads)),
        ] + rest)
    }
    if let failure = trial.failure {
      benchmarks.append(
        entry(
          0, of: 1,
          [("error_occurred", .boolean(true)), ("error_message", .string(failure))] + times(0, iterations: 0)))
      continue
    }
    let counters = constantFigures(trial.row).map { ($0.metric.name, JSONText.optional($0.value)) }
    for (index, launch) in trial.launches.enumerated() {
      var rest = times(launch.median_ns, iterations: launch.inferences)
      if let rate = launch.rowsPerSecond { rest.append(("items_per_second", .number(rate))) }
      if let peak = launch.peakAboveStart_B { rest.append((MetricCatalog.peakMemory.name, .integer(peak))) }
      benchmarks.append(entry(index, of: trial.launches.count, rest + counters))
    }
  }
  let document = JSONText.object([("context", context(input.record)), ("benchmarks", .array(benchmarks))])
  return OutputFile(name: "google-benchmark.json", text: document.document)
}

/// Figures that are the same in every launch: counts of the file, answers on a fixed set of rows.
func constantFigures(_ row: ReportRow) -> [Figure] {
  row.figures.filter { figure in
    (figure.metric.kind == .exact || figure.metric.kind == .quality) && figure.value?.isFinite == true
  }
}

private func times(_ latency_ns: Double, iterations: Int) -> [(String, JSONText)] {
  [
    ("iterations", .integer(iterations)), ("real_time", .number(latency_ns)), ("cpu_time", .number(latency_ns)),
    ("time_unit", .string("ns")),
  ]
}

private func context(_ record: RunRecord) -> JSONText {
  let environment = record.environment
  let conditions = record.groups.flatMap(\.launches).flatMap(\.conditions)
  // Google Benchmark itself writes 0 where it cannot tell the frequency.
  let frequency_MHz = median(conditions.compactMap(\.frequency_MHz)) ?? 0
  let date = record.startedAt.hasSuffix("Z") ? record.startedAt.dropLast() + "+00:00" : record.startedAt[...]
  return .object([
    ("date", .string(String(date))), ("host_name", .string(environment.host)), ("executable", .string("assay")),
    ("num_cpus", .integer(environment.allowedCPUs.count)), ("mhz_per_cpu", .number(frequency_MHz.rounded())),
    ("cpu_scaling_enabled", .boolean(environment.governor.map { $0 != "performance" } ?? false)),
    ("caches", .array([])), ("load_avg", .array(conditions.compactMap(\.load1).prefix(1).map(JSONText.number))),
    ("library_version", .string("assay \(record.programVersion)")), ("library_build_type", .string("release")),
    ("json_schema_version", .integer(1)), ("cpu_model", .string(environment.cpuModel)),
  ])
}
