public import AssayCore

extension Runner {
  /// Measures whole groups once more, because the control kernel moved while they were measured.
  ///
  /// Only such outside evidence allows it, never a value that was measured, and only once a group. The first measurement is
  /// set aside in the record. Launch numbers go on, so orders and layouts are new. A run that is killed meanwhile goes on
  /// from there when it is resumed.
  ///
  /// - Parameter plan: The plan of `record`.
  /// - Throws: as `run(_:command:resuming:)`.
  public func measureAgain(_ groups: [ComparisonGroup], of plan: Plan, _ record: inout RunRecord) throws {
    let rows = try prepareRows(plan, &record)
    let earlier = Set((record.setAside ?? []).map(\.group))
    for group in plan.groups where groups.contains(group) && !earlier.contains(group) {
      guard let rows = rows[group.baseline] else { continue }
      observe(.note("the control kernel moved: measuring \(group.baseline) once more"))
      record.setAside(group)
      observe(.planned(variants: 0, units: units(of: group, plan, record)))
      try store.save(record)
      try measure(group, plan, rows, &record)
    }
    record.finishedAt = Self.now()
    try store.save(record)
  }

  private func units(of group: ComparisonGroup, _ plan: Plan, _ record: RunRecord) -> Int {
    let members = record.trials.count { $0.trial.group == group && $0.result.data != nil }
    return members * record.settings.launches * (record.settings.rounds + 1)
  }
}

extension RunRecord {
  /// Number of the last launch of `group` that was set aside; −1 without any.
  func lastSetAside(of group: ComparisonGroup) -> Int {
    (setAside ?? []).filter { $0.group == group }.flatMap(\.launches).map(\.launch).max() ?? -1
  }

  /// Moves the launches of a group out of what is judged; answers and failures stay, they do not depend on time.
  fileprivate mutating func setAside(_ group: ComparisonGroup) {
    guard let index = groups.firstIndex(where: { $0.group == group }) else { return }
    var first = ConfirmationRecord(group: group, launches: groups[index].launches, members: [])
    groups[index].launches = []
    for index in trials.indices where trials[index].trial.group == group {
      guard case .completed(var data) = trials[index].result else { continue }
      first.members.append(.init(variant: trials[index].trial.variant, launches: data.launches))
      data.launches = []
      trials[index].result = .completed(data)
    }
    setAside = (setAside ?? []) + [first]
  }
}
