public import AssayCore
public import AssayData

/// Paths of a suite: relative to its folder, with variables.
///
/// `${NAME}` is the value of an environment variable, `${NAME:-default}` has a default for one that is not set or empty.
/// Any other `$` is a letter of the path.
struct SuitePaths {
  /// Folder of the suite file; empty for the current one.
  let folder: String
  let environment: [String: String]

  init(suite path: String, environment: [String: String]) {
    folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ""
    self.environment = environment
  }

  /// A text with its variables replaced, or the first one that is not set.
  enum Expansion {
    case text(String)
    case missing(name: String)
  }

  /// The path in `value`.
  func path(_ value: SuiteValue) throws(PipelineError) -> SuitePath {
    try path(text: try value.text("a path"), at: value.place, called: value.name)
  }

  /// The path in a text that stands in an option.
  func path(text: String, at place: Place, called name: String) throws(PipelineError) -> SuitePath {
    switch try expanded(text, at: place, called: name) {
    case .text(let path): return .resolved(Self.join(folder, path))
    case .missing(let name): return .missingVariable(name: name, text: text, place: place)
    }
  }

  /// The text in `value` with its variables replaced, not yet joined to a folder.
  ///
  /// - Throws: `suiteInvalid` for a `${` that is not closed, not a name, or within another, and for a path that ends up
  ///   empty.
  func expanded(_ value: SuiteValue) throws(PipelineError) -> Expansion {
    try expanded(try value.text("a path"), at: value.place, called: value.name)
  }

  private func expanded(_ text: String, at place: Place, called calledName: String) throws(PipelineError) -> Expansion {
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "$") {
      result += rest[..<start]
      rest = rest[rest.index(after: start)...]
      guard rest.first == "{" else {
        result += "$"
        continue
      }
      guard let end = rest.firstIndex(of: "}") else {
        throw PipelineError(
          .suiteInvalid, "\(quoted(text)) has a '${' without its '}'", at: place,
          remedy: "write ${NAME} or ${NAME:-default}")
      }
      let variable = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[rest.index(after: end)...]
      let name = variable.prefix { $0 != ":" }
      let fallback = variable.dropFirst(name.count)
      guard isName(name), fallback.isEmpty || fallback.hasPrefix(":-"), !fallback.contains("$") else {
        throw PipelineError(
          .suiteInvalid, "\(quoted("${\(variable)}")) is not a variable", at: place,
          remedy: "write ${NAME} or ${NAME:-default}")
      }
      if let known = environment[String(name)], !known.isEmpty {
        result += known
      } else if fallback.isEmpty {
        return .missing(name: String(name))
      } else {
        result += fallback.dropFirst(2)
      }
    }
    result += rest
    guard !result.isEmpty else {
      throw PipelineError(.suiteInvalid, "\(calledName) becomes an empty path", at: place, remedy: "write a path")
    }
    return .text(result)
  }

  /// `path` as seen from `folder`; an absolute one stays as it is.
  static func join(_ folder: String, _ path: String) -> String {
    guard !folder.isEmpty, !path.hasPrefix("/") else { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }

  private func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }
  }
}

extension SuitePath {
  /// The path, or what was written where a variable is not set.
  var text: String {
    switch self {
    case .resolved(let path): path
    case .missingVariable(_, let text, _): text
    }
  }

  /// The path, for the moment when it is used.
  ///
  /// - Throws: `variableMissing`, naming the variable, the line and what to do.
  public func get() throws(PipelineError) -> String {
    switch self {
    case .resolved(let path): return path
    case .missingVariable(let name, let text, let place): throw variableError(name, in: text, at: place)
    }
  }
}

extension SuiteDataset {
  /// The description, for the moment when the data are used.
  ///
  /// - Throws: `variableMissing`, naming the variable, the line and, for data sets Assay knows, where to get them.
  public func get() throws(PipelineError) -> DatasetDescription {
    switch self {
    case .resolved(let description): return description
    case .missingVariable(let name, let text, let place):
      let remedy = MissingData.remedy(for: [text])
      throw variableError(name, in: text, at: place, remedy: remedy == MissingData.remedy(for: []) ? nil : remedy)
    }
  }
}

private func variableError(
  _ name: String, in text: String, at place: Place, remedy: String? = nil
) -> PipelineError {
  PipelineError(
    .variableMissing, "the environment variable \(name) in \(quoted(text)) is not set", at: place,
    remedy: remedy ?? "set it, as in: \(name)=/some/folder assay ...; or write ${\(name):-folder}")
}
