public import AssayCore
import AssayJudge

/// A named run for the list of baselines.
public struct BaselineRow: Sendable {
  public var name: String
  /// The record, or why it cannot be read.
  public var record: Result<RunRecord, any Error>

  public init(name: String, record: Result<RunRecord, any Error>) {
    self.name = name
    self.record = record
  }
}

/// Baselines as a table for a terminal: suite, time, machine, variants; every line ends with LF.
public func baselineTable(_ rows: [BaselineRow], style: TerminalStyle) -> String {
  func column(_ title: String, _ cell: (RunRecord) -> String) -> TextTable.Column {
    TextTable.Column(
      title: title, isNumber: false,
      cells: rows.map { row in (try? row.record.get()).map { visibleLine(cell($0)) } ?? "–" })
  }
  let table = TextTable(
    names: TextTable.Column(title: "baseline", isNumber: false, cells: rows.map { visibleLine($0.name) }),
    columns: [
      column("suite") { shortened(visibleLine($0.suite), toWidth: 24) },
      column("date (UTC)") { TrendWords.time($0.startedAt) },
      column("machine") { shortened(visibleLine(machine($0.environment)), toWidth: 56) },
      column("variants") { record in
        var seen: Set<String> = []
        let names = record.trials.map(\.trial.variant).filter { seen.insert($0).inserted }
        return truncated(visibleLine(names.joined(separator: ", ")), toWidth: 40)
      },
    ],
    remarks: Dictionary(
      uniqueKeysWithValues: rows.enumerated().compactMap { index, row in
        if case .failure(let error) = row.record { (index, visibleLine("\(error)")) } else { nil }
      }))
  var text = TerminalText(style: style)
  for (index, lines) in table.layout(width: style.width).enumerated() {
    if index > 0 { text.blank() }
    for line in lines { text.line(line.text, as: line.role == .title ? .underlined : .plain) }
  }
  return text.text
}

/// `builder: AMD EPYC 7B13, 2 CPUs, 8.33 GB`: what the fingerprint is made of, instruction sets apart, which the model implies.
private func machine(_ environment: Environment) -> String {
  let fingerprint = MachineFingerprint(environment)
  return "\(environment.host): \(fingerprint.cpuModel), \(counted(fingerprint.cpus, "CPU"))"
    + (fingerprint.cgroupCPUs.map { " of which \(QuantityText.significant($0, digits: 2)) granted" } ?? "")
    + (fingerprint.memory_B.map { ", \(QuantityText.bytes(Double($0)))" } ?? "")
}
