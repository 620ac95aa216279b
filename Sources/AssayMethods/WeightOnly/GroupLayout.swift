/// How the weights of a matrix share scales: in runs of `block` along a row, in whole rows, or all of them.
///
/// A row holds the weights of one output channel, so that every group lies within the sum that makes one answer.
struct GroupLayout: Sendable, Equatable {
  let rows: Int
  let columns: Int
  /// Weights of a group; the last group of a row may be shorter.
  let block: Int
  /// Whether one group holds the whole matrix.
  let isSingle: Bool

  /// One group for each row, or for all rows.
  init(rows: Int, columns: Int, isSingle: Bool = false) {
    (self.rows, self.columns, self.block, self.isSingle) = (rows, columns, columns, isSingle)
  }

  init(rows: Int, columns: Int, block: Int) {
    (self.rows, self.columns, self.block, self.isSingle) = (rows, columns, min(block, columns), false)
  }

  var groupsPerRow: Int { isSingle ? 1 : (columns + block - 1) / block }
  var groupCount: Int { isSingle ? 1 : rows * groupsPerRow }
  var count: Int { rows * columns }

  /// The group of the weight in that row and column.
  func group(row: Int, column: Int) -> Int { isSingle ? 0 : row * groupsPerRow + column / block }

  /// The elements of a group, in row-major order.
  func range(ofGroup group: Int) -> Range<Int> {
    if isSingle { return 0..<count }
    let (row, place) = (group / groupsPerRow, group % groupsPerRow)
    return (row * columns + place * block)..<(row * columns + min(columns, (place + 1) * block))
  }
}

/// What numbers a weight may become, besides the scale of its group.
enum WeightLevels: Sendable, Equatable {
  /// Integers of 2 to 8 bits.
  case integers(bits: Int)
  /// −1 and +1.
  case binary
  /// −1, 0 and +1.
  case ternary

  /// How many numbers there are.
  var count: Int {
    switch self {
    case .integers(let bits): 1 << bits
    case .binary: 2
    case .ternary: 3
    }
  }

  /// The code that stands for zero where a group has no zero point of its own; 0.5 lies between the two binary codes.
  var middle: Float {
    switch self {
    case .integers(let bits): Float(1 << (bits - 1))
    case .binary: 0.5
    case .ternary: 1
    }
  }

  /// In words: `4-bit`, `binary`.
  var text: String {
    switch self {
    case .integers(let bits): "\(bits)-bit"
    case .binary: "binary"
    case .ternary: "ternary"
    }
  }
}
