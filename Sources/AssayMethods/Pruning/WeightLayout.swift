import AssayCore
import AssayONNX

/// Where the rows of a weight lie, one row for each output: the matrix [outputs, inputs] that it stands for.
///
/// With shape product n the weight is [n / (columns·stride), columns, stride]; the element of row r and column c lies at
/// (r / stride)·columns·stride + c·stride + r % stride.
struct WeightLayout: Sendable, Equatable {
  /// Products that are summed up for one output: the length of a row.
  var columns: Int
  /// Elements from one column to the next.
  var stride: Int
  /// Columns that see the same input feature: the size of a convolution's kernel.
  var kernel = 1
  /// Groups of a grouped convolution; each has inputs of its own.
  var groups = 1

  /// - Returns: nil for operators whose weights are laid out otherwise, and for shapes that fit none.
  init?(of weight: Tensor, in node: Node, at position: Int) {
    let shape = weight.shape
    guard node.domain.isEmpty, weight.count > 0, shape.count >= 1 else { return nil }
    switch (node.opType, position) {
    case ("Conv", 1):
      groups = node.int("group") ?? 1
      guard shape.count >= 3, groups > 0, shape[0] % groups == 0 else { return nil }
      kernel = shape[2...].reduce(1, *)
      (columns, stride) = (shape[1] * kernel, 1)
    case ("Gemm", 0), ("Gemm", 1):
      guard shape.count == 2 else { return nil }
      let isTransposed = node.int(position == 0 ? "transA" : "transB") == 1
      let isRows = (position == 0) != isTransposed
      (columns, stride) = isRows ? (shape[1], 1) : (shape[0], shape[1])
    case ("MatMul", 0):
      (columns, stride) = (shape[shape.count - 1], 1)
    case ("MatMul", 1):
      (columns, stride) = shape.count == 1 ? (shape[0], 1) : (shape[shape.count - 2], shape[shape.count - 1])
    case ("LSTM", 1...2), ("GRU", 1...2), ("RNN", 1...2):
      (columns, stride) = (shape[shape.count - 1], 1)
    default: return nil
    }
  }

  init(columns: Int, stride: Int) { (self.columns, self.stride) = (columns, stride) }

  /// Rows of a weight of so many elements.
  func rows(_ count: Int) -> Int { count / columns }
}

extension Weight {
  /// How the weight lies in the node that uses it first; nil where Assay does not know rows.
  var layout: WeightLayout? {
    node.inputs.firstIndex(of: name).flatMap { WeightLayout(of: tensor, in: node, at: $0) }
  }
}
