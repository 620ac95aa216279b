/// One application of a method: its name in the catalogue and the options the user wrote.
public struct Step: Sendable, Hashable, Codable {
  public var method: String
  /// Only what was written; the method knows the defaults.
  public var options: [String: OptionValue]
  /// Where it was written, for error messages; not part of what the step means.
  public var place: Place?

  public init(method: String, options: [String: OptionValue] = [:], place: Place? = nil) {
    self.method = method
    self.options = options
    self.place = place
  }

  public static func == (a: Step, b: Step) -> Bool { a.method == b.method && a.options == b.options }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(method)
    hasher.combine(options)
  }

  private enum CodingKeys: String, CodingKey { case method, options }
}

extension Step: CustomStringConvertible {
  /// `prune sparsity=0.9 scope=global`, options in alphabetical order: equal steps have equal descriptions.
  public var description: String {
    ([method] + options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
  }
}
