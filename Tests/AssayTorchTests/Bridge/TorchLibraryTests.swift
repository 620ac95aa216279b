import AssayCore
import AssayFiles
import FoundationEssentials
import Testing

@testable import AssayTorch

@Suite("Finding and loading libtorch")
struct TorchLibraryTests {
  private func search(
    _ environment: String? = nil, from folder: String = "/", executable: String? = nil
  ) -> TorchLibrarySearch {
    TorchLibrarySearch(
      folders: EngineFolders(environment: environment, workingFolder: folder, executable: executable))
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/assay-torch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test("A folder above the working folder or the executable counts, the nearest first")
  func folders() throws {
    try withFolder { root in
      let name = "/.engines/libtorch"
      for folder in [root + "/a/b", root + name, root + "/a" + name] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      }
      let file = "\(name)/libassay_torch.so"
      #expect(search(from: root + "/a/b").fileInFolders() == nil)
      _ = FileManager.default.createFile(atPath: root + file, contents: Data([0]))
      #expect(search(from: root + "/a/b").fileInFolders() == root + file)
      #expect(search(from: "/nowhere", executable: root + "/a/b/assay").fileInFolders() == root + file)
      _ = FileManager.default.createFile(atPath: root + "/a" + file, contents: Data([0]))
      #expect(search(from: root + "/a/b").fileInFolders() == root + "/a" + file)
    }
  }

  @Test("Where it is not, the error says how to get it")
  func absent() throws {
    let absent = try #require(TorchFixture.error { () throws(TorchError) in try search().open() })
    #expect(absent.code == .missing)
    #expect(absent.remedy?.contains("scripts/setup") == true)
    #expect(absent.exitStatus == .engineMissing)

    let wrong = try #require(TorchFixture.error { () throws(TorchError) in try search("/nowhere/none.so").open() })
    #expect(wrong.code == .missing)
    #expect(wrong.message.contains("ASSAY_LIBTORCH") && wrong.message.contains("none.so"))
  }

  @Test("A file that is no library, and a library that is no bridge, are told with their path")
  func otherFiles() throws {
    try withFolder { folder in
      let text = folder + "/text.so"
      _ = FileManager.default.createFile(atPath: text, contents: Data("no library".utf8))
      let error = try #require(TorchFixture.error { () throws(TorchError) in try TorchLibrary(path: text) })
      #expect(error.code == .library)
      #expect(error.place?.file == text)
      #expect(!error.message.contains(folder), "the path stands once")
    }
    let other = try #require(TorchFixture.error { () throws(TorchError) in try TorchLibrary(path: "libm.so.6") })
    #expect(other.code == .library)
    #expect(other.message.contains("assay_torch_functions"))
    #expect(other.remedy != nil)
  }

  @Test("Devices are named as suites name them")
  func deviceNames() {
    #expect(TorchDevice(name: "cpu") == .cpu)
    #expect(TorchDevice(name: "cuda") == .cuda(0))
    #expect(TorchDevice(name: "cuda:3") == .cuda(3))
    for name in ["", "CPU", "cuda:", "cuda:-1", "cuda:x", "cuda:99999999999999999999", "mps"] {
      #expect(TorchDevice(name: name) == nil, "\(name)")
    }
    for device in [TorchDevice.cpu, .cuda(0), .cuda(7)] { #expect(TorchDevice(name: device.description) == device) }
  }

  @Test("The library says version and devices", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
  func identity() throws {
    let library = try TorchFixture.loaded()
    #expect(library.version.split(separator: ".").count >= 2)
    #expect(FileManager.default.fileExists(atPath: library.path))
    #expect(library.devices.first == .cpu)
    #expect(library.hasCUDA == library.devices.contains(.cuda(0)))
    #expect(try library.device(named: "cpu") == .cpu)
    let error = try #require(
      TorchFixture.error { () throws(TorchError) in try library.device(named: "cuda:99") })
    #expect(error.code == .device)
    #expect(error.message.contains("cuda:99") && error.message.contains("cpu"))
    try library.synchronize(.cpu)
  }

  @Test(
    "A tensor on a device that is not there is an error", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
  func absentDevice() throws {
    let library = try TorchFixture.loaded()
    for device in [TorchDevice.cuda(99), .cuda(1000)] {
      let error = try #require(
        TorchFixture.error { () throws(TorchError) in try TorchTensor(zeros: [2], on: device, library: library) })
      #expect(!error.message.isEmpty && !error.message.contains("\n"), "\(error)")
    }
  }

  @Test("Threads and memory are the process's", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
  func process() throws {
    let library = try TorchFixture.loaded()
    let threads = library.threads
    library.setThreads(1)
    #expect(library.threads == 1)
    library.setThreads(0)
    #expect(library.threads == 1, "at least one")
    library.setThreads(threads)
    let before = try #require(library.memory_B(on: .cpu))
    let tensor = try TorchTensor(zeros: [16 << 20], library: library)
    let after = try #require(library.memory_B(on: .cpu))
    // Other tests allocate and free beside this one; sixteen million floats stand out.
    #expect(after - before > 32 << 20)
    #expect(tensor.count == 16 << 20)
    #expect(library.memory_B(on: .cuda(99)) == nil)
    #expect(library.peakMemory_B(on: .cpu) == nil)
  }
}
