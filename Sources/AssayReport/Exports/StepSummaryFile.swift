public import AssayCore
import Glibc

/// The file that a GitHub step collects its summary in (`$GITHUB_STEP_SUMMARY`).
public enum StepSummaryFile {
  /// Appends the summary of a run, made short enough for what is left of the step's limit.
  ///
  /// - Returns: Bytes written; 0 when the step's summary is full already.
  /// - Throws: `cannotCreate` or `writeFailed`.
  @discardableResult
  public static func append(_ input: ExportInput, to path: String) throws(ReportError) -> Int {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw ReportError(
        .cannotCreate, "cannot open the step summary: \(String(cString: strerror(errno)))", at: Place(file: path),
        remedy: "GITHUB_STEP_SUMMARY must name a file that may be written; unset it outside of GitHub Actions")
    }
    defer { close(descriptor) }
    var status = stat()
    let used_B = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    // One byte for the line end between what is there and what comes.
    let left_B = largestStepSummary_B - used_B - 1
    guard left_B > smallestSummary_B else { return 0 }
    let bytes = Array("\n".utf8) + gitHubSummary(input, limit_B: left_B).bytes
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { write(descriptor, $0 + sent, buffer.count - sent) } ?? -1
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw ReportError(
          .writeFailed, "cannot write the step summary: \(String(cString: strerror(errno)))", at: Place(file: path),
          remedy: "free disk space")
      }
      sent += count
    }
    return sent
  }

  /// Below this not even the verdict fits.
  private static let smallestSummary_B = 2_048
}
