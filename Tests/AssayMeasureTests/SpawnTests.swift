import CLinux
import Glibc
import Testing

/// The C function that starts workers.
@Suite(.serialized)
struct SpawnTests {
  private struct Ended {
    var error: Int32
    var stage: assay_spawn_stage
    var output: String
    var status: Int32
  }

  /// Starts a program with a pipe as stdout, waits for its end and returns what it wrote.
  private func spawn(
    _ path: String, _ arguments: [String], cpus: [Int32] = [], newGroup: Bool = false, deathSignal: Int32 = 0,
    fixedLayout: Bool = false
  ) -> Ended {
    var ends: [Int32] = [-1, -1]
    _ = pipe(&ends)
    var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = [strdup("MARK=here"), nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid: pid_t = -1
    var stage = ASSAY_SPAWN_NOTHING
    let error = path.withCString { path in
      argv.withUnsafeMutableBufferPointer { argv in
        envp.withUnsafeMutableBufferPointer { envp in
          cpus.withUnsafeBufferPointer { cpus in
            var request = assay_spawn_request(
              path: path, argv: argv.baseAddress, envp: envp.baseAddress, stdin_fd: -1, stdout_fd: ends[1],
              stderr_fd: -1, cpus: cpus.baseAddress, cpu_count: Int32(cpus.count), death_signal: deathSignal,
              new_group: newGroup ? 1 : 0, fixed_layout: fixedLayout ? 1 : 0)
            return assay_spawn(&request, &pid, &stage)
          }
        }
      }
    }
    close(ends[1])
    var output: [UInt8] = []
    var byte: UInt8 = 0
    while read(ends[0], &byte, 1) == 1 { output.append(byte) }
    close(ends[0])
    var status: Int32 = -1
    if pid > 0 { waitpid(pid, &status, 0) }
    return Ended(error: error, stage: stage, output: String(decoding: output, as: UTF8.self), status: status)
  }

  @Test func aProgramRunsWithItsArgumentsAndEnvironment() {
    let ended = spawn("/bin/sh", ["-c", "echo $1 $MARK; exit 3", "sh", "a b"])
    #expect(ended.error == 0 && ended.stage == ASSAY_SPAWN_NOTHING && ended.output == "a b here\n")
    #expect(ended.status == 3 << 8)
  }

  @Test func noOtherDescriptorReachesTheChild() {
    let leak = open("/dev/null", O_RDONLY)
    defer { close(leak) }
    let ended = spawn("/bin/sh", ["-c", "test -e /proc/$$/fd/\(leak) && echo leaked || echo closed"])
    #expect(ended.output == "closed\n")
  }

  @Test(.enabled(if: assay_may_fix_layout() == 1, "the kernel does not permit it here"))
  func aFixedLayoutIsTheSameInEachChild() {
    let maps = (0..<3).map { _ in spawn("/bin/cat", ["/proc/self/maps"], fixedLayout: true).output }
    #expect(!maps[0].isEmpty && maps[0] == maps[1] && maps[1] == maps[2])
    let random = (0..<3).map { _ in spawn("/bin/cat", ["/proc/self/maps"]).output }
    #expect(Set(random).count == 3, "asking whether it may be fixed must not fix it here")
  }

  @Test func aProgramThatCannotStartIsToldAndLeavesNoChild() {
    let missing = spawn("/no/such/program", [])
    #expect(missing.error == ENOENT && missing.stage == ASSAY_SPAWN_EXEC && missing.status == -1)
    let folder = spawn("/tmp", [])
    #expect(folder.error == EACCES && folder.stage == ASSAY_SPAWN_EXEC)
    let cpu = spawn("/bin/true", [], cpus: [-1])
    #expect(cpu.error == EINVAL && cpu.stage == ASSAY_SPAWN_AFFINITY)
    let absent = spawn("/bin/true", [], cpus: [16_000])
    #expect(absent.error == EINVAL && absent.stage == ASSAY_SPAWN_AFFINITY)
  }

  @Test func pinningGroupAndDeathSignalHoldInTheChild() throws {
    var own = [Int32](repeating: 0, count: 64)
    try #require(assay_get_affinity(&own, 64) > 0)
    let ended = spawn(
      "/bin/sh",
      ["-c", "grep Cpus_allowed_list /proc/self/status; set -- $(cat /proc/$$/stat); test $5 = $$ && echo leads"],
      cpus: [own[0]], newGroup: true, deathSignal: SIGKILL)
    #expect(ended.output == "Cpus_allowed_list:\t\(own[0])\nleads\n")
  }

  @Test func handlersAndMasksAreNotInherited() {
    signal(SIGPIPE, SIG_IGN)
    let ended = spawn("/bin/sh", ["-c", "grep -E 'Sig(Blk|Ign)' /proc/self/status"])
    signal(SIGPIPE, SIG_DFL)
    let masks = ended.output.split(separator: "\n").compactMap { $0.split(separator: "\t").last }.compactMap {
      UInt64($0, radix: 16)
    }
    // Signals 32 and 33 are the C library's own, which nobody can set.
    #expect(masks.count == 2 && masks[0] == 0 && masks[1] & ~0x1_8000_0000 == 0, "\(ended.output)")
  }
}
