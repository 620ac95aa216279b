public import AssayCore
import AssayData
import AssayMeasure

extension Runner {
  /// Measures trials a second time, beside the baseline of their group, in fresh launches with a new seed.
  ///
  /// What looked worse in a run counts only when it is found again; this measures, others judge. The first measurement
  /// stays as it is. The record is saved after each group.
  ///
  /// - Parameters:
  ///   - trials: What to measure again; trials that did not end are left out.
  ///   - plan: The plan of `record`.
  /// - Throws: as `run(_:command:resuming:)`.
  public func confirm(_ trials: [Trial], of plan: Plan, _ record: inout RunRecord) throws {
    var settings = plan.suite.measure.settings
    settings.seed = Self.confirmationSeed(settings.seed)
    // The smallest p of a sign-flip test is 2⁻ᴿ, and a confirmation is judged at 0.01.
    settings.launches = max(settings.launches, launchesNeeded(tests: 1, level: 0.01))
    let rows = try prepareRows(plan, &record)
    let wanted = Set(trials).filter { trial in record.trials.contains { $0.trial == trial && $0.result.data != nil } }
    observe(.planned(variants: 0, units: units(wanted, settings)))
    for group in plan.groups {
      guard let rows = rows[group.baseline], wanted.contains(where: { $0.group == group }) else { continue }
      let conditions = conditions(of: group, record)
      var unchanged = record
      let members = members(group, plan, rows, threads: conditions.threads, &unchanged).filter {
        $0.trial.variant == Trial.baselineVariant || wanted.contains($0.trial)
      }
      let runner = GroupRunner(
        launcher: launcher(cpus: conditions.cpus), settings: settings, observe: observe, outputPath: outputPath)
      // The same requests a second as in the run, where there is a rate.
      let offered = record.groups.first { $0.group == group }?.offered
      observe(.group(group, members: members.count))
      var confirmation = ConfirmationRecord(
        group: group, launches: [], members: members.map { .init(variant: $0.trial.variant, launches: []) })
      for launch in 0..<settings.launches {
        let result = try runner.run(members, launch: launch, evaluate: [], offered: offered)
        confirmation.launches.append(result.group)
        for index in members.indices {
          if let measured = result.records[members[index].trial] {
            confirmation.members[index].launches.append(measured)
          }
        }
      }
      let measured = Set(confirmation.members.map(\.variant)).subtracting([Trial.baselineVariant])
      let others = (record.confirmations ?? []).filter { earlier in
        earlier.group != group || !earlier.members.contains { measured.contains($0.variant) }
      }
      record.confirmations = others + [confirmation]
      try store.save(record)
    }
  }

  /// Another seed than that of the run, found from it.
  private static func confirmationSeed(_ seed: UInt64) -> UInt64 {
    var generator = SeededGenerator(seed: seed, stream: 0xc0_4f_12_e5)
    return generator.next()
  }

  private func units(_ trials: Set<Trial>, _ settings: MeasureSettings) -> Int {
    let groups = Set(trials.map(\.group)).count
    return (trials.count + groups) * settings.launches * (settings.rounds + 1)
  }
}
