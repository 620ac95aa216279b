import AssayCore
import AssayONNX

/// Resize and its predecessor Upsample: every axis is a weighted sum of a few places of its own.
///
/// Places and weights are computed on the host; an axis is then one selection of places, or one product with a matrix of
/// weights, and both have gradients.
enum Resizing {
  static let resize: Lowering = { plan throws(TorchError) in
    // Opset 10 has only the scales; later there are roi, scales and sizes.
    try lowering(plan, isOld: plan.opset < 11, fixedScales: nil)
  }

  /// Scales an attribute in opset 7, an input in 9; nearest or linear, asymmetric.
  static let upsample: Lowering = { plan throws(TorchError) in
    try lowering(plan, isOld: true, fixedScales: plan.node.floats("scales")?.map { Double($0) })
  }

  private static func lowering(
    _ plan: NodePlan, isOld: Bool, fixedScales: [Double]?
  ) throws(TorchError) -> NodeFunction {
    guard !plan.flag("antialias"), plan.node.ints("axes") == nil,
      plan.node.string("keep_aspect_ratio_policy") ?? "stretch" == "stretch"
    else {
      throw plan.unsupported("antialias, axes or keep_aspect_ratio_policy")
    }
    let aten = plan.aten
    let rule = try ResizeRule(plan, isOld: isOld)
    let extrapolation = plan.double("extrapolation_value", otherwise: 0)
    // Read now where they are known: they are no parameters.
    let (knownRoi, knownScales) = (isOld ? nil : plan.known(1), fixedScales == nil ? plan.known(isOld ? 1 : 2) : nil)
    let scalesGiven = fixedScales ?? knownScales?.realValues()
    let roiGiven = knownRoi?.realValues()
    return { call throws(TorchError) in
      let input = try call.input(0)
      let extents = input.shape
      let (shape, scales) = try target(call, extents, isOld: isOld, scalesGiven)
      let roi = try isOld || roiGiven != nil ? roiGiven : reals(call.optional(1))
      guard extents.allSatisfy({ $0 > 0 }) || shape.contains(0) else { throw .run("shape \(extents) is empty") }
      var result = input
      for axis in extents.indices {
        guard shape[axis] != extents[axis] || scales[axis] != 1 || rule.movesEqualAxes else { continue }
        let taps = try rule.taps(
          shape[axis], extent: extents[axis], scale: scales[axis],
          roi: try rule.region(roi, axis: axis, rank: extents.count))
        result = try applied(aten, result, axis: axis, taps, extent: extents[axis], extrapolation: extrapolation)
      }
      return [result]
    }
  }

  /// The output's shape and the scale of every axis.
  private static func target(
    _ call: NodeCall, _ extents: [Int], isOld: Bool, _ known: [Double]?
  ) throws(TorchError) -> (shape: [Int], scales: [Double]) {
    if !isOld, let sizes = call.optional(3), sizes.count > 0 {
      let shape = try call.integers(3)
      guard shape.count == extents.count, shape.allSatisfy({ $0 >= 0 && $0 <= largestMade }) else {
        throw .run("sizes \(shape) for shape \(extents)")
      }
      return (shape, zip(shape, extents).map { Double($0) / Double($1) })
    }
    let given = try known == nil ? reals(call.optional(isOld ? 1 : 2)) : known
    guard let scales = given, !scales.isEmpty else {
      throw .run("neither scales nor sizes are given")
    }
    guard scales.count == extents.count, scales.allSatisfy({ $0 > 0 && $0 < 1e6 }) else {
      throw .run("scales \(scales) for shape \(extents)")
    }
    let shape = zip(extents, scales).map { (Double($0) * $1).rounded(.down) }
    guard shape.allSatisfy({ $0 <= Double(largestMade) }) else { throw .run("scales \(scales) for shape \(extents)") }
    return (shape.map { Int($0) }, scales)
  }

  private static func reals(_ tensor: TorchTensor?) throws(TorchError) -> [Double]? {
    guard let tensor, tensor.count > 0 else { return nil }
    return try tensor.values().realValues()
  }

  /// `input` with one axis replaced by weighted sums of its places.
  private static func applied(
    _ aten: ATen, _ input: TorchTensor, axis: Int, _ taps: [ResizeRule.Taps], extent: Int, extrapolation: Double
  ) throws(TorchError) -> TorchTensor {
    let simple = taps.compactMap { $0?.count == 1 && $0?[0].weight == 1 ? $0?[0].place : nil }
    if simple.count == taps.count {
      return try aten.select(input, axis: axis, try aten.integers(simple, on: input.device))
    }
    guard extent <= largestMade, taps.count * extent <= 4 * largestMade else {
      throw .run("an axis of \(extent) to one of \(taps.count) is too much for this interpolation")
    }
    var weights = [Double](repeating: 0, count: taps.count * extent)
    for (row, taps) in taps.enumerated() {
      for tap in taps ?? [] { weights[row * extent + tap.place] += tap.weight }
    }
    let type = input.elementType ?? .float
    let matrix = try aten.cast(
      try TorchTensor(Tensor(weights, shape: [taps.count, extent]), on: input.device, library: aten.library), to: type)
    // The axis comes last: [..., extent] · [extent, places].
    let rank = input.rank
    let moved = try aten.transpose(input, axis, rank - 1)
    let product = try aten.matmul(moved, try aten.transpose(matrix, 0, 1))
    let result = try aten.transpose(product, axis, rank - 1)
    guard extrapolation != 0, taps.contains(where: { $0 == nil }) else { return result }
    // Rows without taps take the value for what lies outside.
    let outside = taps.map { $0 == nil ? extrapolation : 0 }
    let fill = try TorchTensor(
      Tensor(outside, shape: [taps.count] + [Int](repeating: 1, count: rank - 1 - axis)), on: input.device,
      library: aten.library)
    let isInside = try aten.isEqual(fill, to: 0)
    return try aten.choose(isInside, result, try aten.cast(fill, to: type))
  }
}

/// What an output place takes from one axis.
struct ResizeRule {
  /// Places of the input with their weights; nil lies outside (crop).
  typealias Taps = [(place: Int, weight: Double)]?

  private enum Mode { case nearest, linear, cubic }
  private let mode: Mode
  private let rounding: String
  private let transform: String
  private let cubicA: Double
  private let excludesOutside: Bool

  var isCrop: Bool { transform == "tf_crop_and_resize" }
  /// Whether an axis that keeps its extent may change all the same.
  var movesEqualAxes: Bool { isCrop || transform == "tf_half_pixel_for_nn" }

  init(_ plan: NodePlan, isOld: Bool) throws(TorchError) {
    let node = plan.node
    switch node.string("mode") ?? "nearest" {
    case "nearest": mode = .nearest
    case "linear", "bilinear": mode = .linear
    case "cubic": mode = .cubic
    case let other: throw plan.unsupported("mode '\(other)'")
    }
    rounding = node.string("nearest_mode") ?? (isOld ? "floor" : "round_prefer_floor")
    guard ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"].contains(rounding) else {
      throw plan.failure("nearest_mode '\(rounding)' is unknown")
    }
    transform = node.string("coordinate_transformation_mode") ?? (isOld ? "asymmetric" : "half_pixel")
    let known = [
      "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize",
    ]
    guard known.contains(transform) else { throw plan.unsupported("coordinate_transformation_mode '\(transform)'") }
    cubicA = plan.double("cubic_coeff_a", otherwise: -0.75)
    excludesOutside = plan.flag("exclude_outside")
  }

  /// The part of an axis that a crop takes.
  func region(_ roi: [Double]?, axis: Int, rank: Int) throws(TorchError) -> (start: Double, end: Double) {
    guard isCrop else { return (0, 1) }
    guard let roi, roi.count == 2 * rank else { throw .run("tf_crop_and_resize needs a region of \(2 * rank) numbers") }
    return (roi[axis], roi[rank + axis])
  }

  /// The taps of each of `count` places of the output.
  func taps(
    _ count: Int, extent: Int, scale: Double, roi: (start: Double, end: Double)
  ) throws(TorchError) -> [Taps] {
    let last = Double(extent - 1)
    return (0..<count).map { place in
      let position = coordinate(Double(place), scale: scale, last: last, count: Double(count), roi)
      if isCrop, position < 0 || position > last { return nil }
      return taps(at: position, last: last)
    }
  }

  /// Where an output place lies on the input's axis.
  private func coordinate(
    _ x: Double, scale: Double, last: Double, count: Double, _ roi: (start: Double, end: Double)
  ) -> Double {
    switch transform {
    case "half_pixel": return (x + 0.5) / scale - 0.5
    case "pytorch_half_pixel": return count > 1 ? (x + 0.5) / scale - 0.5 : 0
    // As ONNX's own tests have it, the output's length counts before it is rounded to whole elements.
    case "align_corners": return count > 1 ? x * last / (scale * (last + 1) - 1) : 0
    case "asymmetric": return x / scale
    case "tf_half_pixel_for_nn": return (x + 0.5) / scale
    default:
      if count <= 1 { return 0.5 * (roi.start + roi.end) * last }
      return roi.start * last + x * (roi.end - roi.start) * last / (count - 1)
    }
  }

  private func taps(at position: Double, last: Double) -> Taps {
    func inside(_ value: Double) -> Int { value.isNaN ? 0 : Int(min(max(value, 0), max(last, 0))) }
    let low = position.rounded(.down)
    switch mode {
    case .nearest: return [(inside(nearest(position)), 1)]
    case .linear:
      let fraction = position - low
      if fraction == 0 { return [(inside(low), 1)] }
      return [(inside(low), 1 - fraction), (inside(low + 1), fraction)]
    case .cubic:
      var taps = (-1...2).map { offset in
        let place = low + Double(offset)
        let isOutside = place < 0 || place > last
        return (place: inside(place), weight: isOutside && excludesOutside ? 0 : cubic(place - position))
      }
      if excludesOutside {
        let total = taps.reduce(0) { $0 + $1.weight }
        for index in taps.indices { taps[index].weight /= total }
      }
      return taps
    }
  }

  private func nearest(_ position: Double) -> Double {
    switch rounding {
    case "floor": position.rounded(.down)
    case "ceil": position.rounded(.up)
    case "round_prefer_ceil": (position + 0.5).rounded(.down)
    default: (position - 0.5).rounded(.up)
    }
  }

  /// Cubic convolution (R. Keys, "Cubic convolution interpolation for digital image processing", 1981) with its a.
  private func cubic(_ distance: Double) -> Double {
    let x = distance.magnitude
    if x <= 1 { return ((cubicA + 2) * x - (cubicA + 3)) * x * x + 1 }
    if x < 2 { return ((cubicA * x - 5 * cubicA) * x + 8 * cubicA) * x - 4 * cubicA }
    return 0
  }
}
