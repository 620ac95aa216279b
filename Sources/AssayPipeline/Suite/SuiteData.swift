import AssayCore
import AssayData

/// The section `data:`, from which each baseline has its data sets.
struct SuiteData {
  let test: SuiteDataset
  let train: SuiteDataset?
  let calibration: SuiteDataset?

  init(_ value: SuiteValue, paths: SuitePaths) throws(PipelineError) {
    let section = try value.mapping("a mapping with the key test")
    try section.refuseUnknown(["root", "test", "train", "calibration"])
    let reader = try SuiteDatasetReader(section: section, paths: paths, root: section["root"])
    let test = try reader.dataset("test", try section.require("test", "{ FORMAT: PATH }"))
    var sources = ["test": test]
    if let train = section["train"] { sources["train"] = try reader.dataset("train", train) }
    self.test = test
    train = sources["train"]
    self.calibration =
      if let rows = section["calibration"] { try Self.calibration(rows, from: sources) } else { nil }
  }

  /// The same with `overrides` in the preparation.
  private init(test: SuiteDataset, train: SuiteDataset?, calibration: SuiteDataset?) {
    self.test = test
    self.train = train
    self.calibration = calibration
  }

  /// These data, prepared as a baseline's own `data:` says.
  func overriding(with value: SuiteValue?) throws(PipelineError) -> SuiteData {
    guard let value else { return self }
    let keys = try preparationKeys(of: value)
    return SuiteData(
      test: try test.prepared(with: keys), train: try train?.prepared(with: keys),
      calibration: try calibration?.prepared(with: keys))
  }

  private static func calibration(
    _ value: SuiteValue, from sources: [String: SuiteDataset]
  ) throws(PipelineError) -> SuiteDataset {
    let keys = try value.mapping("{ from: train, count: 300 }")
    try keys.refuseUnknown(["from", "count", "seed"])
    let origin = try keys.require("from", "train or test")
    let name = try origin.text("train or test")
    guard let source = sources[name] else {
      guard name == "train" else { throw origin.wrong(takes: "train or test") }
      throw PipelineError(
        .suiteInvalid, "\(origin.name) is 'train', but 'data' has no key 'train'", at: origin.place,
        remedy: "add train: { FORMAT: PATH }")
    }
    let count = try keys.require("count", "a number of rows").integer(1...Int(Int32.max))
    let seed = try keys["seed"]?.integer(0...UInt64.max)
    guard case .resolved(var description) = source else { return source }
    guard description.subset == nil else {
      throw PipelineError(
        .suiteInvalid, "\(value.name) chooses rows of \(quoted(name)), which has a count itself", at: value.place,
        remedy: "remove the count of \(quoted("data.\(name)"))")
    }
    // Without a seed the first rows would be taken, which are of one class in a sorted file.
    description.subset = Subset(count: count, seed: seed ?? 1)
    return .resolved(description)
  }
}

/// Reads `data.test` and `data.train`.
struct SuiteDatasetReader {
  let section: SuiteMapping
  let paths: SuitePaths
  let rootValue: SuiteValue?
  let root: SuitePaths.Expansion?

  init(section: SuiteMapping, paths: SuitePaths, root: SuiteValue?) throws(PipelineError) {
    self.section = section
    self.paths = paths
    self.rootValue = root
    self.root = if let root { try paths.expanded(root) } else { nil }
  }

  func dataset(_ name: String, _ value: SuiteValue) throws(PipelineError) -> SuiteDataset {
    let keys = try value.mapping("{ FORMAT: PATH }")
    let format = try checkedFormat(of: keys)
    let pathKeys = [format.name] + format.keys.filter(\.isPath).map(\.name)
    var options: [String: OptionValue] = [:]
    var missing: SuiteDataset?
    for entry in keys.entries where entry.key != "like" {
      guard pathKeys.contains(entry.key) else {
        options[entry.key] = try checkedOption(entry)
        continue
      }
      let elements = try entry.value.oneOrMore("a path") { value throws(PipelineError) in
        switch try located(value) {
        case .resolved(let path): return path
        case .missingVariable(let name, let text, let place):
          missing = missing ?? .missingVariable(name: name, text: text, place: place)
          return text
        }
      }
      options[entry.key] = elements.count == 1 ? .text(elements[0]) : .list(elements.map(OptionValue.text))
    }
    var description: DatasetDescription
    do {
      description = try DatasetDescription(keys: options, at: value.place)
    } catch {
      throw invalid(error)
    }
    if let like = keys["like"] { description.preparation = try preparation(like: like, of: name, overriding: options) }
    return missing ?? .resolved(description)
  }

  /// The preparation of the other data set, with this one's own keys over it.
  private func preparation(
    like value: SuiteValue, of name: String, overriding options: [String: OptionValue]
  ) throws(PipelineError) -> Preparation {
    let other = try value.text("test or train")
    guard ["test", "train"].contains(other), other != name, let source = section[other] else {
      throw value.wrong(takes: "the name of another data set of this suite, test or train")
    }
    let keys = try source.mapping("{ FORMAT: PATH }")
    guard keys["like"] == nil else {
      throw PipelineError(
        .suiteInvalid, "\(value.name) is '\(other)', which itself is like another", at: value.place,
        remedy: "write out the preparation of one of them")
    }
    var result = Preparation()
    let known = Preparation.keys.map(\.name)
    var inherited: [String: OptionValue] = [:]
    for entry in keys.entries where known.contains(entry.key) { inherited[entry.key] = try checkedOption(entry) }
    do {
      result = try Preparation().overriding(with: inherited, at: source.place)
      return try result.overriding(with: options, at: value.place)
    } catch {
      throw invalid(error)
    }
  }

  /// The path in `value` below `data.root`; the variable that is not set, with the whole path as written.
  private func located(_ value: SuiteValue) throws(PipelineError) -> SuitePath {
    let text = try value.text("a path")
    guard case .text(let path) = try paths.expanded(value), !path.hasPrefix("/"), let root, let rootValue
    else { return try paths.path(value) }
    switch root {
    case .text(let root): return .resolved(SuitePaths.join(SuitePaths.join(paths.folder, root), path))
    case .missing(let name):
      let rootText = try rootValue.text("a path")
      return .missingVariable(name: name, text: SuitePaths.join(rootText, text), place: rootValue.place)
    }
  }

  /// The only format that `keys` names, after a check that every key is one of its own.
  private func checkedFormat(of keys: SuiteMapping) throws(PipelineError) -> any DatasetFormat {
    let formats = DatasetFormatCatalog.all
    let named = keys.entries.filter { entry in formats.contains { $0.name == entry.key } }
    let shared = DatasetDescription.sharedKeys.map(\.name) + ["like"]
    guard let first = named.first, let format = formats.first(where: { $0.name == first.key }) else {
      let names = formats.map(\.name)
      let unknown = keys.entries.first { entry in
        !shared.contains(entry.key) && !formats.contains { $0.keys.contains { $0.name == entry.key } }
      }
      throw PipelineError(
        .suiteInvalid,
        unknown.map { "\(keys.owner.name) has no key \(quoted($0.key)), and names no format" }
          ?? "\(keys.owner.name) names no format",
        at: unknown?.place ?? keys.owner.place,
        remedy: unknown.flatMap { nearestName(to: $0.key, among: names) }.map { "did you mean '\($0)'?" }
          ?? "name one of \(names.joined(separator: ", ")) with a path, like \(names[0]): PATH")
    }
    guard named.count == 1 else {
      throw PipelineError(
        .suiteInvalid,
        "\(keys.owner.name) names \(named.count) formats, \(named.map(\.key).joined(separator: " and "))",
        at: named[1].place, remedy: "a data set is stored in one; remove the other")
    }
    try keys.refuseUnknown([format.name] + format.keys.map(\.name) + shared)
    return format
  }
}

/// The keys of a baseline's own `data:`, which are those of a preparation.
private func preparationKeys(of value: SuiteValue) throws(PipelineError) -> [String: OptionValue] {
  let keys = try value.mapping("a mapping with keys of a preparation, like scale: 1/255")
  let known = Preparation.keys.map(\.name)
  let others = DatasetFormatCatalog.all.flatMap { [$0.name] + $0.keys.map(\.name) } + ["count", "seed", "like"]
  var result: [String: OptionValue] = [:]
  for entry in keys.entries {
    guard !others.contains(entry.key) else {
      throw PipelineError(
        .suiteInvalid, "\(quoted(entry.value.path)) says which rows are read, and these are the same for all baselines",
        at: entry.place, remedy: "a baseline may only change \(known.joined(separator: ", "))")
    }
    try keys.refuseUnknown(known)
    result[entry.key] = try checkedOption(entry)
  }
  return result
}

/// The value of a key of a data set, checked alone so that a wrong one is told with its own line.
private func checkedOption(_ entry: SuiteMapping.Entry) throws(PipelineError) -> OptionValue {
  let option: OptionValue
  switch entry.key {
  case "count": option = .integer(try entry.value.integer(1...Int(Int32.max)))
  case "seed": option = .integer(try entry.value.integer(0...Int.max))
  default: option = try entry.value.option()
  }
  do {
    _ = try Preparation().overriding(with: [entry.key: option], at: entry.value.place)
    return option
  } catch {
    throw invalid(error)
  }
}

/// An error of the suite, in the words of the module that found it.
func invalid(_ error: some ExplainedError) -> PipelineError {
  PipelineError(.suiteInvalid, error.message, at: error.place, remedy: error.remedy, cause: error.cause)
}

extension SuiteDataset {
  fileprivate func prepared(with keys: [String: OptionValue]) throws(PipelineError) -> SuiteDataset {
    guard case .resolved(var description) = self else { return self }
    do {
      description.preparation = try description.preparation.overriding(with: keys)
      return .resolved(description)
    } catch {
      throw invalid(error)
    }
  }
}
