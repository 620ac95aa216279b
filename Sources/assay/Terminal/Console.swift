import AssayCore
import FoundationEssentials
import Glibc

/// Where words go: results to standard output, everything else to standard error.
enum Console {
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
  /// Whether standard output may be coloured: a terminal, and nobody asked for none.
  static var usesColor: Bool {
    isatty(STDOUT_FILENO) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Columns of the terminal that standard output is; nil when it is none.
  static var width: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
  static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  /// One line: what failed, where, and what to do.
  static func error(_ error: any ExplainedError) { note("assay: error: \(error)") }

  static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent)
      }
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      sent += count
    }
  }
}
