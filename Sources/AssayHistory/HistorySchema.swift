import AssayCore
import GRDB

/// The tables of a history, version by version, and the triggers that make it append-only.
enum HistorySchema {
  /// Marks a database as Assay's (`PRAGMA application_id`): "Asay".
  static let applicationID = 0x4173_6179

  /// Every version of the schema; a new one is added at the end, an old one never changed.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: runs, trials, figures") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
      try db.execute(sql: tables)
      try protect(
        "run",
        key:
          "planHash = NEW.planHash AND startedAt = NEW.startedAt AND suite = NEW.suite AND environment = NEW.environment",
        in: db)
      try protect("trial", key: "run = NEW.run AND trial = NEW.trial AND outcome = NEW.outcome", in: db)
      try protect("figure", key: "trial = NEW.trial AND metric = NEW.metric", hasID: false, in: db)
    }
    return migrator
  }

  /// Environment and trial are JSON with sorted keys, so that equal ones are equal texts.
  private static let tables = """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      planHash TEXT NOT NULL,
      startedAt TEXT NOT NULL,
      suite TEXT NOT NULL,
      programVersion TEXT NOT NULL,
      gitCommit TEXT,
      environment TEXT NOT NULL,
      UNIQUE (startedAt, suite, planHash, environment)
    ) STRICT;
    CREATE TABLE trial (
      id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES run (id),
      trial TEXT NOT NULL,
      engineVersion TEXT,
      outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'failed', 'skipped')),
      UNIQUE (run, trial, outcome)
    ) STRICT;
    CREATE TABLE figure (
      trial INTEGER NOT NULL REFERENCES trial (id),
      metric TEXT NOT NULL,
      unit TEXT NOT NULL,
      direction TEXT NOT NULL,
      kind TEXT NOT NULL,
      count INTEGER NOT NULL,
      value REAL NOT NULL, low REAL, high REAL, coverage REAL,
      changeKind TEXT, change REAL, changeLow REAL, changeHigh REAL, changeCoverage REAL,
      control REAL, controlLow REAL, controlHigh REAL, controlCoverage REAL,
      verdict TEXT,
      PRIMARY KEY (trial, metric)
    ) STRICT, WITHOUT ROWID;
    """

  /// Refuses changes of what is there. `INSERT OR REPLACE` deletes without a word, so the second insertion is refused too.
  private static func protect(_ table: String, key: String, hasID: Bool = true, in db: Database) throws {
    let refusal = "SELECT RAISE(ABORT, 'the history is append-only')"
    let same = hasID ? "id = NEW.id OR (\(key))" : key
    try db.execute(
      sql: """
        CREATE TRIGGER \(table)IsNotUpdated BEFORE UPDATE ON \(table) BEGIN \(refusal); END;
        CREATE TRIGGER \(table)IsNotDeleted BEFORE DELETE ON \(table) BEGIN \(refusal); END;
        CREATE TRIGGER \(table)IsNotReplaced BEFORE INSERT ON \(table)
          WHEN EXISTS (SELECT 1 FROM \(table) WHERE \(same)) BEGIN \(refusal); END;
        """)
  }

  /// Checks that the database is empty or a history that this version understands.
  ///
  /// - Throws: `unreadable`, `notAHistory`, `newerSchema`; nothing is changed.
  static func check(_ db: Database) throws {
    // Finds damage of the pages; it reads the whole file, which grows by about 5 kB a trial.
    let finding = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? ""
    guard finding == "ok" else {
      throw HistoryError(.unreadable, "the history is damaged: \(finding)", remedy: HistoryError.keepRemedy)
    }
    // GRDB makes its own table before ours, in a transaction of its own.
    let tables = try Int.fetchOne(
      db,
      sql: "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT IN ('grdb_migrations') "
        + "AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")
    if tables ?? 0 > 0 {
      guard try Int.fetchOne(db, sql: "PRAGMA application_id") == applicationID else {
        throw HistoryError(
          .notAHistory, "this is a database of another program, not a history of Assay",
          remedy: "name another file with --store")
      }
    }
    guard try !migrator.hasBeenSuperseded(db) else {
      throw HistoryError(
        .newerSchema, "the history was written by a later version of Assay",
        remedy: "use that version, or begin a new history with --store; the file was not changed")
    }
  }
}
