import FoundationEssentials
import Glibc

/// Which Assay this is.
public enum ProgramIdentity {
  /// Version as in CHANGELOG.
  public static let version = "0.1.0"

  /// Path of the running executable.
  public static var executable: String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { readlink("/proc/self/exe", $0.assumingMemoryBound(to: CChar.self), bytes.count) } ?? 0
    }
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : CommandLine.arguments[0]
  }

  /// Changes when the program is built anew, so that what another build cached is not taken for this one's.
  static var buildKey: String {
    var status = stat()
    guard stat(executable, &status) == 0 else { return version }
    return "\(version) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}
