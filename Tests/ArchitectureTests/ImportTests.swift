import Testing

/// What a module may import: of ours, and of others. The system's own modules are open to all.
private struct ModuleRule {
  var ours: [String]
  var others: [String] = []

  init(_ ours: [String] = [], others: [String] = []) {
    self.ours = ours
    self.others = others
  }
}

/// The table of the modules; arrows point down only.
private let rules: [String: ModuleRule] = [
  "AssayCore": ModuleRule(),
  "AssayFiles": ModuleRule(["AssayCore"]),
  "AssayONNX": ModuleRule(["AssayCore", "AssayFiles"], others: ["SwiftProtobuf"]),
  "AssayData": ModuleRule(["AssayCore", "AssayFiles", "CCSV", "CArchive"]),
  "AssayMethods": ModuleRule(["AssayCore", "AssayONNX"]),
  "AssayRuntime": ModuleRule(["AssayCore", "AssayONNX"]),
  "AssayTorch": ModuleRule(["AssayCore", "AssayFiles", "AssayONNX", "CTorch"]),
  "AssayEngines": ModuleRule([
    "AssayCore", "AssayFiles", "AssayONNX", "AssayRuntime", "AssayTorch", "COnnxRuntime",
  ]),
  "AssayTraining": ModuleRule(["AssayCore", "AssayFiles", "AssayONNX", "AssayMethods", "AssayTorch", "AssayData"]),
  "AssayMeasure": ModuleRule(["AssayCore", "CLinux"]),
  "AssayJudge": ModuleRule(["AssayCore", "AssayMeasure"]),
  "AssayHistory": ModuleRule(["AssayCore", "AssayFiles", "AssayMeasure", "AssayJudge"], others: ["GRDB"]),
  "AssayPipeline": ModuleRule(
    ["AssayCore", "AssayFiles", "AssayONNX", "AssayData", "AssayMethods", "AssayRuntime", "AssayMeasure", "CLinux"],
    others: ["Yams", "Crypto"]),
  "AssayReport": ModuleRule(["AssayCore", "AssayFiles", "AssayMeasure", "AssayJudge", "CCSV", "CGnuplot"]),
  "assay": ModuleRule(
    [
      "AssayCore", "AssayONNX", "AssayData", "AssayMethods", "AssayRuntime", "AssayEngines", "AssayTorch",
      "AssayTraining",
      "AssayMeasure", "AssayJudge", "AssayHistory", "AssayPipeline", "AssayReport", "CLinux",
    ], others: ["ArgumentParser"]),
  "CArchive": ModuleRule(), "CCSV": ModuleRule(), "CGnuplot": ModuleRule(), "CLinux": ModuleRule(),
  "COnnxRuntime": ModuleRule(), "CTorch": ModuleRule(),
]

/// Modules that come with Swift on Linux.
private let systemModules: Set<String> = ["FoundationEssentials", "Glibc", "Dispatch", "Synchronization"]

/// The name of the module that a line of Swift imports; nil for any other line.
func importedModule(_ line: Substring) -> String? {
  var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
  let prefixes = ["public", "package", "internal", "private", "fileprivate"]
  while let first = words.first, first.hasPrefix("@") || prefixes.contains(first) { words.removeFirst() }
  guard words.first == "import", words.count >= 2 else { return nil }
  let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
  let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
  return name.split(separator: ".").first.map(String.init)
}

struct ImportTests {
  @Test("A line that imports is recognized, whatever stands before it")
  func lines() {
    #expect(importedModule("import AssayCore") == "AssayCore")
    #expect(importedModule("public import AssayCore") == "AssayCore")
    #expect(importedModule("@testable import AssayCore") == "AssayCore")
    #expect(importedModule("@preconcurrency internal import struct Foundation.Data") == "Foundation")
    #expect(importedModule("// import AssayCore") == nil)
    #expect(importedModule("let important = 1") == nil)
  }

  @Test("Every folder of Sources is a module of the table, and the other way round")
  func modules() {
    let folders = Set(Repository.files(under: "Sources").compactMap { $0.split(separator: "/").dropFirst().first })
      .filter { !$0.contains(".") }
    #expect(Set(folders.map(String.init)) == Set(rules.keys))
  }

  @Test("A module imports only what the table allows", arguments: rules.keys.sorted())
  func imports(module: String) throws {
    let rule = try #require(rules[module])
    let allowed = Set(rule.ours + rule.others).union(systemModules)
    for file in Repository.files(under: "Sources/\(module)", suffixes: [".swift"]) {
      let text = try #require(Repository.text(file))
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        guard let name = importedModule(line) else { continue }
        // swift-protobuf writes its own imports.
        if isGenerated(file), name == "Foundation" { continue }
        #expect(allowed.contains(name), "\(file):\(number + 1): \(module) must not import \(name)")
      }
    }
  }

  @Test("C modules include nothing of other modules", arguments: rules.keys.filter { $0.hasPrefix("C") }.sorted())
  func includes(module: String) throws {
    let files = Repository.files(under: "Sources/\(module)", suffixes: [".c", ".cpp", ".h"])
    #expect(!files.isEmpty)
    let names = Set(files.compactMap { $0.split(separator: "/").last.map(String.init) })
    for file in files {
      let text = try #require(Repository.text(file))
      for line in text.split(separator: "\n") where line.hasPrefix("#include \"") {
        let name = line.split(separator: "\"").dropFirst().first?.split(separator: "/").last.map(String.init) ?? ""
        #expect(names.contains(name), "\(file): \(line)")
      }
    }
  }
}
