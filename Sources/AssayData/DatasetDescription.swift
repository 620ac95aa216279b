public import AssayCore

/// What a suite says of a dataset: where it is, how it is stored, how it is prepared, which rows are used.
public struct DatasetDescription: Sendable, Hashable, Codable {
  /// Name in `DatasetFormatCatalog`.
  public var format: String
  /// Files, or the stem of files, as the format reads them.
  public var paths: [String]
  /// The format's own options, by key; only what was written.
  public var options: [String: OptionValue]
  /// What is done to each value before a model reads it.
  public var preparation: Preparation
  /// The rows used; nil for all.
  public var subset: Subset?

  /// Describes a dataset; nothing is opened or checked yet.
  public init(
    format: String, paths: [String], options: [String: OptionValue] = [:], preparation: Preparation = Preparation(),
    subset: Subset? = nil
  ) {
    self.format = format
    self.paths = paths
    self.options = options
    self.preparation = preparation
    self.subset = subset
  }

  /// Reads the files and takes the subset; the preparation is checked against the examples, not yet applied.
  ///
  /// - Throws: every `DataError` of reading; `option` for an unknown format or option; `rows` for fewer rows than asked.
  public func open() throws(DataError) -> Dataset {
    let format = try DatasetFormatCatalog.format(named: format)
    let options = DatasetOptions(options, of: format, at: paths.first.map { Place(file: $0) })
    try options.refuseUnknown()
    guard !paths.isEmpty else {
      throw DataError(.option, "no path for \(format.name) data", remedy: "write \(format.name): PATH")
    }
    guard let subset else {
      let whole = try format.read(paths, options: options)
      _ = try whole.preparedShape(preparation)
      return whole
    }
    // A random choice may take any row; the first ones do not need the others.
    let source =
      subset.seed == nil && subset.count > 0
      ? try format.read(first: subset.count, of: paths, options: options) : try format.read(paths, options: options)
    _ = try source.preparedShape(preparation)
    return try source.selecting(subset)
  }
}

/// One key that a dataset, or a format of datasets, understands in a suite.
public struct DatasetKey: Sendable, Hashable {
  /// The word written in the suite.
  public var name: String
  /// What it means, with the default, for `assay list formats`.
  public var summary: String
  /// Whether its value is a path, which is relative to the suite file.
  public var isPath: Bool

  /// Names a key and says what it means.
  public init(_ name: String, _ summary: String, isPath: Bool = false) {
    self.name = name
    self.summary = summary
    self.isPath = isPath
  }
}

/// The options of one dataset, read with their types.
public struct DatasetOptions: Sendable {
  private let values: [String: OptionValue]
  private let formatName: String
  private let known: [String]
  private let place: Place?

  /// Wraps what was written for `format`.
  public init(_ values: [String: OptionValue], of format: any DatasetFormat, at place: Place?) {
    self.init(values, known: format.keys.map(\.name), owner: format.name, at: place)
  }

  init(_ values: [String: OptionValue], known: [String], owner: String, at place: Place?) {
    self.values = values
    self.known = known
    self.formatName = owner
    self.place = place
  }

  /// Refuses a key that is not known, naming the nearest that is.
  public func refuseUnknown() throws(DataError) {
    for key in values.keys.sorted() where !known.contains(key) {
      let guess = nearestName(to: key, among: known).map { "did you mean '\($0)'?" }
      throw DataError(
        .option, "\(formatName) data have no key '\(key)'", at: place,
        remedy: guess ?? "known keys: \(known.joined(separator: ", "))")
    }
  }

  /// The value as it was written.
  public func value(_ key: String) -> OptionValue? { values[key] }

  /// A text; a number is taken as it was written.
  public func text(_ key: String) throws(DataError) -> String? {
    switch values[key] {
    case nil: return nil
    case .text(let text): return text
    case .integer(let number): return "\(number)"
    case .some(let value): throw wrong(key, value, wanted: "a text")
    }
  }

  /// A whole number.
  public func integer(_ key: String) throws(DataError) -> Int? {
    guard let value = values[key] else { return nil }
    guard case .integer(let number) = value else { throw wrong(key, value, wanted: "a whole number") }
    return number
  }

  /// A whole number of at least 1.
  public func count(_ key: String) throws(DataError) -> Int? {
    guard let number = try integer(key) else { return nil }
    guard number > 0 else { throw wrong(key, .integer(number), wanted: "a number of at least 1") }
    return number
  }

  /// true or false.
  public func flag(_ key: String) throws(DataError) -> Bool? {
    guard let value = values[key] else { return nil }
    guard case .bool(let flag) = value else { throw wrong(key, value, wanted: "true or false") }
    return flag
  }

  /// One of the raw values of `Choice`.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of type: Choice.Type
  ) throws(DataError) -> Choice? where Choice.RawValue == String {
    guard let text = try text(key) else { return nil }
    guard let choice = Choice(rawValue: text.lowercased()) else {
      throw wrong(key, .text(text), wanted: Choice.allCases.map(\.rawValue).joined(separator: " or "))
    }
    return choice
  }

  /// One number or a list of numbers.
  public func numbers(_ key: String) throws(DataError) -> [Float]? {
    guard let value = values[key] else { return nil }
    var elements = [value]
    if case .list(let list) = value { elements = list }
    var numbers: [Float] = []
    for element in elements {
      guard let number = element.asNumber, Float(number).isFinite else {
        throw wrong(key, value, wanted: "a number or a list of numbers")
      }
      numbers.append(Float(number))
    }
    return numbers
  }

  /// A list of extents.
  public func shape(_ key: String) throws(DataError) -> [Int]? {
    guard let value = values[key] else { return nil }
    var elements = [value]
    if case .list(let list) = value { elements = list }
    var shape: [Int] = []
    for element in elements {
      guard case .integer(let extent) = element, extent > 0 else {
        throw wrong(key, value, wanted: "a list of positive whole numbers, like [1, 28, 28]")
      }
      shape.append(extent)
    }
    return shape
  }

  /// A fraction or a number.
  public func ratio(_ key: String) throws(DataError) -> Ratio? {
    guard let value = values[key] else { return nil }
    let ratio: Ratio? =
      if case .text(let text) = value { Ratio(text) } else { value.asNumber.flatMap { Ratio($0) } }
    guard let ratio else { throw wrong(key, value, wanted: "a number or a fraction, like 1/255") }
    return ratio
  }

  /// The error for a value of the wrong kind.
  public func wrong(_ key: String, _ value: OptionValue, wanted: String) -> DataError {
    DataError(.option, "'\(value)' is no value for '\(key)'", at: place, remedy: "give \(wanted)")
  }
}
