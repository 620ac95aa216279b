/// The closed set of failures one boundary module can report.
///
/// A code is stable and meant for programs; the message of the `Fault` is meant for people.
public protocol FaultCode: RawRepresentable, Sendable, Hashable, CaseIterable where RawValue == String {
  /// The exit code of the process when a fault with this code ends it.
  var exitStatus: ExitStatus { get }
}

/// Where in the user's own material something is wrong.
public struct Place: Sendable, Hashable, Codable {
  /// Path of the file, as the user wrote it.
  public var file: String?
  /// 1-based line in `file`.
  public var line: Int?
  /// Name of the ONNX node (or initializer, or value) concerned.
  public var node: String?

  public init(file: String? = nil, line: Int? = nil, node: String? = nil) {
    self.file = file
    self.line = line
    self.node = node
  }
}

extension Place: CustomStringConvertible {
  /// `file:line, node 'name'`, with the parts that are known.
  public var description: String {
    var parts: [String] = []
    if let file {
      parts.append(line.map { "\(file):\($0)" } ?? file)
    } else if let line {
      parts.append("line \(line)")
    }
    if let node { parts.append("node '\(node)'") }
    return parts.joined(separator: ", ")
  }
}

/// Every error that Assay reports, whatever its module, in the form the executable prints.
public protocol ExplainedError: Error, CustomStringConvertible {
  /// The stable name of the failure, `module code` style: `truncated-file`.
  var codeName: String { get }
  /// What failed, in one sentence without a final full stop.
  var message: String { get }
  /// Where it failed.
  var place: Place? { get }
  /// What the user can do about it.
  var remedy: String? { get }
  /// The error below this one.
  var cause: (any Error)? { get }
  /// The exit code of the process when this error ends it.
  var exitStatus: ExitStatus { get }
}

extension ExplainedError {
  /// `place: message: cause (remedy)`, on one line.
  public var description: String {
    var text = ""
    if let place, !place.description.isEmpty { text += "\(place.description): " }
    text += message
    if let cause { text += ": \(cause)" }
    if let remedy { text += " (\(remedy))" }
    return text
  }
}

/// The error value of one boundary module: a closed code, a message with its remedy, the place and the cause.
///
/// Each module names its own: `typealias DataError = Fault<DataErrorCode>`, and throws it typed.
public struct Fault<Code: FaultCode>: ExplainedError {
  public var code: Code
  public var message: String
  public var place: Place?
  public var remedy: String?
  public var cause: (any Error)?

  public init(
    _ code: Code, _ message: String, at place: Place? = nil, remedy: String? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.place = place
    self.remedy = remedy
    self.cause = cause
  }

  public var codeName: String { code.rawValue }
  public var exitStatus: ExitStatus { code.exitStatus }

  /// The same fault, with what is missing of the place filled in from `place`.
  public func located(at place: Place) -> Self {
    var copy = self
    var merged = copy.place ?? Place()
    merged.file = merged.file ?? place.file
    merged.line = merged.line ?? place.line
    merged.node = merged.node ?? place.node
    copy.place = merged
    return copy
  }
}
