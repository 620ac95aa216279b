import AssayCore

/// `1 thread`, `2 threads`, `no rows`.
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
  let many = plural ?? singular + "s"
  return count == 0 ? "no \(many)" : "\(count.grouped) \(count == 1 ? singular : many)"
}

/// `a, b and c`.
func listed(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " and " + last
}

/// Names for files: lower-case letters, digits and `-`, unlike each other, in the order of `names`.
///
/// Anything else becomes `-`; a name that would be empty or is taken already gets a number.
func fileNames(for names: [String]) -> [String] {
  var taken: Set<String> = []
  return names.map { name in
    var slug = ""
    for scalar in name.lowercased().unicodeScalars {
      let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
      if isPlain { slug.unicodeScalars.append(scalar) } else if slug.last != "-", !slug.isEmpty { slug += "-" }
      if slug.utf8.count >= 60 { break }
    }
    while slug.last == "-" { slug.removeLast() }
    if slug.isEmpty { slug = "group" }
    var unique = slug
    var number = 2
    while !taken.insert(unique).inserted {
      unique = "\(slug)-\(number)"
      number += 1
    }
    return unique
  }
}
