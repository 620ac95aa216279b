import AssayCore
import AssayHistory
import AssayJudge
import AssayTestSupport
import Foundation
import GRDB
import Testing

private func open(_ path: String, adds: Bool) throws -> HistoryStore {
  try adds ? HistoryStore.forAdding(path) : HistoryStore.forReading(path)
}

struct HistoryStoreTests {
  @Test("What was added is read back, equal to the last bit")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/deep/er/history.sqlite"
      let runs = (0..<5).map { MadeHistory.run($0, ratio: 0.1 + 0.2 * Double($0), verdict: Verdict.allCases[$0]) }
      let store = try HistoryStore.forAdding(path)
      for run in runs { #expect(try store.add(run) == .added) }
      #expect(try store.runs() == runs)
      #expect(try HistoryStore.forReading(path).runs() == runs)
      #expect(try store.runs(last: 2) == Array(runs.suffix(2)))
      #expect(try store.runs(last: 0).isEmpty)
      #expect(try store.runs(suite: "none").isEmpty)
      let sizes = try store.runs(suite: "digits", metrics: ["size.file"])
      #expect(
        sizes.count == 5 && sizes.allSatisfy { $0.trials.allSatisfy { $0.figures.map(\.metric.name) == ["size.file"] } }
      )
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/deep/er") == ["history.sqlite"])
    }
  }

  @Test("The same run twice is once")
  func twice() throws {
    try withTemporaryFolder { folder in
      let store = try HistoryStore.forAdding("\(folder)/h.sqlite")
      #expect(try store.add(MadeHistory.run(1)) == .added)
      // What is there stays, whatever a second one claims.
      #expect(try store.add(MadeHistory.run(1, ratio: 5, commit: "other")) == .wasThere)
      #expect(try store.runs() == [MadeHistory.run(1)])
      // Another plan, suite, time or machine is another run.
      #expect(try store.add(MadeHistory.run(1, plan: "other")) == .added)
      #expect(try store.add(MadeHistory.run(1, suite: "other")) == .added)
      #expect(try store.add(MadeHistory.run(1, environment: MadeHistory.environment(cpu: "other"))) == .added)
      #expect(try store.add(MadeHistory.run(2)) == .added)
      #expect(try store.runs().count == 5)
    }
  }

  @Test("The machine's flags are a set: their order tells no runs apart", arguments: 0..<10 as Range<UInt64>)
  func flags(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      let store = try HistoryStore.forAdding("\(folder)/h.sqlite")
      var generator = SeededGenerator(seed: seed)
      for _ in 0..<4 {
        var environment = MadeHistory.environment()
        environment.cpuFeatures = CPUFeatures(flags: (0..<30).map { "flag\($0)" }.shuffled(using: &generator))
        try store.add(MadeHistory.run(1, environment: environment))
      }
      #expect(try store.runs().count == 1, "seed \(seed)")
    }
  }

  @Test("A trial that failed and was measured again counts as measured, its failure stays in the file")
  func measuredAgain() throws {
    try withTemporaryFolder { folder in
      let store = try HistoryStore.forAdding("\(folder)/h.sqlite")
      let whole = MadeHistory.run(1)
      var partial = whole
      partial.trials[1].outcome = .failed
      partial.trials[1].figures = []
      #expect(try store.add(partial) == .added)
      #expect(try store.runs() == [partial])
      #expect(try store.add(whole) == .completed(trials: 1))
      #expect(try store.runs() == [whole])
      #expect(try store.add(partial) == .wasThere)
      #expect(try store.runs() == [whole])
      let count = try MadeHistory.connection(store.path).read {
        try Int.fetchOne($0, sql: "SELECT count(*) FROM trial")
      }
      #expect(count == 3)
    }
  }

  @Test(
    "The file itself refuses to change or forget what is in it",
    arguments: [
      "UPDATE run SET gitCommit = 'x'", "UPDATE trial SET outcome = 'failed'", "UPDATE figure SET value = 0",
      "DELETE FROM run", "DELETE FROM trial", "DELETE FROM figure WHERE metric = 'latency.p50'",
      "INSERT OR REPLACE INTO run SELECT * FROM run", "INSERT OR REPLACE INTO trial SELECT * FROM trial",
      "INSERT OR REPLACE INTO figure SELECT * FROM figure",
      "REPLACE INTO run (planHash, startedAt, suite, programVersion, environment) "
        + "SELECT planHash, startedAt, suite, 'x', environment FROM run",
      "INSERT OR IGNORE INTO figure SELECT * FROM figure",
    ])
  func appendOnly(sql: String) throws {
    try withTemporaryFolder { folder in
      let store = try HistoryStore.forAdding("\(folder)/h.sqlite")
      try store.add(MadeHistory.run(1))
      let connection = try MadeHistory.connection(store.path)
      let error = #expect(throws: DatabaseError.self) {
        try connection.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF; \(sql)") }
      }
      #expect(error?.message == "the history is append-only")
      #expect(try store.runs() == [MadeHistory.run(1)])
    }
  }

  @Test(
    "A file that is no history is refused and left alone", arguments: ["text", "noise", "cut", "folder", "flipped"])
  func damaged(kind: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/h.sqlite"
      if kind == "folder" {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      } else {
        let store = try HistoryStore.forAdding("\(folder)/good.sqlite")
        for day in 0..<40 { try store.add(MadeHistory.run(day)) }
        var bytes = try #require(MadeHistory.bytes(store.path))
        var generator = SeededGenerator(seed: 5)
        switch kind {
        case "text": bytes = Data("not a database\n".utf8)
        case "noise": bytes = Data((0..<9_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
        case "cut": bytes = bytes.prefix(bytes.count / 3)
        default: for place in stride(from: 8_192, to: bytes.count, by: 7) { bytes[place] ^= 0x5A }
        }
        try bytes.write(to: URL(fileURLWithPath: path))
      }
      let before = MadeHistory.bytes(path)
      for adds in [false, true] {
        let error = #expect(throws: HistoryError.self, "\(kind)") {
          let store = try open(path, adds: adds)
          _ = try store.runs()
          try store.add(MadeHistory.run(99))
        }
        #expect(
          error?.code == (kind == "folder" ? .cannotCreate : .unreadable), "\(kind): \(String(describing: error))")
        #expect(error?.place?.file == path && error?.remedy?.isEmpty == false)
      }
      #expect(MadeHistory.bytes(path) == before, "\(kind) was changed")
    }
  }

  @Test("Random damage is told or harmless, never a crash", arguments: 0..<30 as Range<UInt64>)
  func changedBytes(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/h.sqlite"
      do {
        let store = try HistoryStore.forAdding(path)
        for day in 0..<3 { try store.add(MadeHistory.run(day)) }
      }
      var bytes = try #require(MadeHistory.bytes(path))
      var generator = SeededGenerator(seed: seed)
      for _ in 0..<6 { bytes[generator.integer(in: 0...bytes.count - 1)] = UInt8(truncatingIfNeeded: generator.next()) }
      try bytes.write(to: URL(fileURLWithPath: path))
      do throws(HistoryError) {
        let report = TrendReport(try HistoryStore.forReading(path).runs())
        #expect(report.runs.count <= 3, "seed \(seed)")
      } catch {
        #expect(error.exitStatus != .internalFault, "seed \(seed)")
      }
    }
  }

  @Test("A history of a later version is refused and left alone")
  func newer() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/h.sqlite"
      try HistoryStore.forAdding(path).add(MadeHistory.run(1))
      try MadeHistory.connection(path).write { db in
        try db.execute(sql: "ALTER TABLE run ADD COLUMN later TEXT; INSERT INTO grdb_migrations VALUES ('2: later')")
      }
      let before = MadeHistory.bytes(path)
      for adds in [false, true] {
        let error = #expect(throws: HistoryError.self) { _ = try open(path, adds: adds) }
        #expect(error?.code == .newerSchema && error?.exitStatus == .badInput)
      }
      #expect(MadeHistory.bytes(path) == before)
    }
  }

  @Test("A database of another program is refused and left alone")
  func foreign() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/h.sqlite"
      try MadeHistory.connection(path).write { try $0.execute(sql: "CREATE TABLE run (id INTEGER PRIMARY KEY)") }
      let before = MadeHistory.bytes(path)
      for adds in [false, true] {
        #expect(throws: HistoryError.self) { _ = try open(path, adds: adds) }
      }
      #expect(MadeHistory.bytes(path) == before)
    }
  }

  @Test("An empty file is an empty history, no file is told, a name that is none is refused")
  func nothing() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/h.sqlite"
      #expect(throws: HistoryError.self) { _ = try HistoryStore.forReading(path) }
      try Data().write(to: URL(fileURLWithPath: path))
      #expect(try HistoryStore.forReading(path).runs().isEmpty)
      for name in ["", ":memory:", "file:x", "a\u{0}b"] {
        let error = #expect(throws: HistoryError.self) { _ = try HistoryStore.forAdding(name) }
        #expect(error?.code == .cannotCreate)
      }
      try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
      let error = #expect(throws: HistoryError.self) { _ = try HistoryStore.forAdding("\(folder)/file/h.sqlite") }
      #expect(error?.code == .cannotCreate && error?.exitStatus == .cannotCreate)
    }
  }

  @Test("Strange names come back as they were")
  func names() throws {
    try withTemporaryFolder { folder in
      let strange = "x'); DROP TABLE run; --\"\n\u{202E}漢\u{1F980}%s"
      let run = MadeHistory.run(
        1, suite: strange, plan: strange, commit: strange, environment: MadeHistory.environment(host: strange),
        variant: strange)
      let store = try HistoryStore.forAdding("\(folder)/it's a \"history\"; --.sqlite")
      try store.add(run)
      #expect(try store.runs(suite: strange) == [run])
      #expect(try store.add(run) == .wasThere)
    }
  }

  @Test("Two connections that begin and write one history at once both succeed")
  func concurrent() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/assay-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/h.sqlite"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          for day in 0..<6 {
            // Half of the runs are added by all of them.
            let plan = day.isMultiple(of: 2) ? "common" : "plan \(writer)"
            try HistoryStore.forAdding(path).add(MadeHistory.run(day, plan: plan))
          }
        }
      }
      try await group.waitForAll()
    }
    let runs = try HistoryStore.forReading(path).runs()
    #expect(runs.count == 3 + 3 * 4)
    #expect(runs.allSatisfy { $0.trials.count == 2 && $0.trials[0].figures.count == 3 })
  }

  @Test("A history does not depend on the order in which runs were added", arguments: 0..<12 as Range<UInt64>)
  func shuffled(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(seed: seed)
      var runs = (0..<8).map { day in
        MadeHistory.run(
          // Some of the same moment.
          day / 2, ratio: 0.5 + generator.unit(), suite: day % 3 == 0 ? "a" : "b", plan: "plan \(day)",
          environment: MadeHistory.environment(cpu: day % 4 == 0 ? "one" : "two"))
      }
      var failed = runs[3]
      failed.trials[1].outcome = .failed
      failed.trials[1].figures = []
      runs.append(failed)
      let straight = try HistoryStore.forAdding("\(folder)/a.sqlite")
      for run in runs { try straight.add(run) }
      let other = try HistoryStore.forAdding("\(folder)/b.sqlite")
      for run in runs.shuffled(using: &generator) + [runs[generator.integer(in: 0...8)]] { try other.add(run) }
      #expect(try straight.runs() == other.runs(), "seed \(seed)")
      #expect(
        TrendReport(try straight.runs()) == TrendReport(try other.runs().shuffled(using: &generator)), "seed \(seed)")
    }
  }

  @Test("A run that has not ended is refused")
  func unfinished() throws {
    try withTemporaryFolder { folder in
      let record = RunRecord(
        programVersion: "0.1.0", suite: "s", suitePath: "s.yaml", planHash: "p", startedAt: MadeHistory.time(1),
        command: [], environment: MadeHistory.environment(), settings: MeasureSettings())
      let store = try HistoryStore.forAdding("\(folder)/h.sqlite")
      let error = #expect(throws: HistoryError.self) { try store.add(record, commit: nil) }
      #expect(error?.code == .unfinishedRun)
      #expect(try store.runs().isEmpty)
    }
  }

  @Test("The environment names the file, or turns the history off")
  func environment() {
    #expect(HistoryStore.path(in: [:]) == ".assay/history.sqlite")
    #expect(HistoryStore.path(in: ["ASSAY_HISTORY": ""]) == ".assay/history.sqlite")
    #expect(HistoryStore.path(in: ["ASSAY_HISTORY": "x"]) == "x")
    #expect(HistoryStore.path(in: ["ASSAY_HISTORY": "off"]) == nil)
  }
}
