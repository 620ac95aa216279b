import AssayCore
import Glibc
import Testing

@testable import AssayPipeline

/// Programs that are no good workers; a worker greets with a line of JSON.
private func launcher(
  _ script: String, isInterrupted: @escaping @Sendable () -> Bool = { false }
) -> WorkerProcess.Launcher {
  WorkerProcess.Launcher(
    command: ["/bin/sh", "-c", script], environment: ["PATH=/usr/bin:/bin"], cpus: [], isInterrupted: isInterrupted)
}

private let greeting = #"echo '{"ready":{}}'; "#

struct WorkerProcessTests {
  /// As the command does: writing to a worker that died must be an error, not the end of the tests.
  init() { Glibc.signal(SIGPIPE, SIG_IGN) }

  @Test("Requests are answered one by one, and large answers arrive whole")
  func answers() throws {
    let script =
      greeting
      + #"read a; echo '{"evaluated":{"rows":7}}'; read a; printf '{"failed":{"stage":"load","message":"'; head -c 300000 /dev/zero | tr '\0' x; echo '"}}'; read a"#
    let process = try WorkerProcess(launcher(script))
    guard case .evaluated(let rows) = try process.ask(.memory, timeout_s: 20) else {
      Issue.record("another answer")
      return
    }
    #expect(rows == 7)
    guard case .failed(let stage, let message) = try process.ask(.memory, timeout_s: 20) else {
      Issue.record("another answer")
      return
    }
    #expect(stage == .load && message.count == 300_000)
    process.end()
  }

  @Test(
    "A worker that fails is told with how it ended",
    arguments: [
      ("exit 3", "the worker process ended by itself with exit code 3"),
      ("kill -SEGV $$", "the worker process was ended by signal 11 (Segmentation fault)"),
      (
        "kill -KILL $$",
        "the worker process was ended by signal 9 (Killed) (killed from outside; the kernel does so when memory runs out)"
      ),
    ])
  func ends(command: String, expected: String) throws {
    let process = try WorkerProcess(launcher(greeting + "read a; " + command))
    let error = #expect(throws: PipelineError.self) { try process.ask(.memory, timeout_s: 20) }
    #expect(error?.code == .worker && error?.description == expected)
    #expect(throws: PipelineError.self) { try process.ask(.memory, timeout_s: 20) }
  }

  @Test("A signal is known afterwards")
  func signal() throws {
    let process = try WorkerProcess(launcher(greeting + "read a; kill -SEGV $$"))
    #expect(throws: PipelineError.self) { try process.ask(.memory, timeout_s: 20) }
    #expect(process.signal == 11)
  }

  @Test("A worker that hangs is ended")
  func hangs() throws {
    let process = try WorkerProcess(launcher(greeting + "exec sleep 1000"))
    let error = #expect(throws: PipelineError.self) { try process.ask(.memory, timeout_s: 0.05) }
    #expect(
      error?.description == "the worker process did not answer within 0 s and was ended "
        + "(a model this slow needs a smaller batch)")
    // It is gone, so there is no waiting for it any more.
    let second = #expect(throws: PipelineError.self) { try process.ask(.memory, timeout_s: 1000) }
    #expect(second?.code == .worker)
  }

  @Test("Nonsense is told", arguments: ["echo hello", #"echo '{"unknown":{}}'"#, "echo", #"printf '\377\n'"#])
  func nonsense(command: String) throws {
    let process = try WorkerProcess(launcher(greeting + "read a; \(command); read a"))
    let error = #expect(throws: PipelineError.self) { try process.ask(.memory, timeout_s: 20) }
    #expect(error?.message == "the worker process answered nonsense")
  }

  @Test("A program that is no worker is told at once")
  func notAWorker() {
    #expect(throws: PipelineError.self) { try WorkerProcess(launcher("echo hello")) }
    #expect(throws: PipelineError.self) { try WorkerProcess(launcher("exit 1")) }
    let error = #expect(throws: PipelineError.self) {
      let missing = WorkerProcess.Launcher(
        command: ["/nonexistent/assay", "worker"], environment: [], cpus: [], isInterrupted: { false })
      return try WorkerProcess(missing)
    }
    #expect(error?.description == "cannot start a worker process (/nonexistent/assay): No such file or directory")
  }

  @Test("Ctrl-C ends the waiting")
  func interrupted() {
    let error = #expect(throws: PipelineError.self) {
      try WorkerProcess(launcher("exec sleep 1000", isInterrupted: { true }))
    }
    #expect(error?.code == .interrupted && error?.exitStatus == .interrupted)
  }
}
