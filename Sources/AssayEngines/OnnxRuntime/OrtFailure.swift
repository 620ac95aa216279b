import AssayCore
import AssayRuntime
import COnnxRuntime

/// Turns what ONNX Runtime says into errors a user can act on.
enum OrtFailure {
  /// `OrtErrorCode` values that are told apart.
  private static let noSuchFile: Int32 = 3
  private static let invalidProtobuf: Int32 = 7
  private static let notImplemented: Int32 = 9

  /// A model that was refused.
  static func load(_ code: Int32, _ raw: String, path: String) -> EngineError {
    let text = cleaned(raw)
    let place = Place(file: path, node: node(in: raw))
    func fault(_ code: EngineErrorCode, _ message: String, _ remedy: String?) -> EngineError {
      EngineError(code, message, at: place, remedy: remedy)
    }
    if code == invalidProtobuf || raw.contains("No graph was found") {
      return fault(
        .load, "it is not an ONNX model, or only the beginning of one", "copy or export the file again")
    }
    if code == noSuchFile, !raw.contains("External") {
      return fault(.load, "the file is not there or cannot be read", "check the path")
    }
    if raw.contains("IR version") || raw.contains("Current official support for domain") {
      return fault(
        .load, "onnxruntime is too old for this model: \(text)",
        "export the model for an older opset or IR version, or install a newer onnxruntime")
    }
    if raw.contains("xternal data") || raw.contains("xternal initializer") {
      return fault(
        .load, "data kept outside the model file cannot be read: \(text)",
        "put the file of the external data beside the model, under the name it was exported with")
    }
    if raw.contains("No Op registered for") || raw.contains("is not a registered function/op") || code == notImplemented
    {
      return fault(
        .unsupported, "onnxruntime has no kernel for it: \(text)",
        "replace the operator or its type, or use another engine")
    }
    return fault(.load, "onnxruntime refuses the model: \(text)", nil)
  }

  static func input(_ raw: String) -> EngineError { EngineError(.input, cleaned(raw)) }

  /// An inference that failed.
  static func inference(_ code: Int32, _ raw: String) -> EngineError {
    let text = cleaned(raw)
    let place = node(in: raw).map { Place(node: $0) }
    if raw.contains("Got invalid dimensions") || raw.contains("Invalid rank for input") {
      return EngineError(.input, text, at: place)
    }
    return EngineError(.inference, text, at: place)
  }

  /// The message without the places in the engine's own sources, on one line.
  static func cleaned(_ raw: String) -> String {
    var text = raw
    while let found = text.firstMatch(of: #/[^\s:"']*\.(?:cc|cpp|cu|cuh|h|hpp):\d+ /#) {
      let rest = text[found.range.upperBound...]
      text = String(text[..<found.range.lowerBound]) + withoutSignature(rest)
    }
    text = text.replacing(#/^(?:Load model (?:from )?.*? failed(?:\.|:|$)\s*)+/#, with: "")
    if let found = text.firstMatch(
      of: #/Non-zero status code returned while running (\S+) node\. Name:'.*?' Status Message: /#)
    {
      text = "\(found.1) failed: " + text[found.range.upperBound...]
    }
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.hasSuffix(".") ? String(line.dropLast()) : line
  }

  /// The name of the node a message speaks of, where it has one.
  static func node(in raw: String) -> String? {
    let found =
      raw.firstMatch(of: #/In Node, \("([^"]+)"/#)?.1 ?? raw.firstMatch(of: #/ node\. Name:'([^']+)'/#)?.1
      ?? raw.firstMatch(of: #/with name '([^']+)'/#)?.1
    return found.map(String.init)
  }

  /// Drops the C++ signature, or the bare name, of the function that a message begins with.
  private static func withoutSignature(_ text: Substring) -> Substring {
    guard let open = text.firstIndex(of: "("), text[..<open].contains("::") || !text[..<open].contains(" ") else {
      return text.drop { $0 != " " }.drop { $0 == " " }
    }
    var depth = 0
    var end = open
    while end < text.endIndex {
      if text[end] == "(" { depth += 1 }
      if text[end] == ")" { depth -= 1 }
      end = text.index(after: end)
      if depth == 0, end == text.endIndex || text[end] != "(" { break }
    }
    var rest = text[end...].drop { $0 == " " }
    if rest.hasPrefix("const ") { rest = rest.dropFirst(6) }
    if rest.hasPrefix("[with "), let close = rest.firstIndex(of: "]") { rest = rest[rest.index(after: close)...] }
    return rest.drop { $0 == " " }
  }
}
