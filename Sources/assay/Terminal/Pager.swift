import Glibc

/// The program that people read long texts with.
enum Pager {
  /// Shows `text` with `$PAGER`, or `less`, and waits for its end; false where standard output is no terminal, no pager is wanted,
  /// or there is none.
  static func show(_ text: String, environment: [String: String]) -> Bool {
    guard isatty(STDOUT_FILENO) == 1, environment["TERM"] != "dumb" else { return false }
    let program = environment["PAGER"] ?? "less"
    guard !program.isEmpty, program != "cat" else { return false }
    // What fits is shown at once, colours as colours, and it stays on the screen.
    if environment["LESS"] == nil { setenv("LESS", "FRX", 1) }
    guard let pipe = popen(program, "w") else { return false }
    let bytes = Array(text.utf8)
    let written = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, pipe) }
    let status = pclose(pipe)
    // A shell that finds no such program says 127; a pager that was left early is no failure.
    let isMissing = status & 0x7f == 0 && (status >> 8) & 0xff == 127
    return !isMissing && (written > 0 || bytes.isEmpty)
  }
}
