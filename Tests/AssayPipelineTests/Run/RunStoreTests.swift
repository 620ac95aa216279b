import AssayCore
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayPipeline

struct RunStoreTests {
  @Test("A saved record is read back, by its folder or its file, and replaced as a whole")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let store = RunStore(folder: "\(folder)/new/run")
      try store.prepare()
      try store.save(smallRecord())
      #expect(try RunStore.load(store.folder) == smallRecord())
      #expect(try RunStore.load(store.path) == smallRecord())
      try store.save(smallRecord(planHash: "other"))
      #expect(try RunStore.load(store.folder).planHash == "other")
      let names = try FileManager.default.contentsOfDirectory(atPath: store.folder)
      #expect(Set(names) == ["outputs", "run.json"])
    }
  }

  @Test("A record that was cut off anywhere is told, never a crash")
  func truncated() throws {
    try withTemporaryFolder { folder in
      let store = RunStore(folder: folder)
      try store.save(smallRecord())
      let bytes = try #require(FileManager.default.contents(atPath: store.path))
      // The last byte is the line's end, the one before closes the object.
      for count in stride(from: 0, through: bytes.count - 2, by: 50) {
        try Data(bytes.prefix(count)).write(to: URL(filePath: store.path))
        let error = #expect(throws: PipelineError.self, "\(count) bytes") { try RunStore.load(folder) }
        #expect(error?.code == .recordUnreadable && error?.exitStatus == .badInput)
        #expect(error?.message == "not a run record: no JSON with a schema number")
        #expect(error?.remedy == "the file was cut off or edited; run the suite again")
      }
    }
  }

  @Test("Changed bytes are refused or read, never a crash", arguments: 0..<60 as Range<UInt64>)
  func changed(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      let store = RunStore(folder: folder)
      try store.save(smallRecord())
      var bytes = try #require(FileManager.default.contents(atPath: store.path))
      var generator = SeededGenerator(seed: seed)
      for _ in 0..<3 { bytes[generator.integer(in: 0...bytes.count - 1)] = UInt8(truncatingIfNeeded: generator.next()) }
      try bytes.write(to: URL(filePath: store.path))
      do throws(PipelineError) {
        _ = try RunStore.load(folder)
      } catch {
        #expect(error.code == .recordUnreadable, "seed \(seed)")
      }
    }
  }

  @Test(
    "What was edited is told with its place in the record",
    arguments: [
      (#""launches" : 1"#, #""launches" : "one""#, "'.settings.launches': "),
      (#""stage" : "load""#, #""stage" : "lunch""#, "stage"),
      (#""planHash" : "ab12","#, "", "'.planHash' is missing"),
      (#""variant" : "half""#, #""variant" : null"#, "'.trials[1].trial.variant'"),
      (#""classes" : "AQA=""#, #""classes" : "A""#, "packed integers are not base64"),
    ])
  func edited(old: String, new: String, part: String) throws {
    try withTemporaryFolder { folder in
      let store = RunStore(folder: folder)
      try store.save(smallRecord())
      let text = String(decoding: try #require(FileManager.default.contents(atPath: store.path)), as: UTF8.self)
      try #require(text.contains(old))
      try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: store.path))
      let error = #expect(throws: PipelineError.self) { try RunStore.load(folder) }
      #expect(error?.code == .recordUnreadable)
      #expect(error?.message.hasPrefix("the run record is damaged: ") == true)
      #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
  }

  @Test("A record of a newer version is refused by its number")
  func newer() throws {
    try withTemporaryFolder { folder in
      try Data(#"{ "schema": 99, "unknown": [] }"#.utf8).write(to: URL(filePath: "\(folder)/run.json"))
      let error = #expect(throws: PipelineError.self) { try RunStore.load(folder) }
      #expect(
        error?.description == "\(folder)/run.json: the run record has schema 99, this version of Assay reads 1 "
          + "(read it with the version of Assay that wrote it)")
    }
  }

  @Test("A record that is not there is told with what to name")
  func missing() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: PipelineError.self) { try RunStore.load(folder) }
      #expect(
        error?.description
          == "\(folder)/run.json: there is no readable run record (name the folder of a run, or its run.json)")
      #expect(throws: PipelineError.self) { try RunStore.load("\(folder)/nothing/run.json") }
      try FileManager.default.createDirectory(atPath: "\(folder)/run.json", withIntermediateDirectories: true)
      #expect(throws: PipelineError.self) { try RunStore.load(folder) }
    }
  }

  @Test("A folder that cannot be made is told with the reason")
  func cannotCreate() throws {
    try withTemporaryFolder { folder in
      try Data().write(to: URL(filePath: "\(folder)/file"))
      let error = #expect(throws: PipelineError.self) { try RunStore(folder: "\(folder)/file/run").prepare() }
      #expect(error?.code == .cannotCreate)
      #expect(
        error?.description == "\(folder)/file/run: cannot create the output folder: Not a directory "
          + "(choose another with --output)")
    }
  }
}

struct RunLocationTests {
  private func plan() throws -> Plan { try Plan(suite(soundSuite), Plan.Selection(), engines: ["e"]) }

  @Test("A folder that holds a run is never overwritten, finished or not")
  func occupied() throws {
    try withTemporaryFolder { folder in
      #expect(try RunLocation.choose(try plan(), output: folder, resume: false).previous == nil)
      try RunStore(folder: folder).save(smallRecord())
      let error = #expect(throws: PipelineError.self) {
        try RunLocation.choose(try plan(), output: folder, resume: false)
      }
      #expect(
        error?.description
          == "\(folder): there is a run in this folder already (choose another --output, or go on with --resume)")
      #expect(error?.exitStatus == .cannotCreate)
    }
  }

  @Test("Without a name the folder is made of the suite and the time")
  func unnamed() throws {
    let location = try RunLocation.choose(try plan(), output: nil, resume: false)
    #expect(location.store.folder.wholeMatch(of: /reports\/s-\d{8}-\d{6}/) != nil, "\(location.store.folder)")
  }

  @Test("A run goes on only under its own plan")
  func resume() throws {
    try withTemporaryFolder { folder in
      let store = RunStore(folder: folder)
      try store.save(smallRecord(planHash: try plan().hash))
      #expect(try RunLocation.choose(try plan(), output: folder, resume: true).previous?.planHash == plan().hash)
      try store.save(smallRecord(planHash: "another"))
      let error = #expect(throws: PipelineError.self) {
        try RunLocation.choose(try plan(), output: folder, resume: true)
      }
      #expect(
        error?.description == "\(folder): the run was made under another plan (resume with the same suite file and the "
          + "same options: assay run s.yaml)")
    }
  }

  @Test("There must be something to go on with")
  func nothing() throws {
    try withTemporaryFolder { folder in
      #expect(throws: PipelineError.self) { try RunLocation.choose(try plan(), output: folder, resume: true) }
      let error = #expect(throws: PipelineError.self) {
        try RunLocation.choose(try plan(), output: nil, resume: true)
      }
      #expect(error?.code == .recordUnreadable)
    }
  }
}
