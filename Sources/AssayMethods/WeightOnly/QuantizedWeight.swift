import AssayCore

/// A weight matrix in codes with a scale for each group: w = (code − zero)·scale, in single precision.
///
/// The difference is exact, so that one rounding, that of the product, makes the value; whatever order an engine
/// unpacks in, it gets the same bits.
struct QuantizedWeight: Sendable, Equatable {
  let layout: GroupLayout
  let levels: WeightLevels
  /// One for each weight, row by row, below `levels.count`.
  var codes: [UInt8]
  /// One for each group; negative ones are allowed.
  var scales: [Float]
  /// The code that is zero in each group; nil where it is `levels.middle` in all.
  var zeros: [UInt8]?

  /// What the code of a group's zero is.
  func zero(ofGroup group: Int) -> Float { zeros.map { Float($0[group]) } ?? levels.middle }

  /// Writes the values that the network computes with, row by row.
  ///
  /// - Precondition: `target` holds `layout.count` elements.
  func writeValues(to target: UnsafeMutableBufferPointer<Float>) {
    codes.withUnsafeBufferPointer { codes in
      for group in 0..<layout.groupCount {
        let (scale, zero) = (scales[group], zero(ofGroup: group))
        let range = layout.range(ofGroup: group)
        var index = range.lowerBound
        while index < range.upperBound {
          target[index] = (Float(codes[index]) - zero) * scale
          index += 1
        }
      }
    }
  }

  /// The values in the shape of the weight that they were made from.
  ///
  /// - Parameter isTransposed: Whether the weight has an output channel in each column, the matrix in each row.
  func dense(shape: [Int], isTransposed: Bool) -> Tensor {
    let matrix = Tensor.floats(shape: [layout.rows, layout.columns], fill: writeValues)
    return isTransposed ? matrix.transposedMatrix() : matrix.reshaped(shape)
  }

  /// Weights that are exactly zero.
  var zeroCount: Int {
    guard levels != .binary else { return scales.allSatisfy { $0 != 0 } ? 0 : codes.count }
    var count = 0
    for group in 0..<layout.groupCount {
      let zero = UInt8(zero(ofGroup: group))
      for index in layout.range(ofGroup: group) where codes[index] == zero { count += 1 }
    }
    return count
  }
}

extension QuantizedWeight {
  /// The weights of some rows alone.
  func rows(_ range: Range<Int>) -> QuantizedWeight {
    let groups = groupRange(range)
    let part =
      layout.isSingle
      ? GroupLayout(rows: range.count, columns: layout.columns, isSingle: true)
      : GroupLayout(rows: range.count, columns: layout.columns, block: layout.block)
    return QuantizedWeight(
      layout: part, levels: levels, codes: Array(codes[codeRange(range)]), scales: Array(scales[groups]),
      zeros: zeros.map { Array($0[groups]) })
  }

  /// Puts rows in place; the scale of a single group stays.
  mutating func replaceRows(_ range: Range<Int>, by part: QuantizedWeight) {
    codes.replaceSubrange(codeRange(range), with: part.codes)
    guard !layout.isSingle else { return }
    let groups = groupRange(range)
    scales.replaceSubrange(groups, with: part.scales)
    if let partZeros = part.zeros { zeros?.replaceSubrange(groups, with: partZeros) }
  }

  private func codeRange(_ rows: Range<Int>) -> Range<Int> {
    (rows.lowerBound * layout.columns)..<(rows.upperBound * layout.columns)
  }

  private func groupRange(_ rows: Range<Int>) -> Range<Int> {
    if layout.isSingle { return 0..<1 }
    return (rows.lowerBound * layout.groupsPerRow)..<(rows.upperBound * layout.groupsPerRow)
  }

  /// The form that stores it.
  func form(isPowerOfTwo: Bool, shape: [Int], isTransposed: Bool) -> any WeightForm {
    let grouped = GroupedShape(shape: shape, isTransposed: isTransposed, layout: layout)
    return switch levels {
    case .binary: BinaryForm(self, layout: grouped)
    case .ternary: TernaryForm(self, layout: grouped)
    case .integers where isPowerOfTwo: PowerOfTwoForm(self, layout: grouped)
    case .integers: BlockQuantizedForm(self, layout: grouped)
    }
  }
}

extension Tensor {
  /// Some rows of a float matrix, sharing its memory; nil when they are not there.
  func rows(_ range: Range<Int>) -> Tensor? {
    let width = shape[1] * MemoryLayout<Float>.stride
    guard range.lowerBound >= 0, range.upperBound <= shape[0] else { return nil }
    return Tensor(
      .float, shape: [range.count, shape[1]],
      bytes: bytes.slice((range.lowerBound * width)..<(range.upperBound * width)))
  }

  /// Elements that are exactly zero.
  ///
  /// - Precondition: float elements.
  var zeroCount: Int {
    let pieces = Piece.list([count])
    return resultsSideBySide(pieces.count) { index -> Int in
      bytes.withUnsafeBytes { source in
        guard let start = source.baseAddress.map({ $0 + pieces[index].start * 4 }) else { return 0 }
        var zeros: Int32 = 0
        for index in 0..<pieces[index].count {
          zeros &+= start.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self) & 0x7fff_ffff == 0 ? 1 : 0
        }
        return Int(zeros)
      }
    }.reduce(0, +)
  }
}
