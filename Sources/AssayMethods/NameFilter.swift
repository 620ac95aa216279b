import AssayCore

/// Selects nodes and weights by name: the options `include` and `exclude`, where `*` stands for any run of letters.
struct NameFilter: Sendable {
  private let included: [String]?
  private let excluded: [String]

  /// The two options as every method that chooses nodes describes them.
  static let options = [
    OptionDescription("include", .names, "only nodes or weights of these names; '*' stands for any run of letters"),
    OptionDescription("exclude", .names, "no nodes or weights of these names"),
  ]

  init(_ options: StepOptions) {
    included = options.names("include")
    excluded = options.names("exclude") ?? []
  }

  /// Why a thing that goes by any of `names` is not to be touched; nil when it is.
  func reasonAgainst(_ names: [String]) -> String? {
    if let pattern = excluded.first(where: { pattern in names.contains { matches($0, pattern) } }) {
      return "excluded by '\(pattern)'"
    }
    if let included, !included.contains(where: { pattern in names.contains { matches($0, pattern) } }) {
      return "not among the included names"
    }
    return nil
  }

  /// Refuses patterns that match nothing, which are typing errors.
  ///
  /// - Throws: `badOption` with the nearest name, or else some of those there are.
  func check(against names: [String]) throws(MethodError) {
    for pattern in (included ?? []) + excluded where !names.contains(where: { matches($0, pattern) }) {
      throw MethodError(
        .badOption, "'\(pattern)' matches no node or weight that this method works on",
        remedy: nearestName(to: pattern, among: names).map { "did you mean '\($0)'?" } ?? Self.listed(names))
    }
  }

  private static func listed(_ names: [String]) -> String? {
    var seen: Set<String> = []
    let known = names.filter { seen.insert($0).inserted }
    guard !known.isEmpty else { return nil }
    return "there are " + known.prefix(6).map { "'\($0)'" }.joined(separator: ", ") + (known.count > 6 ? " ..." : "")
  }
}

/// Whether `name` is spelled as `pattern` says.
///
/// - Complexity: O(n·m) at worst; the last `*` alone is tried again.
func matches(_ name: String, _ pattern: String) -> Bool {
  let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
  let star = UInt8(ascii: "*")
  var (i, j) = (0, 0)
  var retry: (name: Int, pattern: Int)?
  while i < name.count {
    if j < pattern.count, pattern[j] == star {
      retry = (i, j)
      j += 1
    } else if j < pattern.count, pattern[j] == name[i] {
      (i, j) = (i + 1, j + 1)
    } else if let last = retry {
      retry = (last.name + 1, last.pattern)
      (i, j) = (last.name + 1, last.pattern + 1)
    } else {
      return false
    }
  }
  return pattern[j...].allSatisfy { $0 == star }
}
