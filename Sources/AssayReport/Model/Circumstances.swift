import AssayCore

/// The machine and the software, for "environment".
func environmentFacts(_ record: RunRecord) -> [ReportFact] {
  let environment = record.environment
  var facts = [
    ReportFact("Assay", record.programVersion),
    ReportFact("CPU", environment.cpuModel),
    ReportFact("instructions", environment.cpuFeatures.relevant.joined(separator: " ")),
    ReportFact(
      "CPUs allowed",
      "\(environment.allowedCPUs.count) (\(environment.allowedCPUs.map(String.init).joined(separator: ", ")))"
        + (environment.cgroupCPUs.map { "; the cgroup grants \(QuantityText.ratio($0)) CPUs" } ?? "")),
    ReportFact("memory", environment.memory_B.map { QuantityText.bytes(Double($0)) } ?? "not known"),
    ReportFact("governor", environment.governor ?? "the machine does not tell"),
    ReportFact("system", environment.operatingSystem),
    ReportFact("kernel", environment.kernel),
    ReportFact("host", environment.host),
  ]
  for engine in environment.engines {
    facts.append(ReportFact("engine", "\(engine.name) \(engine.version)" + (engine.library.map { " (\($0))" } ?? "")))
  }
  return facts.filter { !$0.text.isEmpty }
}

/// How time, accuracy and memory were measured.
func methodSentences(_ record: RunRecord) -> [String] {
  let settings = record.settings
  let block = QuantityText.duration(Double(settings.block_ns))
  var sentences = [
    "\(counted(settings.launches, "launch", "launches")) of fresh processes; in each, \(counted(settings.rounds, "round")) "
      + "in which all variants of a group, alive together and pinned to the same CPUs, take turns of about \(block) in "
      + "random order (seed \(settings.seed)).",
    "Speed is the median over launches of the median log ratio to the baseline's block of the same round; its interval "
      + "is an order-statistic interval over launches. A percentile is given only where samples suffice for it "
      + "(99 % confidence: 64 for p90, 662 for p99).",
    settings.hotInput
      ? "The same input was used again and again (hot input)."
      : "The input rotates through a pool of test rows.",
  ]
  sentences += scenarioSentences(record)
  let launches = record.groups.flatMap(\.launches)
  let unpinned = launches.count { !$0.pinned }
  if unpinned > 0 {
    sentences.append("\(unpinned) of \(counted(launches.count, "group launch", "group launches")) ran unpinned.")
  }
  for group in record.groups {
    sentences += group.remarks.map { "\(group.group.baseline), \(counted(group.group.threads, "thread")): \($0)." }
  }
  let conditions = launches.flatMap(\.conditions)
  let repeats = conditions.reduce(0) { $0 + $1.repeats }
  if repeats > 0 { sentences.append("\(counted(repeats, "round")) repeated on outside evidence of a disturbance.") }
  if let steal = conditions.compactMap(\.stealShare).max(), steal > 0.01 {
    sentences.append("The hypervisor took up to \(QuantityText.share(steal)) of the CPU time of a round.")
  }
  sentences += [
    "Accuracy is judged with the session settings of the latency, with Wilson's interval; its change is paired, row by "
      + "row, against the baseline.",
    "Memory is the resident size of the worker above that before the load; file sizes count 1 kB as 1,000 bytes.",
  ]
  sentences += seedSentences(record)
  for dataset in record.datasets where dataset.rows < dataset.availableRows {
    sentences.append(
      "\(dataset.name) is a subset: \(dataset.rows.grouped) of \(counted(dataset.availableRows, "row")).")
  }
  if let harness = record.harness_ns {
    sentences.append("The harness itself costs \(QuantityText.duration(harness)) an inference (null engine, median).")
  }
  if let sentence = parentSentence(record) { sentences.append(sentence) }
  return sentences
}
