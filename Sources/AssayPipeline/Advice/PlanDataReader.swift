public import AssayCore
public import AssayData
import FoundationEssentials
import Glibc

/// Looks at data that a user names, so that a suite can be written for them.
public enum PlanDataReader {
  /// Reads the rows and finds out how a suite names them.
  ///
  /// - Parameters:
  ///   - options: The keys as given: `csv` with the path, `scale` ...
  ///   - model: What the rows shall fit.
  ///   - rewritten: A path from here as the suite shall write it.
  /// - Throws: what opening the data throws; `mismatch` when the rows do not fit the model.
  public static func read(
    _ options: [String: OptionValue], model: ModelFacts, rewritten: (String) -> String
  ) throws(DataError) -> PlanData {
    var options = options
    var description = try DatasetDescription(keys: options)
    var dataset: Dataset
    do {
      dataset = try description.open()
    } catch  where error.code == .labels && options["regression"] == nil {
      // Values that are no classes are values to be met.
      options["regression"] = .bool(true)
      description = try DatasetDescription(keys: options)
      dataset = try description.open()
    }
    if let outputs = model.outputElements, case .classes(_, let classes) = dataset.targets,
      options["regression"] == nil, options["classes"] == nil, outputs < classes || (outputs == 1 && classes > 2)
    {
      guard outputs == 1 else {
        throw DataError(
          .mismatch, "the data have \(classes) classes, the model has \(outputs) outputs",
          at: Place(file: dataset.source), remedy: "say which column is the label: label=NAME")
      }
      options["regression"] = .bool(true)
      description = try DatasetDescription(keys: options)
      dataset = try description.open()
    }
    try requireFit(dataset, model, options)
    return PlanData(
      keys: keys(options, description, rewritten), rows: dataset.count,
      remarks: remarks(dataset, description, isGuessed: options["regression"] != nil))
  }

  /// A short name of data, `my.csv` or `mnist/t10k`, as the keys that a suite would have.
  ///
  /// - Throws: `option` when the name does not tell the format.
  public static func keys(forPath path: String) throws(DataError) -> [String: OptionValue] {
    let name = path.lowercased()
    if name.hasSuffix(".npz") { return ["npz": .text(path)] }
    if name.hasSuffix(".tsv") { return ["csv": .text(path), "delimiter": .text("tab")] }
    if [".csv", ".txt", ".data", ".tes", ".tra"].contains(where: name.hasSuffix) { return ["csv": .text(path)] }
    if access(path + "-images-idx3-ubyte", R_OK) == 0 || access(path + "-images-idx3-ubyte.gz", R_OK) == 0 {
      return ["idx": .text(path)]
    }
    throw DataError(
      .option, "the name '\(path)' does not tell the format of the data",
      remedy: "write FORMAT=PATH, like csv=\(path) or npz=\(path); 'assay list formats' shows them")
  }

  private static func requireFit(
    _ dataset: Dataset, _ model: ModelFacts, _ options: [String: OptionValue]
  ) throws(DataError) {
    guard let wanted = model.inputElements else { return }
    let found = dataset.exampleShape.reduce(1, *)
    guard found != wanted else { return }
    let hint =
      found == wanted - 1
      ? "the last column is taken for the label; if there is none, the data cannot be judged"
      : options["csv"] != nil
        ? "each row needs \(wanted) numbers and a label; check the model, delimiter= and label="
        : "check the model and shape="
    throw DataError(
      .mismatch, "the model takes rows of \(wanted) numbers, the data have rows of \(found)",
      at: Place(file: dataset.source), remedy: hint)
  }

  /// The keys in a fixed order: format and path, its options, then preparation.
  private static func keys(
    _ options: [String: OptionValue], _ description: DatasetDescription, _ rewritten: (String) -> String
  ) -> [PlanData.Key] {
    let format = DatasetFormatCatalog.all.first { $0.name == description.format }
    let pathKeys = Set([description.format] + (format?.keys ?? []).filter(\.isPath).map(\.name))
    func rank(_ name: String) -> Int { name == description.format ? 0 : pathKeys.contains(name) ? 1 : 2 }
    let order = options.keys.sorted { a, b in
      rank(a) != rank(b) ? rank(a) < rank(b) : a < b
    }
    return order.map { name in
      guard let value = options[name] else { return PlanData.Key(name, "") }
      guard pathKeys.contains(name), case .text(let path) = value else { return PlanData.Key(name, written(value)) }
      return PlanData.Key(name, Yaml.scalar(rewritten(path)))
    }
  }

  private static func written(_ value: OptionValue) -> String {
    switch value {
    case .text(let text): text.contains("/") && !text.contains(" ") ? text : Yaml.scalar(text)
    case .list(let values): "[" + values.map(written).joined(separator: ", ") + "]"
    default: value.description
    }
  }

  private static func remarks(
    _ dataset: Dataset, _ description: DatasetDescription, isGuessed: Bool
  ) -> [String] {
    var remarks: [String] = []
    switch dataset.targets {
    case .classes(_, let count):
      remarks.append(
        "\(dataset.count.grouped) rows of \(dataset.exampleShape.reduce(1, *)) numbers, \(count) classes."
      )
    case .values:
      remarks.append(
        "\(dataset.count.grouped) rows of \(dataset.exampleShape.reduce(1, *)) numbers, each with a value to be met"
          + " (regression).")
    case .unlabelled:
      remarks.append(
        "\(dataset.count.grouped) rows of \(dataset.exampleShape.reduce(1, *)) numbers without labels: not accuracy but the drift of answers "
          + "is measured.")
    }
    if description.preparation == Preparation(), let largest = largest(dataset.examples), largest > 4 {
      remarks.append(
        "Values reach \(Int(min(1e15, largest.rounded()))): if the model was trained on scaled rows, add scale: 1/\(Int(min(1e15, largest.rounded()))), mean and std."
      )
    }
    return remarks
  }

  /// The largest magnitude among the first values; nil where none is a number.
  private static func largest(_ examples: Tensor) -> Double? {
    let most = 1 << 20
    switch examples.elementType {
    case .uint8: return examples.elements(UInt8.self).prefix(most).max().map { Double($0) }
    case .float:
      var largest = 0.0
      for value in examples.elements(Float.self).prefix(most) where value.isFinite {
        largest = max(largest, Double(abs(value)))
      }
      return largest
    default: return nil
    }
  }
}
