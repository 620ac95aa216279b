import AssayCore
import FoundationEssentials
import Glibc
import Yams

/// The bytes of a suite file and the YAML tree in them.
struct SuiteFile {
  /// A suite is written by hand; what is larger is some other file.
  static let largest_B = 1 << 20

  let path: String
  let bytes: [UInt8]

  /// - Throws: `suiteUnreadable` for a file that cannot be read, a folder, or more than `largest_B`.
  init(path: String) throws(PipelineError) {
    self.path = path
    self.bytes = try Self.contents(of: path)
  }

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// The root of the only document.
  ///
  /// - Throws: `suiteUnreadable` for what is not UTF-8 or not YAML, `suiteInvalid` for a repeated key; with the line.
  func root() throws(PipelineError) -> Yams.Node {
    let text = try text()
    let root: Yams.Node?
    do {
      root = try Self.compose(text)
    } catch {
      throw syntaxError(error, in: text)
    }
    guard let root else {
      throw PipelineError(
        .suiteUnreadable, "the suite is empty", at: Place(file: path),
        remedy: "a suite has at least the keys suite, baseline, data and engines")
    }
    return root
  }

  private static func contents(of path: String) throws(PipelineError) -> [UInt8] {
    func failure(_ message: String, _ remedy: String) -> PipelineError {
      PipelineError(.suiteUnreadable, message, at: Place(file: path), remedy: remedy)
    }
    // Not blocking, so that a pipe without a writer is an error and not a wait.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw failure("the suite cannot be read: \(String(cString: strerror(errno)))", "give the path of a suite file")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw failure(
        isFolder ? "this is a folder, not a suite file" : "this is not a file", "give the path of a suite file")
    }
    guard status.st_size <= largest_B else {
      throw failure(
        "the file has \(status.st_size) bytes, a suite at most \(largest_B)", "give the path of a suite file")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= largest_B {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw failure("the suite cannot be read: \(String(cString: strerror(errno)))", "check the file and its disk")
      }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  private func text() throws(PipelineError) -> String {
    let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
    let body = bytes.starts(with: byteOrderMark) ? bytes[3...] : bytes[...]
    if let text = String(validating: body, as: UTF8.self) { return text }
    let lines = body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }.map { $0 + 1 }
    throw PipelineError(
      .suiteUnreadable, "the suite is not UTF-8 text", at: Place(file: path, line: line), remedy: "save it as UTF-8")
  }

  /// Without a resolver, since it is only here that texts become numbers, and with the encoding said, since Yams else
  /// asks the environment.
  private static func compose(_ text: String) throws -> Yams.Node? {
    try Yams.compose(yaml: text, .basic, .default, .utf8)
  }
}

// MARK: Errors of the parser

extension SuiteFile {
  private func syntaxError(_ error: any Error, in text: String) -> PipelineError {
    let quoting = "quote texts that contain { } [ ] , : or #, like \"${NAME}/file\""
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _):
      let within =
        context.map { $0.mark.line == mark.line ? "" : ", \($0.text), which begins in line \($0.mark.line)" } ?? ""
      let usesTab = line(mark.line, of: text).prefix { $0 == " " || $0 == "\t" }.contains("\t")
      return PipelineError(
        .suiteUnreadable, "this is not YAML: \(problem)\(within)", at: Place(file: path, line: mark.line),
        remedy: usesTab ? "indent with blanks, not with tabs" : quoting)
    case YamlError.composer(let context, let problem, let mark, _):
      // The only one with a context is a second document.
      return PipelineError(
        .suiteUnreadable, context == nil ? "this is not YAML: \(problem)" : "a second document begins here",
        at: Place(file: path, line: mark.line),
        remedy: context == nil
          ? "define it before with &, or quote the text" : "a suite is one document; remove the '---'")
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      return duplicateError(keys.first ?? "", first: context.mark.line, in: text)
    case YamlError.reader(let problem, let offset, _, _):
      let line = offset.map { text.prefix($0).count(where: \.isNewline) + 1 }
      return PipelineError(
        .suiteUnreadable, "this is not YAML: \(problem)", at: Place(file: path, line: line),
        remedy: "remove the character, or write it as an escape in a quoted text")
    default:
      return PipelineError(.suiteUnreadable, "this is not YAML", at: Place(file: path), cause: error)
    }
  }

  /// The error for a repeated key; Yams tells only where its first occurrence is.
  ///
  /// The second one is in the first line up to which the text repeats the key already.
  private func duplicateError(_ key: String, first: Int, in text: String) -> PipelineError {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let candidates = lines.indices.filter { $0 + 1 >= first && lines[$0].contains(key) }.prefix(64)
    let second = candidates.first { index in
      do {
        _ = try Self.compose(lines[...index].joined(separator: "\n"))
        return false
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        return context.mark.line == first && keys.first == key
      } catch {
        return false
      }
    }
    return duplicateKeyError(key, lines: (first, second.map { $0 + 1 }), file: path)
  }

  private func line(_ number: Int, of text: String) -> Substring {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.indices.contains(number - 1) ? lines[number - 1] : ""
  }
}

/// The error for a key that stands twice in one mapping.
func duplicateKeyError(_ key: String, lines: (first: Int?, second: Int?), file: String?) -> PipelineError {
  let twice =
    switch lines {
    case (let first?, let second?): first == second ? "twice in line \(first)" : "in lines \(first) and \(second)"
    case (let first?, nil): "in line \(first) and again below"
    default: "twice"
    }
  return PipelineError(
    .suiteInvalid, "the key \(quoted(key)) is written \(twice)",
    at: Place(file: file, line: lines.second ?? lines.first), remedy: "remove or rename one of the two")
}
