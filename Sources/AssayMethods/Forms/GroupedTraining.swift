import AssayCore
import AssayONNX

/// Scales that are learnt as factors of those that a form begins with.
///
/// A step of an optimizer changes a factor by as many parts of the scale, whatever the size of the weights.
enum LearntScale {
  /// A scale that shrinks or grows further than this has lost its weights.
  static let bounds: ClosedRange<Float> = 0.1...10

  static func factors(_ count: Int) -> Tensor { Tensor([Float](repeating: 1, count: count), shape: [count]) }

  /// Scales that are zero hold nothing and become 1, so that nothing is divided by zero.
  static func scales(_ scales: [Float], factors: WeightExpression?) -> WeightExpression {
    let scales = WeightExpression.constant(Tensor(scales.map { $0 == 0 ? 1 : $0 }, shape: [scales.count]))
    return factors.map { .product(scales, $0) } ?? scales
  }

  /// round(clamp(x)), whose gradient is that of the clamp.
  static func rounded(_ place: WeightExpression, lower: Float, upper: Float) -> WeightExpression {
    let clamped = WeightExpression.clamp(place, lower: lower, upper: upper)
    return .straightThrough(forward: .round(clamped), backward: clamped)
  }
}

extension GroupedShape {
  /// Groups that do not fill their rows evenly: the last of each row is shorter.
  private var isRagged: Bool { !layout.isSingle && layout.columns % layout.block != 0 }

  /// The weight with one output channel in each row and, where a row has several groups, an axis for these.
  func grouped(_ weight: WeightExpression) -> WeightExpression {
    let matrix = isTransposed ? WeightExpression.transpose(weight, [1, 0]) : weight
    let hasGroupAxis = !layout.isSingle && !isRagged && layout.groupsPerRow > 1
    return .reshape(
      matrix,
      hasGroupAxis ? [layout.rows, layout.groupsPerRow, layout.block] : [layout.rows, layout.columns])
  }

  /// Undoes `grouped`.
  func ungrouped(_ grouped: WeightExpression) -> WeightExpression {
    guard isTransposed else { return .reshape(grouped, shape) }
    return .transpose(.reshape(grouped, [layout.rows, layout.columns]), [1, 0])
  }

  /// The extents of one number for each group.
  private var groupExtents: [Int] {
    if layout.isSingle { return [1, 1] }
    if isRagged { return [layout.rows, layout.groupsPerRow] }
    return layout.groupsPerRow > 1 ? [layout.rows, layout.groupsPerRow, 1] : [layout.rows, 1]
  }

  /// One number for each group, so that it broadcasts over the grouped weight.
  func spread(_ numbers: WeightExpression) -> WeightExpression {
    let numbers = WeightExpression.reshape(numbers, groupExtents)
    guard isRagged else { return numbers }
    return .matrixProduct(numbers, .constant(membership { _ in 1 }))
  }

  /// The mean of each group.
  func means(_ grouped: WeightExpression) -> WeightExpression {
    if layout.isSingle { return .mean(grouped, axes: [0, 1]) }
    guard isRagged else { return .mean(grouped, axes: [layout.groupsPerRow > 1 ? 2 : 1]) }
    return .matrixProduct(grouped, .transpose(.constant(membership { 1 / Float($0) }), [1, 0]))
  }

  /// For each group of a row and each column a number made from the group's size, 0 for columns of other groups.
  private func membership(_ number: (_ size: Int) -> Float) -> Tensor {
    Tensor.floats(shape: [layout.groupsPerRow, layout.columns]) { target in
      for group in 0..<layout.groupsPerRow {
        let columns = (group * layout.block)..<min(layout.columns, (group + 1) * layout.block)
        for column in columns { target[group * layout.columns + column] = number(columns.count) }
      }
    }
  }
}

/// The codes and the scales of a weight with groups as functions of float weights, and the weight made of them.
struct GroupedExpressions {
  /// Grouped; whole numbers from 0 on.
  var codes: WeightExpression
  /// One for each group.
  var scales: WeightExpression
  /// Of the shape of the dense weight.
  var value: WeightExpression

  /// Integers with learnt scales, or with fixed ones: ŵ = s·(round(clamp(w/s + z, 0, 2^b − 1)) − z).
  ///
  /// - Precondition: integer levels.
  init(integers weight: QuantizedWeight, _ shape: GroupedShape, learnsScales: Bool) {
    scales = LearntScale.scales(weight.scales, factors: learnsScales ? .parameter(1) : nil)
    let scale = shape.spread(scales)
    let place = WeightExpression.quotient(shape.grouped(.parameter(0)), scale)
    let (middle, top) = (weight.levels.middle, Float(weight.levels.count - 1))
    let steps: WeightExpression
    if let zeros = weight.zeros {
      let zero = Tensor(zeros.map { Float($0) }, shape: [zeros.count])
      codes = LearntScale.rounded(.sum(place, shape.spread(.constant(zero))), lower: 0, upper: top)
      let negative = Tensor(zeros.map { -Float($0) }, shape: [zeros.count])
      steps = .sum(codes, shape.spread(.constant(negative)))
    } else {
      steps = LearntScale.rounded(place, lower: -middle, upper: top - middle)
      codes = .sum(steps, .constant(Tensor(scalar: middle)))
    }
    value = shape.ungrouped(.product(steps, scale))
  }

  /// ±the mean magnitude of the group; the gradient goes straight through to the float weights (Courbariaux et al.:
  /// BinaryConnect, NIPS 2015, section 2; scale: Rastegari et al.: XNOR-Net, ECCV 2016, section 3.1).
  init(binary shape: GroupedShape) {
    let weight = shape.grouped(.parameter(0))
    // Zero counts as positive.
    let half = WeightExpression.constant(Tensor(scalar: Float(0.5)))
    let sign = WeightExpression.sign(.sum(.sign(weight), half))
    let means = shape.means(.absolute(weight))
    codes = .sum(.product(sign, half), half)
    // −1 and +1 lie half a code from the middle.
    scales = .sum(means, means)
    value = shape.ungrouped(
      .straightThrough(forward: .product(sign, shape.spread(means)), backward: weight))
  }

  /// 0 below Δ = 0.7·mean|w| of the group, else ±the mean magnitude of the rest; the gradient goes straight through (Li
  /// and Liu: Ternary Weight Networks, 2016, section 2.2).
  init(ternary shape: GroupedShape) {
    let weight = shape.grouped(.parameter(0))
    let magnitude = WeightExpression.absolute(weight)
    let share = WeightExpression.constant(Tensor(scalar: Float(0.7)))
    let isKept = WeightExpression.exceeds(
      weight, threshold: .product(shape.spread(shape.means(magnitude)), share))
    // A group of zeros has no magnitude to divide.
    let least = WeightExpression.constant(Tensor(scalar: Float(1e-30)))
    let sign = WeightExpression.product(.sign(weight), isKept)
    scales = .quotient(shape.means(.product(magnitude, isKept)), .sum(shape.means(isKept), least))
    codes = .sum(sign, .constant(Tensor(scalar: Float(1))))
    value = shape.ungrouped(.straightThrough(forward: .product(sign, shape.spread(scales)), backward: weight))
  }

  /// The weight in other codes and scales.
  ///
  /// - Throws: `notFinite` when a scale leaves the range of single precision.
  func quantized(_ weight: QuantizedWeight, _ parameters: [Tensor]) throws(MethodError) -> QuantizedWeight {
    var result = weight
    result.scales = try scales.evaluated(parameters).elements(Float.self)
    guard result.scales.allSatisfy(\.isFinite) else {
      throw MethodError(.notFinite, "a trained scale is infinite", remedy: "a lower learning rate helps")
    }
    result.codes = try codes.evaluated(parameters).withElements(Float.self) { codes in
      codes.map { UInt8(max(0, min(255, $0))) }
    }
    return result
  }
}
