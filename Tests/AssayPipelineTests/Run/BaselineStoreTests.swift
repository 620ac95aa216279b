import AssayCore
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayPipeline

private func ended(_ planHash: String = "ab12") -> RunRecord {
  var record = smallRecord(planHash: planHash)
  record.finishedAt = "2026-11-21T10:01:00Z"
  return record
}

struct BaselineStoreTests {
  @Test("A saved baseline is the run itself, found by name, file and in the list")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let store = BaselineStore(folder: "\(folder)/deep/baselines")
      #expect(store.names().isEmpty && store.entries().isEmpty)
      try store.save(ended(), as: "main")
      try store.save(ended("other"), as: "größe 1.2_x-漢")
      #expect(store.names() == ["größe 1.2_x-漢", "main"])
      #expect(try store.load("main") == ended())
      #expect(try store.resolve("main") == ended())
      #expect(try store.resolve("\(store.folder)/main.json") == ended())
      #expect(try store.entries().map { try $0.record.get().planHash } == ["other", "ab12"])
      let files = try FileManager.default.contentsOfDirectory(atPath: store.folder)
      #expect(Set(files) == ["main.json", "größe 1.2_x-漢.json"], "no temporary file stays")
    }
  }

  @Test("Nothing is overwritten unless asked")
  func overwriting() throws {
    try withTemporaryFolder { folder in
      let store = BaselineStore(folder: folder)
      try store.save(ended(), as: "main")
      let error = #expect(throws: PipelineError.self) { try store.save(ended("new"), as: "main") }
      #expect(error?.code == .cannotCreate && error?.remedy?.contains("--force") == true)
      #expect(try store.load("main").planHash == "ab12")
      try store.save(ended("new"), as: "main", replaces: true)
      #expect(try store.load("main").planHash == "new")
    }
  }

  @Test(
    "A name that leaves the folder or hides is refused, everywhere",
    arguments: [
      "", ".", "..", "../main", "a/b", "/etc/passwd", "a\\b", ".hidden", "-x", "a\u{0}b", "a\nb", "a\u{202E}b",
      "\u{FEFF}a", " a", "a ", String(repeating: "x", count: 101), "a\u{7F}", "..\u{2028}",
    ])
  func hostile(name: String) throws {
    try withTemporaryFolder { (folder) throws in
      let store = BaselineStore(folder: "\(folder)/b")
      for work: () throws -> Void in [
        { try store.save(ended(), as: name, replaces: true) }, { _ = try store.load(name) }, { try store.delete(name) },
      ] {
        let error = #expect(throws: PipelineError.self, "\(name.debugDescription)") { try work() }
        #expect(error?.code == .unknownName && error?.exitStatus == .usage)
        #expect(error?.description.contains { $0.isNewline || $0 == "\u{0}" } == false)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test("A run that has not ended is no baseline")
  func unfinished() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: PipelineError.self) {
        try BaselineStore(folder: folder).save(smallRecord(), as: "main")
      }
      #expect(error?.code == .recordUnreadable && error?.exitStatus == .badInput)
      #expect(BaselineStore(folder: folder).names().isEmpty)
    }
  }

  @Test("What is not there is told, with the nearest name")
  func missing() throws {
    try withTemporaryFolder { folder in
      let store = BaselineStore(folder: folder)
      let none = #expect(throws: PipelineError.self) { try store.resolve("main") }
      #expect(none?.remedy?.contains("there are no baselines in") == true)
      try store.save(ended(), as: "main")
      try store.save(ended(), as: "release-1.0")
      for work: () throws -> Void in [
        { _ = try store.load("mian") }, { try store.delete("mian") }, { _ = try store.resolve("mian") },
      ] {
        let error = #expect(throws: PipelineError.self) { try work() }
        #expect(error?.code == .unknownName && error?.remedy == "did you mean 'main'?")
      }
      let other = #expect(throws: PipelineError.self) { try store.resolve("nothing-like-it") }
      #expect(other?.remedy == "baselines in \(folder): main, release-1.0")
    }
  }

  @Test("A baseline goes before a folder of its name, a path never means a baseline")
  func ambiguous() throws {
    try withTemporaryFolder { folder in
      let store = BaselineStore(folder: "\(folder)/b")
      try store.save(ended("baseline"), as: "main")
      let run = RunStore(folder: "\(folder)/main")
      try run.prepare()
      try run.save(ended("folder"))
      #expect(try store.resolve("main").planHash == "baseline")
      #expect(try store.resolve("\(folder)/main").planHash == "folder")
    }
  }

  @Test("A damaged baseline hides no other and is not deleted by reading")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let store = BaselineStore(folder: folder)
      try store.save(ended(), as: "good")
      try Data("{".utf8).write(to: URL(filePath: "\(folder)/bad.json"))
      try Data("".utf8).write(to: URL(filePath: "\(folder)/.hidden.json"))
      try Data("".utf8).write(to: URL(filePath: "\(folder)/notes.txt"))
      let entries = store.entries()
      #expect(entries.map(\.name) == ["bad", "good"])
      #expect((try? entries[0].record.get()) == nil)
      #expect(try entries[1].record.get() == ended())
      try store.delete("bad")
      #expect(store.names() == ["good"])
    }
  }

  @Test("The folder is the one given, that of the environment, or the default")
  func folders() {
    #expect(BaselineStore(folder: nil, environment: [:]).folder == ".assay/baselines")
    #expect(BaselineStore(folder: nil, environment: ["ASSAY_BASELINES": ""]).folder == ".assay/baselines")
    #expect(BaselineStore(folder: nil, environment: ["ASSAY_BASELINES": "x"]).folder == "x")
    #expect(BaselineStore(folder: "y", environment: ["ASSAY_BASELINES": "x"]).folder == "y")
  }
}
