public import AssayCore

extension DatasetDescription {
  /// The keys that every format understands.
  public static let sharedKeys: [DatasetKey] =
    Preparation.keys + [
      DatasetKey("count", "rows used; all by default"),
      DatasetKey("seed", "seed of a random choice of `count` rows; without it the first rows are used"),
    ]

  /// Reads the flat mapping that a suite has for a dataset: `{ idx: PATH, scale: 1/255, count: 100, seed: 1 }`.
  ///
  /// Exactly one key is the name of a format; its value is a path or a list of paths.
  ///
  /// - Parameters:
  ///   - keys: The mapping, `like` and `from` resolved and removed.
  ///   - base: A description whose options and preparation apply where `keys` is silent (`like: test`).
  ///   - folder: Where relative paths begin; nil leaves them as they are.
  ///   - place: Where the mapping stands, for messages.
  /// - Throws: `option` for no or two formats, an unknown key (with the nearest known one) or a value of the wrong kind.
  public init(
    keys: [String: OptionValue], like base: DatasetDescription? = nil, folder: String? = nil, at place: Place? = nil
  ) throws(DataError) {
    let written = DatasetFormatCatalog.all.filter { keys[$0.name] != nil }
    guard written.count == 1, let format = written.first, let value = keys[format.name] else {
      let names = DatasetFormatCatalog.all.map(\.name).joined(separator: ", ")
      throw DataError(
        .option,
        written.isEmpty
          ? "no format is named" : "two formats are named: \(written.map(\.name).joined(separator: ", "))",
        at: place, remedy: "name one of \(names), with the path: csv: PATH")
    }
    let options = DatasetOptions(
      keys, known: [format.name] + (format.keys + Self.sharedKeys).map(\.name), owner: format.name, at: place)
    try options.refuseUnknown()

    let isSameFormat = base?.format == format.name
    var own = isSameFormat ? base?.options ?? [:] : [:]
    for key in format.keys {
      guard let value = keys[key.name] else { continue }
      own[key.name] = key.isPath ? try Self.resolved(value, key: key.name, folder: folder, options: options) : value
    }
    var paths: [String] = []
    for path in Self.elements(value) {
      guard case .text(let text) = try Self.resolved(path, key: format.name, folder: folder, options: options) else {
        continue
      }
      paths.append(text)
    }
    guard !paths.isEmpty else { throw options.wrong(format.name, value, wanted: "a path or a list of paths") }
    var subset: Subset?
    if let count = try options.count("count") {
      subset = Subset(count: count, seed: try options.integer("seed").map { UInt64(bitPattern: Int64($0)) })
    } else if keys["seed"] != nil {
      throw DataError(.option, "a seed without a count chooses nothing", at: place, remedy: "give count as well")
    }
    self.init(
      format: format.name, paths: paths, options: own,
      preparation: try (base?.preparation ?? Preparation()).overriding(with: keys, at: place), subset: subset)
  }

  private static func elements(_ value: OptionValue) -> [OptionValue] {
    if case .list(let list) = value { list } else { [value] }
  }

  private static func resolved(
    _ value: OptionValue, key: String, folder: String?, options: DatasetOptions
  ) throws(DataError) -> OptionValue {
    guard case .text(let path) = value, !path.isEmpty else { throw options.wrong(key, value, wanted: "a path") }
    guard let folder, !folder.isEmpty, !path.hasPrefix("/") else { return value }
    return .text(folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)")
  }
}

extension Preparation {
  /// The keys of a preparation in a suite.
  public static let keys: [DatasetKey] = [
    DatasetKey("scale", "factor for stored values, a number or a fraction as 1/255; 1 by default"),
    DatasetKey("mean", "subtracted after scaling, one number or one for each channel; 0 by default"),
    DatasetKey("std", "divided by after that, one number or one for each channel; 1 by default"),
    DatasetKey("layout", "nchw or nhwc, what the model reads; as stored by default"),
    DatasetKey("shape", "shape of one example for the model, as [1, 28, 28]; as stored by default"),
    DatasetKey("flatten", "true to make one axis of an example; false by default"),
  ]

  /// This preparation with what `values` says of it; other keys in `values` are not looked at.
  ///
  /// - Throws: `option` for a value of the wrong kind.
  public func overriding(
    with values: [String: OptionValue], at place: Place? = nil
  ) throws(DataError) -> Preparation {
    let options = DatasetOptions(values, known: Self.keys.map(\.name), owner: "prepared", at: place)
    var result = self
    if let scale = try options.ratio("scale") { result.scale = scale }
    if let mean = try options.numbers("mean") { result.mean = mean }
    if let std = try options.numbers("std") {
      guard !std.contains(0) else {
        throw options.wrong("std", .list(std.map { .number(Double($0)) }), wanted: "numbers other than 0")
      }
      result.std = std
    }
    if let layout = try options.choice("layout", of: ImageLayout.self) { result.layout = layout }
    if let shape = try options.shape("shape") { result.shape = shape }
    if let flattens = try options.flag("flatten") { result.flattens = flattens }
    return result
  }
}
