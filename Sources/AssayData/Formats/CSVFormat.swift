public import AssayCore
import AssayFiles

/// Text tables: one row an example, feature columns and a label column.
public struct CSVFormat: DatasetFormat {
  /// Key in a suite.
  public let name = "csv"
  /// For `assay list formats`.
  public let summary = "text tables of numbers: feature columns and one label column, with or without a header"
  /// The keys of its own.
  public let keys = [
    DatasetKey("label", "the label column: its name, or its number from 1, negative from the end; the last by default"),
    DatasetKey("header", "detect, present or absent; detect by default"),
    DatasetKey("delimiter", "one character between fields, or tab; a comma by default"),
    CommonKeys.unlabelled, CommonKeys.classes, CommonKeys.regression,
  ]

  /// The format; it has no state.
  public init() {}

  /// Reads and joins the files.
  ///
  /// - Throws: `missing`, `malformed` with line and column, `labels` with the line, `option` for an unknown column.
  public func read(_ paths: [String], options: DatasetOptions) throws(DataError) -> Dataset {
    let header = try options.choice("header", of: NumericTable.Header.self) ?? .detect
    let delimiter = try delimiter(options)
    let isUnlabelled = try options.isUnlabelled(unless: "label")
    var features: [Float] = []
    var targetValues: [Float] = []
    var lines: [Place] = []
    var featureCount: Int?
    let absent = paths.filter { !MappedFile.exists($0) }
    guard absent.isEmpty else { throw MissingData.error(tried: absent) }
    for path in paths {
      let table = try NumericTable(CSVReader(path: path, delimiter: delimiter), file: path, header: header)
      let place = Place(file: path)
      guard table.rowCount > 0 else {
        throw DataError(.rows, "there are no rows", at: place, remedy: "give a table with at least one row of numbers")
      }
      guard table.columnCount > 1 || isUnlabelled else {
        throw DataError(
          .shape, "there is only one column", at: place,
          remedy: "give feature columns and a label column; check delimiter")
      }
      let labelCount = isUnlabelled ? 0 : 1
      guard featureCount ?? table.columnCount - labelCount == table.columnCount - labelCount else {
        throw DataError(
          .shape, "\(table.columnCount) columns, but \(paths[0]) has \((featureCount ?? 0) + labelCount)", at: place,
          remedy: "files read together must have the same columns")
      }
      featureCount = table.columnCount - labelCount
      lines += table.lines.map { Place(file: path, line: $0) }
      guard !isUnlabelled else {
        features += table.values
        continue
      }
      let column = try labelColumn(options, table: table, at: place)
      split(table, label: column, features: &features, targets: &targetValues)
    }
    let examples = Tensor(features, shape: [lines.count, featureCount ?? 0])
    return try Dataset(
      source: paths.joined(separator: ", "), files: paths, examples: examples,
      targets: isUnlabelled
        ? .unlabelled(count: lines.count) : try targets(targetValues, lines: lines, options: options))
  }

  private func targets(
    _ values: [Float], lines: [Place], options: DatasetOptions
  ) throws(DataError) -> Targets {
    if try options.flag("regression") ?? false { return .values(values) }
    let classCount = try options.count("classes")
    let labels = try labels(of: values, at: { lines[$0] })
    if let row = labels.firstIndex(where: { $0 < 0 || $0 >= classCount ?? Int.max }) {
      throw DataError(
        .labels,
        "label \(labels[row]) is not a class 0..\(classCount.map { "\($0 - 1)" } ?? "")", at: lines[row],
        remedy: "correct the label, the label column or the number of classes; for regression say regression: true")
    }
    return classTargets(labels, classCount: classCount)
  }

  private func split(_ table: NumericTable, label: Int, features: inout [Float], targets: inout [Float]) {
    features.reserveCapacity(features.count + table.values.count - table.rowCount)
    for row in 0..<table.rowCount {
      let start = row * table.columnCount
      features += table.values[start..<(start + label)]
      features += table.values[(start + label + 1)..<(start + table.columnCount)]
      targets.append(table.values[start + label])
    }
  }

  private func labelColumn(_ options: DatasetOptions, table: NumericTable, at place: Place) throws(DataError) -> Int {
    guard let value = options.value("label") else { return table.columnCount - 1 }
    switch value {
    case .integer(let number) where number >= 1 && number <= table.columnCount: return number - 1
    case .integer(let number) where number <= -1 && number >= -table.columnCount: return table.columnCount + number
    case .integer(let number):
      throw DataError(
        .option, "there is no column \(number) of \(table.columnCount)", at: place, remedy: "columns count from 1")
    case .text(let name):
      if let column = table.names.firstIndex(of: name) { return column }
      let guess = nearestName(to: name, among: table.names).map { "did you mean '\($0)'?" }
      throw DataError(
        .option, "there is no column '\(name)'", at: place,
        remedy: guess ?? (table.names.isEmpty ? "the file has no header; give a number" : "give a column of the header")
      )
    default: throw options.wrong("label", value, wanted: "the name or the number of a column")
    }
  }

  private func delimiter(_ options: DatasetOptions) throws(DataError) -> UInt8 {
    guard let text = try options.text("delimiter") else { return UInt8(ascii: ",") }
    if text == "tab" { return UInt8(ascii: "\t") }
    guard text.utf8.count == 1, let byte = text.utf8.first, !"\"\r\n0123456789.+-eE".utf8.contains(byte) else {
      throw options.wrong("delimiter", .text(text), wanted: "one character such as ; or the word tab")
    }
    return byte
  }
}
