public import AssayCore

/// The options of one step, checked against the method's description.
///
/// - Invariant: every name is one of the description's, every value is of its kind and in its range.
public struct StepOptions: Sendable {
  private let values: [String: OptionValue]
  private let descriptions: [OptionDescription]

  /// Checks `step` against the options of its method.
  ///
  /// - Throws: `unknownOption` with the nearest name, `badOption` with the allowed values.
  public init(_ step: Step, _ descriptions: [OptionDescription]) throws(MethodError) {
    for (name, value) in step.options.sorted(by: { $0.key < $1.key }) {
      guard let description = descriptions.first(where: { $0.name == name }) else {
        let names = descriptions.map(\.name)
        let remedy = nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
        throw MethodError(
          .unknownOption, "'\(step.method)' has no option '\(name)'", at: step.place,
          remedy: remedy ?? "its options are \(names.joined(separator: ", "))")
      }
      guard Self.fits(value, description.kind) else {
        throw MethodError(
          .badOption, "'\(step.method)': \(name) is \(value), but takes \(description.kind.allowed)", at: step.place)
      }
    }
    for description in descriptions where description.isRequired && step.options[description.name] == nil {
      throw MethodError(
        .badOption, "'\(step.method)' needs the option '\(description.name)': \(description.kind.allowed)",
        at: step.place)
    }
    self.values = step.options
    self.descriptions = descriptions
  }

  private static func fits(_ value: OptionValue, _ kind: OptionDescription.Kind) -> Bool {
    switch (kind, value) {
    case (.bool, .bool), (.names, .text), (.form, _): true
    case (.choice(let choices), let value): choices.contains(value.description)
    case (.integer(let range), .integer(let value)): range.contains(value)
    case (.number(let range), let value): value.asNumber.map(range.contains) ?? false
    case (.names, .list(let values)): values.allSatisfy { if case .text = $0 { true } else { false } }
    default: false
    }
  }

  /// The value given, or else the default.
  public subscript(_ name: String) -> OptionValue? {
    values[name] ?? descriptions.first { $0.name == name }?.defaultValue
  }

  /// Whether the user wrote the option, default or not.
  public func isGiven(_ name: String) -> Bool { values[name] != nil }

  public func number(_ name: String) -> Double? { self[name]?.asNumber }
  public func text(_ name: String) -> String? { self[name]?.description }

  public func integer(_ name: String) -> Int? {
    if case .integer(let value)? = self[name] { value } else { nil }
  }

  public func bool(_ name: String) -> Bool? {
    if case .bool(let value)? = self[name] { value } else { nil }
  }

  /// The names given as one text or a list of texts.
  public func names(_ name: String) -> [String]? {
    switch self[name] {
    case .text(let value)?: [value]
    case .list(let values)?: values.map(\.description)
    default: nil
    }
  }
}

extension OptionDescription.Kind {
  /// The allowed values in words: `a number from 0 to 1`.
  public var allowed: String {
    switch self {
    case .bool: "true or false"
    case .choice(let choices): "one of " + choices.joined(separator: ", ")
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .names: "a name or a list of names"
    case .form(let words): words
    }
  }
}
