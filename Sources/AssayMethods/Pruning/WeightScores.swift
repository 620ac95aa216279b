import AssayCore
import AssayONNX

/// By what single weights and blocks are judged; the least go first.
enum WeightCriterion: String, Sendable, CaseIterable {
  case magnitude, l1, l2, wanda, random, taylor, movement

  /// The formula, for reports.
  var text: String {
    switch self {
    case .magnitude, .l1: "magnitude |w|"
    case .l2: "w²"
    case .wanda: "|w|·‖x‖"
    case .random: "chance"
    case .taylor: "(w·∂L/∂w)²"
    case .movement: "−w·∂L/∂w"
    }
  }

  /// What gradients tell; nil for criteria that need none.
  var gradient: GradientCriterion? { GradientCriterion(rawValue: rawValue) }
}

/// Scores of single weights, as a tensor of the weight's shape.
///
/// A weight that is zero has the score zero, so that it goes first and counts among the pruned.
struct WeightScores {
  let criterion: WeightCriterion
  /// By name of the weight; empty unless the criterion looks at activations.
  let norms: [String: [Float]]
  /// By name of the weight; empty unless the criterion looks at gradients.
  let gradients: [String: Tensor]
  let seed: UInt64

  /// - Precondition: finite float elements; norms and layout are there where the criterion needs them.
  func scores(of weight: Weight, number: Int) -> Tensor {
    switch criterion {
    case .magnitude, .l1, .l2: weight.tensor
    case .random: random(weight.tensor, stream: UInt64(number))
    case .taylor, .movement: gradients[weight.name] ?? weight.tensor
    case .wanda:
      if let layout = weight.layout, let norms = norms[weight.name] {
        scaled(weight.tensor, layout, norms)
      } else {
        weight.tensor
      }
    }
  }

  private func random(_ weight: Tensor, stream: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed, stream: stream)
    return weight.withElements(Float.self) { source in
      Tensor.floats(shape: weight.shape) { target in
        for index in source.indices {
          // Never zero, so that zeros go before all else.
          let score = Float(generator.next() >> 40) + 1
          target[index] = source[index] == 0 ? 0 : score
        }
      }
    }
  }

  /// |w|·‖x‖ with the norm of each column's feature.
  private func scaled(_ weight: Tensor, _ layout: WeightLayout, _ norms: [Float]) -> Tensor {
    let (columns, stride) = (layout.columns, layout.stride)
    let features = columns / layout.kernel
    let rowsPerGroup = max(1, layout.rows(weight.count) / layout.groups)
    /// The norm of each column, group after group.
    let factors = (0..<(layout.groups * columns)).map { index in
      norms[index / columns * features + index % columns / layout.kernel]
    }
    return weight.withElements(Float.self) { source in
      Tensor.floats(shape: weight.shape) { target in
        factors.withUnsafeBufferPointer { factors in
          for start in Swift.stride(from: 0, to: source.count, by: columns * stride) {
            if stride == 1 {
              let group = start / columns / rowsPerGroup * columns
              for column in 0..<columns { target[start + column] = source[start + column] * factors[group + column] }
            } else {
              for column in 0..<columns {
                let (row, factor) = (start + column * stride, factors[column])
                for index in row..<(row + stride) { target[index] = source[index] * factor }
              }
            }
          }
        }
      }
    }
  }
}

/// The blocks of a weight's matrix [outputs, inputs]; those at its ends may be smaller.
struct BlockGrid: Sendable {
  let rows: Int
  let columns: Int
  let layout: WeightLayout
  /// Blocks down and across.
  let down: Int
  let across: Int

  init(rows: Int, columns: Int, layout: WeightLayout, count: Int) {
    (self.rows, self.columns, self.layout) = (rows, columns, layout)
    down = (layout.rows(count) + rows - 1) / rows
    across = (layout.columns + columns - 1) / columns
  }

  var count: Int { down * across }

  /// Calls `body` with the position of every element, in order, and its block.
  @inline(__always)
  func forEach(_ count: Int, _ body: (_ position: Int, _ block: Int) -> Void) {
    var position = 0
    while position < count {
      let first = position / (layout.columns * layout.stride) * layout.stride
      for column in 0..<layout.columns {
        for lane in 0..<layout.stride {
          body(position, (first + lane) / rows * across + column / columns)
          position += 1
        }
      }
    }
  }

  /// A norm of each block by its number of weights, so that smaller blocks at the ends compare: mean |s|, or √(mean s²).
  func norms(of scores: Tensor, squared: Bool) -> Tensor {
    var sums = [Double](repeating: 0, count: count)
    var sizes = [Int](repeating: 0, count: count)
    scores.withElements(Float.self) { source in
      sums.withUnsafeMutableBufferPointer { sums in
        sizes.withUnsafeMutableBufferPointer { sizes in
          forEach(source.count) { position, block in
            let value = Double(source[position])
            sums[block] += squared ? value * value : value.magnitude
            sizes[block] += 1
          }
        }
      }
    }
    let norms = zip(sums, sizes).map { sum, size -> Float in
      let mean = sum / Double(max(size, 1))
      return Float(min(squared ? mean.squareRoot() : mean, Double(Float.greatestFiniteMagnitude)))
    }
    return Tensor(norms, shape: [norms.count])
  }

  /// The weight with the selected blocks zero, and how many weights are zero then.
  func clearing(_ isGone: [Bool], in weight: Tensor) -> (pruned: Tensor, zeros: Int) {
    var zeros = 0
    let pruned = weight.withElements(Float.self) { source in
      Tensor.floats(shape: weight.shape) { target in
        forEach(source.count) { position, block in
          if isGone[block] || source[position] == 0 { zeros += 1 } else { target[position] = source[position] }
        }
      }
    }
    return (pruned, zeros)
  }
}
