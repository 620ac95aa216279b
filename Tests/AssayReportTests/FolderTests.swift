import AssayCore
import Glibc
import Testing

@testable import AssayReport

@Suite struct FolderTests {
  @Test func filesAppearWithTheirFolders() throws {
    let folder = try TemporaryFolder()
    let target = "\(folder.path)/a/b"
    try write([OutputFile(name: "x/y.txt", text: "old"), OutputFile(name: "z", bytes: [])], to: target)
    try write([OutputFile(name: "x/y.txt", text: "new")], to: target)
    #expect(contents("\(target)/x/y.txt") == "new")
    #expect(contents("\(target)/z") == "")
    #expect(run(["sh", "-c", "test -z \"$(find . -name '*.tmp')\""], in: folder.path) == 0)
  }

  @Test(arguments: ["", "/etc/x", "../x", "a/../../x", "a//b", ".", "a\0b"])
  func namesThatLeaveTheFolderAreRefused(name: String) throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: ReportError.self) {
      try write([OutputFile(name: "good", text: ""), OutputFile(name: name, text: "")], to: folder.path)
    }
    #expect(error.code == .badName)
    #expect(contents("\(folder.path)/good") == nil, "nothing may be written before the names are checked")
  }

  @Test func aFileInTheWayIsNamed() throws {
    let folder = try TemporaryFolder()
    try write([OutputFile(name: "report", text: "")], to: folder.path)
    let error = try #require(throws: ReportError.self) {
      try write([OutputFile(name: "x", text: "")], to: "\(folder.path)/report/sub")
    }
    #expect(error.code == .cannotCreate)
    #expect(error.place?.file?.hasSuffix("/report/sub") == true || error.place?.file?.hasSuffix("/report") == true)
    #expect(error.remedy?.contains("--output") == true)
  }

  @Test(.enabled(if: access("/dev/full", W_OK) == 0, "/dev/full is needed"))
  func aFolderThatCannotBeWrittenIsNamed() throws {
    // Nothing can be created in /proc, not even by root.
    let error = try #require(throws: ReportError.self) {
      try write([OutputFile(name: "x", text: "")], to: "/proc/assay")
    }
    #expect(error.code == .cannotCreate)
    #expect(error.description.contains("/proc/assay"))
    #expect(error.exitStatus == .cannotCreate)
  }

  @Test func theCatalogNamesWhatItsWritersMake() {
    let output = renderReport(SampleRun.model)
    let patterns = ReportWriterCatalog.all.flatMap(\.fileNames)
    for file in output.files {
      #expect(
        patterns.contains { pattern in
          guard let star = pattern.firstIndex(of: "*") else { return pattern == file.name }
          return file.name.hasPrefix(pattern[..<star]) && file.name.hasSuffix(pattern[pattern.index(after: star)...])
        }, "\(file.name)")
    }
    #expect(Set(output.files.map(\.name)).count == output.files.count)
  }
}
