import AssayCore
import AssayONNX

/// Finds what became of a weight in a step: under its name, or under a name made from it.
struct Successors {
  private let graph: Graph
  private let forms: [String: any WeightForm]
  /// Names of the new graph's initializers, in order.
  private let names: [String]

  init(_ rewrite: Rewrite) {
    graph = rewrite.model.graph
    forms = rewrite.forms
    names = graph.initializers.map(\.name).sorted()
  }

  /// The values that the network computes with now, and whether they are stored in another type or under another name;
  /// nil when the weight did not change, or is gone.
  func values(of name: String, _ old: Tensor) -> (tensor: Tensor, isRewritten: Bool)? {
    if let tensor = graph.constant(name) {
      guard !tensor.bytes.isSameMemory(as: old.bytes) else { return nil }
      return (forms[name]?.dense() ?? tensor, tensor.elementType != old.elementType)
    }
    return renamed(name, count: old.count).map { ($0.tensor, true) }
  }

  /// The initializer that holds a weight of so many elements whose own name is gone, and its values.
  func renamed(_ name: String, count: Int) -> (name: String, tensor: Tensor)? {
    let stem = name + "_"
    var (low, high) = (0, names.count)
    while low < high {
      let middle = (low + high) / 2
      if names[middle] < stem { low = middle + 1 } else { high = middle }
    }
    for candidate in names[low...].prefix(while: { $0.hasPrefix(stem) }) {
      if let form = forms[candidate], form.shape.reduce(1, *) == count { return (candidate, form.dense()) }
      if let tensor = graph.constant(candidate), tensor.elementType == .float, tensor.count == count {
        return (candidate, tensor)
      }
    }
    return nil
  }
}
