import AssayCore
import AssayONNX

/// Whether rows of data can be fed to a model's input.
enum RowFit {
  /// Why rows of `features` do not fit the input `name` of that shape; nil when they do.
  ///
  /// The first axis is the batch. Rows of another shape with as many elements fit: row-major order is kept.
  static func mismatch(input name: String, shape: some Collection<Int?>, features: some Collection<Int>) -> String? {
    let count = features.reduce(1, *)
    let rest = shape.dropFirst()
    let known = rest.reduce(1) { $0 &* ($1 ?? 1) }
    let isOpen = rest.contains { $0 == nil }
    if known == count || (isOpen && known > 0 && count.isMultiple(of: known)) { return nil }
    let takes = rest.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
    let has = features.map(String.init).joined(separator: ", ")
    return "input '\(name)' takes rows of [\(takes)], the data have rows of [\(has)]"
  }

  static let remedy = "set 'shape' where the data are described"

  /// Why rows of `features` do not fit the model file at `path`; nil when they do, and when the file does not tell.
  static func mismatch(model path: String, features: [Int]) -> String? {
    guard let model = try? Model(contentsOf: path), model.graph.requiredInputs.count == 1,
      let input = model.graph.requiredInputs.first, let shape = input.tensorType?.shape
    else { return nil }
    return mismatch(input: input.name, shape: shape.map(\.value), features: features)
  }
}
