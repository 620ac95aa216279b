import FoundationEssentials
import Glibc
import Testing

/// Compares `text` with the committed golden file; with ASSAY_RECORD_GOLDENS=1 rewrites the file and fails.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
  let folder = #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()
  let path = "\(folder)/Goldens/\(name)"
  if let flag = getenv("ASSAY_RECORD_GOLDENS"), String(cString: flag) == "1" {
    guard let file = fopen(path, "w") else {
      Issue.record("cannot write \(path)", sourceLocation: sourceLocation)
      return
    }
    fputs(text, file)
    fclose(file)
    Issue.record(
      "recorded \(name): read it, then run again without ASSAY_RECORD_GOLDENS", sourceLocation: sourceLocation)
    return
  }
  guard let golden = contents(path) else {
    Issue.record("no golden \(path)", sourceLocation: sourceLocation)
    return
  }
  let (old, new) = (lines(golden), lines(text))
  guard
    let first = (0..<max(old.count, new.count)).first(where: { index in
      index >= old.count || index >= new.count || old[index] != new[index]
    })
  else { return }
  Issue.record(
    """
    \(name) differs first in line \(first + 1):
    golden: \(first < old.count ? old[first] : "(ends)")
    now:    \(first < new.count ? new[first] : "(ends)")
    """, sourceLocation: sourceLocation)
}

/// The text of a file; nil when it cannot be read.
func contents(_ path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
    bytes += chunk[..<count]
  }
}

private func lines(_ text: String) -> [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

/// A fresh folder below the system's temporary one, removed with what is in it when the value goes.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/assay-report-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw NoFolder() }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  struct NoFolder: Error {}

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// Runs a program with its working directory and returns its exit status; -1 when it cannot be started.
func run(_ arguments: [String], in folder: String) -> Int32 {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
  var words: [UnsafeMutablePointer<CChar>?] = (["env", "-C", folder] + arguments).map { strdup($0) } + [nil]
  defer { words.forEach { free($0) } }
  var child: pid_t = 0
  guard posix_spawnp(&child, "env", &actions, nil, &words, environ) == 0 else { return -1 }
  var status: Int32 = 0
  waitpid(child, &status, 0)
  return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
}

/// Whether a program can be started.
func isInstalled(_ program: String) -> Bool { run([program, "--version"], in: "/") == 0 }
