import AssayCore
import AssayJudge
import AssayMeasure
import FoundationEssentials
import GRDB

/// Runs as rows of the tables of `HistorySchema`.
extension HistoryStore {
  static func insert(_ run: HistoryRun, into db: Database) throws -> Addition {
    let environment = try CanonicalJSON.encode(run.environment)
    let known = try Int64.fetchOne(
      db, sql: "SELECT id FROM run WHERE startedAt = ? AND suite = ? AND planHash = ? AND environment = ?",
      arguments: [run.startedAt, run.suite, run.planHash, environment])
    let id: Int64
    if let known {
      id = known
    } else {
      try db.execute(
        sql: "INSERT INTO run (planHash, startedAt, suite, programVersion, gitCommit, environment) "
          + "VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [run.planHash, run.startedAt, run.suite, run.programVersion, run.commit, environment])
      id = db.lastInsertedRowID
    }
    var added = 0
    for trial in run.trials where try insert(trial, of: id, into: db) { added += 1 }
    return known == nil ? .added : added > 0 ? .completed(trials: added) : .wasThere
  }

  /// Answers whether the trial was not there.
  private static func insert(_ trial: HistoryTrial, of run: Int64, into db: Database) throws -> Bool {
    let key = try CanonicalJSON.encode(trial.trial)
    // What was completed once is not measured again; a failure is kept only as long as nothing better is there.
    let isThere = try Bool.fetchOne(
      db,
      sql: "SELECT EXISTS (SELECT 1 FROM trial WHERE run = ? AND trial = ? AND outcome IN (?, 'completed'))",
      arguments: [run, key, trial.outcome.rawValue])
    guard isThere != true else { return false }
    try db.execute(
      sql: "INSERT INTO trial (run, trial, engineVersion, outcome) VALUES (?, ?, ?, ?)",
      arguments: [run, key, trial.engineVersion, trial.outcome.rawValue])
    let id = db.lastInsertedRowID
    let statement = try db.cachedStatement(
      sql: "INSERT INTO figure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    var seen: Set<String> = []
    for figure in trial.figures where figure.measured.value.isFinite && seen.insert(figure.metric.name).inserted {
      try statement.execute(arguments: arguments(figure, of: id))
    }
    return true
  }

  private static func arguments(_ figure: HistoryFigure, of trial: Int64) -> StatementArguments {
    func values(_ value: HistoryValue?) -> [(any DatabaseValueConvertible)?] {
      [value?.value, value?.interval?.low, value?.interval?.high, value?.interval?.coverage]
    }
    let metric = figure.metric
    var arguments: [(any DatabaseValueConvertible)?] = [
      trial, metric.name, metric.unit, metric.direction.rawValue, metric.kind.rawValue, figure.count,
    ]
    arguments += values(figure.measured)
    arguments += [figure.changeKind?.rawValue] + values(figure.change)
    arguments += values(figure.control)
    arguments += [figure.verdict?.rawValue]
    return StatementArguments(arguments)
  }

  static func fetch(
    from db: Database, suite: String?, metrics: [String], last limit: Int?
  ) throws -> [HistoryRun] {
    // Of a negative limit SQLite takes none.
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM run WHERE ?1 IS NULL OR suite = ?1
        ORDER BY startedAt DESC, suite DESC, planHash DESC, environment DESC LIMIT ?2
        """, arguments: [suite, limit.map { max(0, $0) } ?? -1])
    return try rows.reversed().map { row in
      HistoryRun(
        planHash: row["planHash"], startedAt: row["startedAt"], suite: row["suite"],
        programVersion: row["programVersion"], commit: row["gitCommit"],
        environment: try CanonicalJSON.decode(Environment.self, row["environment"]),
        trials: try trials(of: row["id"], metrics: metrics, from: db))
    }
  }

  private static func trials(of run: Int64, metrics: [String], from db: Database) throws -> [HistoryTrial] {
    let statement = try db.cachedStatement(sql: "SELECT * FROM trial WHERE run = ? ORDER BY id")
    var trials: [HistoryTrial] = []
    for row in try Row.fetchAll(statement, arguments: [run]) {
      guard let outcome = HistoryTrial.Outcome(rawValue: row["outcome"]) else { throw damaged("outcome of a trial") }
      let trial = HistoryTrial(
        trial: try CanonicalJSON.decode(Trial.self, row["trial"]), engineVersion: row["engineVersion"],
        outcome: outcome,
        figures: try figures(of: row["id"], metrics: metrics, from: db))
      if let index = trials.firstIndex(where: { $0.trial == trial.trial }) {
        if outcome == .completed { trials[index] = trial }
      } else {
        trials.append(trial)
      }
    }
    return trials
  }

  private static func figures(of trial: Int64, metrics: [String], from db: Database) throws -> [HistoryFigure] {
    let choice = metrics.isEmpty ? "" : " AND metric IN (\(metrics.map { _ in "?" }.joined(separator: ", ")))"
    let statement = try db.cachedStatement(sql: "SELECT * FROM figure WHERE trial = ?\(choice)")
    let figures = try Row.fetchAll(statement, arguments: StatementArguments([trial]) + StatementArguments(metrics))
      .map(figure)
    let places = Dictionary(
      MetricCatalog.all.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    return figures.sorted {
      (places[$0.metric.name] ?? .max, $0.metric.name) < (places[$1.metric.name] ?? .max, $1.metric.name)
    }
  }

  private static func figure(_ row: Row) throws -> HistoryFigure {
    guard let direction = Direction(rawValue: row["direction"]), let kind = MetricKind(rawValue: row["kind"]) else {
      throw damaged("metric")
    }
    func value(_ name: String, _ low: String, _ high: String, _ coverage: String) -> HistoryValue? {
      guard let value: Double = row[name] else { return nil }
      guard let low: Double = row[low], let high: Double = row[high], let coverage: Double = row[coverage] else {
        return HistoryValue(value)
      }
      return HistoryValue(value, ConfidenceInterval(low: low, high: high, coverage: coverage))
    }
    guard let measured = value("value", "low", "high", "coverage") else { throw damaged("value") }
    let changeKind: String? = row["changeKind"]
    let verdict: String? = row["verdict"]
    return HistoryFigure(
      metric: Metric(row["metric"], unit: row["unit"], direction, kind), measured: measured, count: row["count"],
      changeKind: changeKind.flatMap(Change.Kind.init),
      change: value("change", "changeLow", "changeHigh", "changeCoverage"),
      control: value("control", "controlLow", "controlHigh", "controlCoverage"),
      verdict: verdict.flatMap(Verdict.init))
  }

  private static func damaged(_ what: String) -> HistoryError {
    HistoryError(.unreadable, "the history has a \(what) that no version wrote", remedy: HistoryError.keepRemedy)
  }
}

/// JSON with sorted keys.
private enum CanonicalJSON {
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}
