import Testing

/// Whether a tool wrote the file.
func isGenerated(_ file: String) -> Bool { file.hasSuffix(".pb.swift") }

/// Longest source file, in lines; generated ones apart.
private let longestFile = 500

/// Everything that is text and that people read or build from.
private let textFiles: [String] = {
  let folders = ["Sources", "Tests", "scripts", "suites", "docs", "Benchmarks", ".github"]
  let suffixes = [
    ".swift", ".c", ".cpp", ".h", ".py", ".yaml", ".yml", ".md", ".sh", ".txt", ".proto", ".csv", ".json",
  ]
  let top = ["Package.swift", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
  return folders.flatMap { Repository.files(under: $0, suffixes: suffixes) } + Repository.files(under: "scripts")
    + top.filter { Repository.text($0) != nil }
}()

struct SourceTests {
  private static let swiftFiles = Repository.files(under: "Sources", suffixes: [".swift"])

  @Test("There are sources to look at")
  func found() {
    #expect(Self.swiftFiles.count > 100)
    #expect(textFiles.count > Self.swiftFiles.count)
  }

  @Test("No source file is longer than a reader can keep in mind")
  func lengths() throws {
    for file in Repository.files(under: "Sources", suffixes: [".swift", ".c", ".cpp", ".h"]) where !isGenerated(file) {
      let text = try #require(Repository.text(file))
      let count = text.count { $0.isNewline }
      #expect(count <= longestFile, "\(file) has \(count) lines")
    }
  }

  @Test("Nothing in the sources ends the process or trusts a value blindly")
  func crashes() throws {
    for file in Self.swiftFiles where !isGenerated(file) {
      let text = try #require(Repository.text(file))
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let words = code.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "!" || $0 == "(") }
        for word in words {
          let isBad = word.hasPrefix("fatalError(") || word == "try!" || word == "as!"
          #expect(!isBad, "\(file):\(number + 1): \(word)")
        }
      }
    }
  }

  @Test("No text names a folder of somebody's machine")
  func machinePaths() throws {
    // Put together here, so that this file does not hold them.
    let folders = ["work", "root", "opt", "home"].map { "/\($0)/" }
    for file in textFiles {
      guard let text = Repository.text(file) else { continue }
      for folder in folders where text.contains(folder) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
          guard let found = line.firstRange(of: folder) else { continue }
          // In the middle of a longer path the name is no folder of a machine: `models/opt/x`.
          let before = found.lowerBound > line.startIndex ? line[line.index(before: found.lowerBound)] : " "
          #expect(
            before.isLetter || before.isNumber || before == "." || before == "}", "\(file):\(number + 1): \(line)")
        }
      }
    }
  }

  @Test("Every subcommand's file is wired into the command")
  func commands() throws {
    let wiring = try #require(Repository.text("Sources/assay/AssayCommand.swift"))
    let files = Repository.files(under: "Sources/assay/Commands", suffixes: ["Command.swift"])
    #expect(!files.isEmpty)
    for file in files {
      let name = try #require(file.split(separator: "/").last?.dropLast(".swift".count))
      #expect(wiring.contains("\(name).self"), "\(name) is not a subcommand")
    }
  }

  @Test(
    "Folder and file names say what is inside", arguments: ["Utils", "Util", "Helpers", "Helper", "Manager", "Base"])
  func names(word: String) {
    for file in Self.swiftFiles {
      let parts = file.split(separator: "/").map { $0.hasSuffix(".swift") ? $0.dropLast(".swift".count) : $0 }
      #expect(!parts.contains { $0 == word || $0.hasSuffix(word) && word != "Base" }, "\(file)")
    }
  }
}
