import AssayCore
import CLinux
import FoundationEssentials
import Glibc

/// A worker as its parent sees it: a child process that answers requests one at a time.
///
/// Letting go of the value ends the process; a worker never outlives its parent either, the kernel kills it.
final class WorkerProcess {
  private let pid: pid_t
  private let requests: Int32
  private let replies: Int32
  private var buffer: [UInt8] = []
  private var isReaped = false

  /// How to start workers.
  struct Launcher: Sendable {
    /// Program and arguments: the `assay worker` of the running executable.
    var command: [String]
    var environment: [String]
    /// CPUs that workers are pinned to; empty for no pinning.
    var cpus: [Int]
    /// Asked while waiting, so that Ctrl-C is not kept waiting for a block to end.
    var isInterrupted: @Sendable () -> Bool
  }

  private let launcher: Launcher
  /// What waiting for this worker has cost so far.
  private(set) var waited = WaitedTime()

  /// Starts a worker; it is of use once `awaitReady()` returned.
  ///
  /// - Parameter layout: How its memory is laid out.
  /// - Throws: `worker` when the program cannot be started.
  init(_ launcher: Launcher, layout: ProcessLayout = ProcessLayout()) throws(PipelineError) {
    self.launcher = launcher
    var toChild: [Int32] = [-1, -1]
    var fromChild: [Int32] = [-1, -1]
    guard assay_pipe(&toChild) == 0, assay_pipe(&fromChild) == 0 else {
      throw PipelineError(.worker, "cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    let environment = launcher.environment + layout.environment
    var stage = ASSAY_SPAWN_NOTHING
    var pid: pid_t = 0
    let failure = withCStrings(launcher.command) { arguments in
      withCStrings(environment) { variables in
        launcher.cpus.map { Int32($0) }.withUnsafeBufferPointer { cpus -> Int32 in
          var request = assay_spawn_request()
          request.path = arguments[0].map { UnsafePointer($0) }
          request.argv = UnsafePointer(arguments)
          request.envp = UnsafePointer(variables)
          request.stdin_fd = toChild[0]
          request.stdout_fd = fromChild[1]
          request.stderr_fd = -1
          request.cpus = cpus.baseAddress
          request.cpu_count = Int32(cpus.count)
          request.death_signal = SIGKILL
          request.new_group = 1
          request.fixed_layout = 1
          return assay_spawn(&request, &pid, &stage)
        }
      }
    }
    close(toChild[0])
    close(fromChild[1])
    self.pid = pid
    requests = toChild[1]
    replies = fromChild[0]
    guard failure == 0 else {
      isReaped = true
      throw PipelineError(
        .worker, "cannot start a worker process (\(launcher.command[0])): \(String(cString: strerror(failure)))")
    }
  }

  /// Waits for the worker's `ready`.
  ///
  /// - Throws: as `ask(_:timeout_s:)`.
  func awaitReady() throws(PipelineError) {
    guard case .ready = try receive(timeout_s: 30) else {
      throw PipelineError(.worker, "the worker process answered something else than ready")
    }
  }

  deinit {
    close(requests)
    close(replies)
    guard !isReaped else { return }
    kill(pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }

  /// Sends a request and waits for its reply.
  ///
  /// - Throws: `worker` when the process died (with its signal), did not answer in time, or answered nonsense;
  ///   `interrupted` after Ctrl-C.
  func ask(_ request: WorkerRequest, timeout_s: Double) throws(PipelineError) -> WorkerReply {
    do {
      var line = [UInt8](try JSONEncoder().encode(request))
      line.append(UInt8(ascii: "\n"))
      try send(line)
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError(.worker, "a request cannot be encoded", cause: error)
    }
    return try receive(timeout_s: timeout_s)
  }

  /// Ends the process in order: closes its input and waits.
  func end() {
    guard !isReaped else { return }
    _ = try? ask(.end, timeout_s: 5)
    reap(after_ms: 2000)
  }

  private func send(_ line: [UInt8]) throws(PipelineError) {
    var sent = 0
    while sent < line.count {
      let count = line.withUnsafeBytes { write(requests, $0.baseAddress.map { $0 + sent }, line.count - sent) }
      if count < 0 {
        if errno == EINTR { continue }
        throw died()
      }
      sent += count
    }
  }

  private func receive(timeout_s: Double) throws(PipelineError) -> WorkerReply {
    let deadline = assay_clock_ns() &+ UInt64(timeout_s * 1e9)
    var scanned = 0
    while true {
      if let newline = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Data(buffer[..<newline])
        buffer.removeSubrange(...newline)
        do {
          return try JSONDecoder().decode(WorkerReply.self, from: line)
        } catch {
          throw PipelineError(.worker, "the worker process answered nonsense", cause: error)
        }
      }
      scanned = buffer.count
      try waited.measure { () throws(PipelineError) in try waitForReply(until: deadline, timeout_s: timeout_s) }
      try readMore()
    }
  }

  private func waitForReply(until deadline: UInt64, timeout_s: Double) throws(PipelineError) {
    while true {
      if launcher.isInterrupted() { throw PipelineError(.interrupted, "interrupted") }
      let now = assay_clock_ns()
      guard now < deadline else {
        kill(pid, SIGKILL)
        reap(after_ms: 2000)
        throw PipelineError(
          .worker, "the worker process did not answer within \(Int(timeout_s)) s and was ended",
          remedy: "a model this slow needs a smaller batch")
      }
      var descriptor = pollfd(fd: replies, events: Int16(POLLIN), revents: 0)
      let left_ms = Int32(clamping: min((deadline - now) / 1_000_000 + 1, 500))
      let ready = poll(&descriptor, 1, left_ms)
      if ready > 0 { return }
      if ready < 0, errno != EINTR {
        throw PipelineError(.worker, "cannot wait for a worker: \(String(cString: strerror(errno)))")
      }
    }
  }

  private func readMore() throws(PipelineError) {
    let chunk = 1 << 16
    let old = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: chunk))
    let count = buffer.withUnsafeMutableBytes { read(replies, $0.baseAddress.map { $0 + old }, chunk) }
    buffer.removeLast(chunk - max(0, count))
    if count == 0 { throw died() }
    if count < 0, errno != EINTR { throw died() }
  }

  /// The signal that ended the process, once it is known to have ended so.
  private(set) var signal: Int32?

  private func died() -> PipelineError {
    let status = reap(after_ms: 2000)
    guard let status else { return PipelineError(.worker, "the worker process closed its output") }
    let code = status & 0x7f
    guard code != 0 else {
      return PipelineError(.worker, "the worker process ended by itself with exit code \((status >> 8) & 0xff)")
    }
    signal = code
    let hint = code == SIGKILL ? "killed from outside; the kernel does so when memory runs out" : nil
    return PipelineError(
      .worker, "the worker process was ended by signal \(code) (\(String(cString: strsignal(code))))", remedy: hint)
  }

  @discardableResult
  private func reap(after_ms: Int) -> Int32? {
    guard !isReaped else { return nil }
    var status: Int32 = 0
    for _ in 0..<max(1, after_ms) {
      let result = waitpid(pid, &status, WNOHANG)
      if result == pid {
        isReaped = true
        return status
      }
      if result < 0, errno != EINTR { return nil }
      usleep(1000)
    }
    return nil
  }
}

/// Calls `body` with the strings as a null-terminated C array.
private func withCStrings<R>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeMutableBufferPointer { buffer in
    // The array has at least its terminating null, so it has an address.
    guard let start = buffer.baseAddress else { preconditionFailure("an array with one element has an address") }
    return body(start)
  }
}
