import Glibc

extension ProcessMemory {
  /// Resident memory of this process that no file backs, in bytes; nil where the machine cannot tell.
  ///
  /// Heap, stacks and changed pages, without the pages of mapped files (weights, test rows), which come in as they are
  /// touched and are no leak. One short read of `/proc/self/statm`, about a microsecond. Kernels from 6.2 on count per CPU
  /// and may be off by some tens of pages.
  public static func anonymous_B(in files: MachineFiles = .real) -> Int? {
    files.text("/proc/self/statm").flatMap { anonymous_B(statm: $0, page_B: sysconf(Int32(_SC_PAGESIZE))) }
  }

  /// From the text of `/proc/PID/statm`, in pages: size, resident, shared ...; nil when it is malformed.
  static func anonymous_B(statm: String, page_B: Int) -> Int? {
    let words = statm.split(whereSeparator: \.isWhitespace)
    guard words.count >= 3, let resident = Int(words[1]), let shared = Int(words[2]), resident >= shared, shared >= 0
    else { return nil }
    let (bytes, overflow) = (resident - shared).multipliedReportingOverflow(by: page_B)
    return overflow ? nil : bytes
  }
}
