import AssayCore
import Yams

/// A value in a suite file with what messages need: its key path and its place.
struct SuiteValue {
  let node: Yams.Node
  /// `data.test.scale`; empty for the suite itself.
  let path: String
  let place: Place

  init(_ node: Yams.Node, path: String, key: Place) {
    self.node = node
    self.path = path
    // The mark of a value that is not written points behind it, on another line maybe.
    self.place = Self.isNull(node) ? key : Place(file: key.file, line: node.mark?.line ?? key.line)
  }

  /// Whether nothing, `~` or `null` is written.
  var isNull: Bool { Self.isNull(node) }

  var isMapping: Bool { if case .mapping(_) = node { true } else { false } }

  private static func isNull(_ node: Yams.Node) -> Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}

// MARK: Kinds

extension SuiteValue {
  /// The mapping, with keys that are texts and each there once.
  func mapping(_ takes: String = "a mapping of keys") throws(PipelineError) -> SuiteMapping {
    guard case .mapping(let mapping) = node else { throw wrong(takes: takes) }
    var entries: [SuiteMapping.Entry] = []
    var lines: [String: Int?] = [:]
    for (key, value) in mapping {
      let place = Place(file: place.file, line: key.mark?.line ?? place.line)
      guard case .scalar(let scalar) = key else {
        throw PipelineError(
          .suiteInvalid, "a key of \(name) is a list or a mapping", at: place, remedy: "keys are texts")
      }
      guard scalar.string != "<<" || scalar.style != .plain else {
        throw PipelineError(
          .suiteInvalid, "merge keys (<<) are not supported", at: place, remedy: "write the keys out, or use like:")
      }
      if let first = lines.updateValue(place.line, forKey: scalar.string) {
        throw duplicateKeyError(scalar.string, lines: (first, place.line), file: place.file)
      }
      let child = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
      entries.append(.init(key: scalar.string, place: place, value: SuiteValue(value, path: child, key: place)))
    }
    return SuiteMapping(owner: self, entries: entries)
  }

  /// The elements of a list that is not empty.
  func list(_ takes: String) throws(PipelineError) -> [SuiteValue] {
    guard case .sequence(let sequence) = node else { throw wrong(takes: takes) }
    guard !sequence.isEmpty else {
      throw PipelineError(.suiteInvalid, "\(name) is an empty list, but takes \(takes)", at: place)
    }
    return sequence.map { SuiteValue($0, path: path, key: place) }
  }

  /// One value, or several different ones in a list.
  func oneOrMore<Element: Hashable>(
    _ takes: String, _ read: (SuiteValue) throws(PipelineError) -> Element
  ) throws(PipelineError) -> [Element] {
    guard case .sequence = node else { return [try read(self)] }
    var elements: [Element] = []
    for value in try list("\(takes) or a list of them") {
      let element = try read(value)
      guard !elements.contains(element) else {
        throw PipelineError(
          .suiteInvalid, "\(name) has \(element) twice", at: value.place, remedy: "remove one of the two")
      }
      elements.append(element)
    }
    return elements
  }

  /// A text that is not blank and holds no control characters but line ends and tabs; a number is taken as written.
  func text(_ takes: String = "a text") throws(PipelineError) -> String {
    guard case .scalar(let scalar) = node, !isNull else { throw wrong(takes: takes) }
    try checkName(scalar.string, called: name, at: place)
    return scalar.string
  }

  /// A whole number in `range`.
  func integer<Number: FixedWidthInteger>(_ range: ClosedRange<Number>) throws(PipelineError) -> Number {
    guard case .scalar(let scalar) = node, scalar.style == .plain, let value = Number(scalar.string),
      range.contains(value)
    else { throw wrong(takes: "a whole number from \(range.lowerBound) to \(range.upperBound)") }
    return value
  }

  /// `true` or `false`; the other words of YAML 1.1 (`yes`, `off` ...) are texts.
  func bool() throws(PipelineError) -> Bool {
    guard case .bool(let value)? = scalarOption else { throw wrong(takes: "true or false") }
    return value
  }

  /// One of the raw values of `Choice`.
  func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws(PipelineError) -> Choice
  where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    let takes = "one of " + names.joined(separator: ", ")
    let text = try text(takes)
    guard let choice = Choice(rawValue: text) else {
      throw wrong(takes: takes, remedy: nearestName(to: text, among: names).map { "did you mean '\($0)'?" })
    }
    return choice
  }

  /// A scalar or a flat list of scalars, as the value of an option.
  func option() throws(PipelineError) -> OptionValue {
    let takes = "a text, a number, true or false"
    guard case .sequence = node else { return try scalar("\(takes), or a list of these") }
    var values: [OptionValue] = []
    for value in try list(takes) { values.append(try value.scalar("\(takes) as an element")) }
    return .list(values)
  }

  private func scalar(_ takes: String) throws(PipelineError) -> OptionValue {
    guard let option = scalarOption else { throw wrong(takes: takes) }
    if case .text(let text) = option, text.unicodeScalars.contains(where: isForbidden) {
      try checkName(text, called: name, at: place)
    }
    return option
  }

  /// The scalar by YAML's core schema (YAML 1.2, 10.3.2), numbers in decimal only; quoted scalars are texts.
  private var scalarOption: OptionValue? {
    guard case .scalar(let scalar) = node, !isNull else { return nil }
    guard scalar.style == .plain else { return .text(scalar.string) }
    switch scalar.string {
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    if let integer = Int(scalar.string) { return .integer(integer) }
    return finiteNumber(scalar.string).map(OptionValue.number) ?? .text(scalar.string)
  }
}

// MARK: Messages

extension SuiteValue {
  /// The value in messages: `'data.test'`, or `the suite`.
  var name: String { path.isEmpty ? "the suite" : quoted(path) }

  /// The error for a value of another kind than `takes`.
  func wrong(takes: String, remedy: String? = nil) -> PipelineError {
    guard !isNull else {
      return PipelineError(
        .suiteInvalid, "\(name) has no value, but takes \(takes)", at: place,
        remedy: remedy ?? "write one, indented below or behind the colon")
    }
    return PipelineError(.suiteInvalid, "\(name) is \(kind), but takes \(takes)", at: place, remedy: remedy)
  }

  private var kind: String {
    switch node {
    case .mapping(let mapping) where mapping.isEmpty: "an empty mapping"
    case .mapping(let mapping):
      switch mapping.first?.key {
      case .scalar(let key)?: "a mapping with the key \(quoted(key.string))"
      default: "a mapping"
      }
    case .sequence: "a list"
    case .scalar(let scalar): finiteNumber(scalar.string) == nil ? quoted(scalar.string) : scalar.string
    case .alias: "an alias"
    }
  }
}

/// A mapping whose keys are texts, each there once.
struct SuiteMapping {
  struct Entry {
    let key: String
    /// Where the key stands.
    let place: Place
    let value: SuiteValue
  }

  let owner: SuiteValue
  let entries: [Entry]

  subscript(_ key: String) -> SuiteValue? { entries.first { $0.key == key }?.value }

  func require(_ key: String, _ takes: String) throws(PipelineError) -> SuiteValue {
    guard let value = self[key] else {
      throw PipelineError(
        .suiteInvalid, "\(owner.name) has no key '\(key)'", at: owner.place, remedy: "add \(key): \(takes)")
    }
    return value
  }

  /// Refuses keys other than `known`, naming the nearest; `future` are keys of later versions, each with its remedy.
  func refuseUnknown(_ known: [String], future: [String: String] = [:]) throws(PipelineError) {
    for entry in entries where !known.contains(entry.key) {
      if let remedy = future[entry.key] {
        throw PipelineError(
          .suiteInvalid, "'\(entry.key)' is not supported by this version of Assay", at: entry.place,
          remedy: remedy)
      }
      throw PipelineError(
        .suiteInvalid, "\(owner.name) has no key \(quoted(entry.key))", at: entry.place,
        remedy: nearestName(to: entry.key, among: known).map { "did you mean '\($0)'?" }
          ?? "its keys are \(known.joined(separator: ", "))")
    }
  }
}

/// A finite decimal number, or nil; unlike `Double.init` it refuses `nan`, `inf`, `1e999` and hexadecimal digits.
func finiteNumber(_ text: String) -> Double? {
  guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let value = Double(text), value.isFinite
  else { return nil }
  return value
}

/// The text in quotes on one line, cut to a readable length.
func quoted(_ text: String) -> String {
  var shown = ""
  for scalar in text.unicodeScalars.prefix(80) {
    switch scalar {
    case "\n": shown += "\\n"
    case "\t": shown += "\\t"
    case _ where isForbidden(scalar): shown += "\\u{\(String(scalar.value, radix: 16))}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return "'\(shown)\(text.unicodeScalars.count > 80 ? "…" : "")'"
}

/// Names hold any text, line ends and tabs included, that is not blank and not made to drive a terminal.
func checkName(_ text: String, called name: String, at place: Place) throws(PipelineError) {
  guard !text.allSatisfy(\.isWhitespace) else {
    throw PipelineError(.suiteInvalid, "\(name) is blank", at: place, remedy: "write a text")
  }
  guard let scalar = text.unicodeScalars.first(where: isForbidden) else { return }
  throw PipelineError(
    .suiteInvalid, "\(name) holds the control character U+\(String(scalar.value, radix: 16, uppercase: true))",
    at: place, remedy: "remove it")
}

private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
}
