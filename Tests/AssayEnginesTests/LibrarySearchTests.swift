import AssayCore
import AssayFiles
import AssayRuntime
import FoundationEssentials
import Testing

@testable import AssayEngines

@Suite("Finding the library of onnxruntime")
struct LibrarySearchTests {
  private func search(
    _ environment: String? = nil, from folder: String = "/", executable: String? = nil
  ) -> LibrarySearch {
    LibrarySearch(folders: EngineFolders(environment: environment, workingFolder: folder, executable: executable))
  }

  @Test("A folder above the working folder or the executable counts, the nearest first, the highest version")
  func folders() throws {
    try Fixture.withFolder { root in
      let deep = root + "/a/b"
      for folder in [deep, root + "/.engines/onnxruntime", root + "/a/.engines/onnxruntime"] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      }
      try Fixture.write([0], to: root + "/.engines/onnxruntime/libonnxruntime.so.1.9.0")
      try Fixture.write([0], to: root + "/.engines/onnxruntime/libonnxruntime.so.1.31.1")
      try Fixture.write([0], to: root + "/.engines/onnxruntime/libonnxruntime_providers_shared.so")
      let expected = root + "/.engines/onnxruntime/libonnxruntime.so.1.31.1"
      #expect(search(from: deep).fileInFolders() == expected)
      #expect(search(from: "/nowhere", executable: deep + "/assay").fileInFolders() == expected)
      try Fixture.write([0], to: root + "/a/.engines/onnxruntime/libonnxruntime.so")
      #expect(search(from: deep).fileInFolders() == root + "/a/.engines/onnxruntime/libonnxruntime.so")
    }
  }

  @Test("A wrong file named by the environment is told, never skipped")
  func wrongFile() throws {
    try Fixture.withFolder { folder in
      let absent = try #require(Fixture.error { () throws(EngineError) in try search(folder + "/none.so").open() })
      #expect(absent.code == .missing)
      #expect(absent.message.contains("ASSAY_ONNXRUNTIME") && absent.message.contains("none.so"))

      let text = folder + "/text.so"
      try Fixture.write(Array("no library".utf8), to: text)
      let notLibrary = try #require(Fixture.error { () throws(EngineError) in try search(text).open() })
      #expect(notLibrary.code == .missing)
      #expect(notLibrary.message.contains("not a shared library"))
      #expect(notLibrary.place?.file == text)
      #expect(notLibrary.remedy != nil)

      // A shared library that every Linux machine of this kind has, and that is another one.
      let other = try #require(Fixture.error { () throws(EngineError) in try search("libm.so.6").open() })
      #expect(other.message.contains("libm.so.6"))
    }
  }

  @Test("A shared library that is not onnxruntime is told apart")
  func otherLibrary() throws {
    let error = try #require(Fixture.error { () throws(EngineError) in try OrtLibrary(path: "libm.so.6") })
    #expect(error.code == .missing)
    #expect(error.message.contains("OrtGetApiBase"))
    #expect(error.exitStatus == .engineMissing)
  }

  @Test("The engine says version, path and devices", .enabled(if: Fixture.hasLibrary, "no onnxruntime here"))
  func probe() throws {
    guard case .found(let identity, let devices) = OnnxRuntimeEngine().probe() else {
      Issue.record("not found")
      return
    }
    #expect(identity.name == "onnxruntime")
    #expect(identity.version.split(separator: ".").count >= 2)
    #expect(try FileManager.default.fileExists(atPath: #require(identity.library)))
    #expect(devices.first == "cpu")
  }

  @Test("The default engine is onnxruntime, and names are unique")
  func catalog() {
    let names = EngineCatalog.engines.map(\.name)
    #expect(names.first == "onnxruntime")
    #expect(Set(names).count == names.count)
  }
}
