import Glibc

/// The text files in which Linux describes machine and process: `/proc`, `/sys`, `/etc/os-release`.
///
/// A value, so that tests can stand in a machine of their own.
public struct MachineFiles: Sendable {
  private let read: @Sendable (String) -> String?

  /// Reads through `read`, which answers nil for a file that is not there or cannot be read.
  public init(_ read: @escaping @Sendable (String) -> String?) { self.read = read }

  /// The files given, by path; no others exist.
  public init(_ contents: [String: String]) { self.init { contents[$0] } }

  /// The files of this machine; at most 4 MiB of each.
  public static let real = MachineFiles(contents(ofFile:))

  /// The whole text of a file; nil when it is not there or cannot be read.
  public func text(_ path: String) -> String? { read(path) }

  /// The first word of a file that holds one value.
  func word(_ path: String) -> String? {
    text(path)?.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}

/// Kernel files tell no size beforehand, so this reads until the end.
private func contents(ofFile path: String) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  let limit = 4 << 20
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 16_384)
  while bytes.count < limit {
    let got = chunk.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
    if got < 0 && errno == EINTR { continue }
    guard got >= 0 else { return nil }
    if got == 0 { break }
    bytes += chunk[0..<got]
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// The `name: value` (or `name : value`) lines of a kernel file; of a name that repeats, the first.
func colonFields(_ text: some StringProtocol) -> [String: String] {
  var fields: [String: String] = [:]
  for line in text.split(separator: "\n") {
    guard let colon = line.firstIndex(of: ":") else { continue }
    let name = trimmed(line[..<colon])
    if !name.isEmpty, fields[name] == nil { fields[name] = trimmed(line[line.index(after: colon)...]) }
  }
  return fields
}

/// The text without white space at its ends.
func trimmed(_ text: some StringProtocol) -> String {
  var rest = Substring(text)
  while rest.first?.isWhitespace == true { rest.removeFirst() }
  while rest.last?.isWhitespace == true { rest.removeLast() }
  return String(rest)
}

/// Bytes written as `1234 kB`; nil for anything else, a negative number or one too large.
func kilobyteField(_ value: String?) -> Int? {
  guard let words = value?.split(separator: " "), words.count == 2, words[1] == "kB", let count = Int(words[0]),
    count >= 0
  else { return nil }
  let (bytes, overflow) = count.multipliedReportingOverflow(by: 1024)
  return overflow ? nil : bytes
}
