import FoundationEssentials
import Glibc
import Testing

let commandIsMissing = "the command assay was not built beside the tests"

/// The command `assay` in a process of its own, with an environment of its own.
final class Command {
  let pid: pid_t
  private let outputPath: String
  private let errorPath: String
  private var status: Int32?

  /// What a finished command left.
  struct Outcome {
    /// nil when a signal ended it.
    var exitCode: Int32?
    var signal: Int32?
    var output: String
    var error: String
  }

  struct NotStarted: Error {}

  /// - Parameters:
  ///   - folder: Its working folder; caches lie in it too.
  ///   - environment: Beside what every command here gets.
  init(_ arguments: [String], in folder: String, _ environment: [String: String] = [:]) throws {
    guard let executable = Repository.executable else { throw NotStarted() }
    let name = "\(folder)/.command-\(UUID().uuidString)"
    (outputPath, errorPath) = (name + ".out", name + ".err")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The threads that run tests block signals, which a child would inherit: Ctrl-C would not reach it.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var nothing = sigset_t()
    sigemptyset(&nothing)
    posix_spawnattr_setsigmask(&attributes, &nothing)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT, 0o644)
    var variables = ["PATH": "/usr/bin:/bin", "COLUMNS": "100", "ASSAY_CACHE": "\(folder)/cache", "NO_COLOR": "1"]
    if let library = getenv("ASSAY_ONNXRUNTIME") { variables["ASSAY_ONNXRUNTIME"] = String(cString: library) }
    variables.merge(environment) { $1 }
    // `env` changes into the folder and becomes the command.
    var words: [UnsafeMutablePointer<CChar>?] =
      (["env", "-C", folder, executable] + arguments).map {
        strdup($0)
      } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (words + settings).forEach { free($0) } }
    var child: pid_t = 0
    guard posix_spawn(&child, "/usr/bin/env", &actions, &attributes, &words, &settings) == 0 else { throw NotStarted() }
    pid = child
  }

  deinit {
    guard status == nil else { return }
    kill(pid, SIGKILL)
    _ = waitpid(pid, nil, 0)
  }

  /// Waits for its end.
  func finish() -> Outcome {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    self.status = status
    let signal = status & 0x7f
    return Outcome(
      exitCode: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal, output: text(outputPath),
      error: text(errorPath))
  }

  /// Whether it has ended by itself; it stays to be waited for.
  var hasEnded: Bool {
    var information = siginfo_t()
    return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_signo == SIGCHLD
  }

  private func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  /// Its living children, oldest first, zombies apart.
  var children: [pid_t] { processes(childrenOf: pid) }
}

/// Runs `assay` to its end.
func assay(
  _ arguments: [String], in folder: String, _ environment: [String: String] = [:]
) throws -> Command.Outcome {
  try Command(arguments, in: folder, environment).finish()
}

/// Living processes with that parent, by start.
func processes(childrenOf parent: pid_t) -> [pid_t] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return names.compactMap { pid_t($0) }.filter { pid in
    guard let (state, owner) = stateAndParent(pid) else { return false }
    return owner == parent && state != "Z"
  }.sorted()
}

/// Whether a process is there and not merely waiting to be reaped.
func isAlive(_ pid: pid_t) -> Bool { stateAndParent(pid).map { $0.state != "Z" && $0.state != "X" } ?? false }

private func stateAndParent(_ pid: pid_t) -> (state: Substring, parent: pid_t)? {
  // Files of /proc have no size, so they are read and not mapped.
  guard let file = fopen("/proc/\(pid)/stat", "r") else { return nil }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 4096)
  let count = fread(&bytes, 1, bytes.count, file)
  // The name is in parentheses and may hold anything.
  let text = String(decoding: bytes.prefix(count), as: UTF8.self)
  guard let end = text.lastIndex(of: ")") else { return nil }
  let fields = text[text.index(after: end)...].split(separator: " ")
  guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
  return (fields[0], parent)
}

/// Waits, without judging by the time, until `condition` holds; gives up after a minute.
func wait(for condition: () -> Bool) -> Bool {
  for _ in 0..<30_000 {
    if condition() { return true }
    usleep(2000)
  }
  return false
}

/// Compares `text` with the committed golden file; with ASSAY_RECORD_GOLDENS=1 rewrites the file and fails.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let path = "\(Repository.root)/Tests/AssayCommandTests/Goldens/\(name)"
  if let flag = getenv("ASSAY_RECORD_GOLDENS"), String(cString: flag) == "1" {
    try Data(text.utf8).write(to: URL(filePath: path))
    Issue.record(
      "recorded \(name): read it, then run again without ASSAY_RECORD_GOLDENS", sourceLocation: sourceLocation)
    return
  }
  let golden = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  #expect(text == golden, "\(name) is not as recorded", sourceLocation: sourceLocation)
}
