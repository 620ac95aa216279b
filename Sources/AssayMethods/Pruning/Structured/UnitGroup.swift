/// Units that are chosen among each other: the channels of a convolution or of all convolutions that meet in residual
/// sums, the neurons of a layer, the heads of an attention.
struct UnitGroup {
  enum Kind: String {
    case channel, neuron, head
  }

  /// Slices of one axis of a constant or a value that belong to the units.
  struct Member {
    /// Label of the node.
    var node: String
    /// Name of the weight, or of the value that a consumer reads.
    var tensor: String
    /// Axis of that tensor.
    var axis: Int
    /// For each unit its indices along the axis; none where the unit does not lie on it.
    var indices: [[Int]]
  }

  var kind: Kind
  /// For each unit the element that stands for all that goes with it.
  var roots: [Int]
  /// Weights that make the units.
  var producers: [Member] = []
  /// Factors of batch normalizations.
  var scales: [Member] = []
  /// Values that hold the units where weights sum over them, each once.
  var inputs: [Member] = []
  /// Whether the weights that make the units must not be touched, and why.
  var obstacle: String?

  /// What a person recognises the group by.
  var label: String {
    let names = producers.map(\.node)
    guard let first = names.first, names.count > 1 else { return names.first ?? "?" }
    let others = names.dropFirst().prefix(3).joined(separator: ", ")
    return "\(first) (tied with \(others)\(names.count > 4 ? " and \(names.count - 4) more" : ""))"
  }
}
