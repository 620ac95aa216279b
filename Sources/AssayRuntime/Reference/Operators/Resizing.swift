import AssayCore
import AssayONNX
import Glibc

/// Resize and its predecessor Upsample: every axis is a weighted sum of a few places of its own.
enum Resizing {
  /// What an output place takes from one axis: places of the input with their weights; nil lies outside (crop).
  private typealias Taps = [(place: Int, weight: Double)]?

  static func resize(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let rank = input.shape.count
    // Opset 10 has only the scales; later there are roi, scales and sizes.
    let isOld = call.opset < 11
    let scaleInput = call.optional(isOld ? 1 : 2).flatMap { $0.count == 0 ? nil : $0 }
    let sizesInput = isOld ? nil : call.optional(3).flatMap { $0.count == 0 ? nil : $0 }
    guard (call.node.int("antialias") ?? 0) == 0, call.node.ints("axes") == nil,
      call.node.string("keep_aspect_ratio_policy") ?? "stretch" == "stretch"
    else {
      throw call.unsupported("antialias, axes or keep_aspect_ratio_policy")
    }
    let scales: [Double]
    var shape: [Int]
    if let sizesInput {
      shape = try call.integers(sizesInput)
      guard shape.count == rank else { throw call.failure("sizes \(shape) for shape \(input.shape)") }
      scales = zip(shape, input.shape).map { Double($0) / Double($1) }
    } else if let scaleInput {
      scales = try call.reals(scaleInput)
      guard scales.count == rank, scales.allSatisfy({ $0 > 0 && $0 < 1e6 }) else {
        throw call.failure("scales \(scales) for shape \(input.shape)")
      }
      shape = zip(input.shape, scales).map { truncated((Double($0) * $1).rounded(.down), Int.self) }
    } else {
      throw call.failure("neither scales nor sizes are given")
    }
    let roi = isOld ? nil : try call.optional(1).map { roi throws(EngineError) in try call.reals(roi) }
    let transform = call.node.string("coordinate_transformation_mode") ?? (isOld ? "asymmetric" : "half_pixel")
    if transform == "tf_crop_and_resize", roi?.count != 2 * rank {
      throw call.failure("tf_crop_and_resize needs a region of \(2 * rank) numbers")
    }
    let kernel = try Kernel(call, isOld: isOld)
    _ = try call.count(shape)
    var axes: [[Taps]] = []
    for axis in 0..<rank {
      let coordinates = try (0..<shape[axis]).map { place throws(EngineError) in
        try coordinate(
          call, place, transform, scale: scales[axis], extents: (input.shape[axis], shape[axis]),
          roi: transform == "tf_crop_and_resize" ? roi.map { ($0[axis], $0[rank + axis]) } : nil)
      }
      let isCrop = transform == "tf_crop_and_resize"
      axes.append(
        coordinates.map { place in
          if isCrop, place < 0 || place > Double(input.shape[axis] - 1) { return nil }
          return kernel.taps(place, extent: input.shape[axis])
        })
    }
    return [try apply(call, input, axes, shape: shape)]
  }

  /// Upsample: scales an attribute in opset 7, an input in 9; nearest or linear, asymmetric.
  static func upsample(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    var inputs = [try call.input(0), call.optional(1)]
    if let scales = call.node.floats("scales") { inputs[1] = Tensor(scales, shape: [scales.count]) }
    return try resize(OperatorCall(node: call.node, opset: 10, inputs: inputs))
  }

  /// Where an output place lies on the input's axis.
  private static func coordinate(
    _ call: OperatorCall, _ place: Int, _ transform: String, scale: Double, extents: (input: Int, output: Int),
    roi: (start: Double, end: Double)?
  ) throws(EngineError) -> Double {
    let (x, input, output) = (Double(place), Double(extents.input), Double(extents.output))
    switch transform {
    case "half_pixel": return (x + 0.5) / scale - 0.5
    case "pytorch_half_pixel": return output > 1 ? (x + 0.5) / scale - 0.5 : 0
    // As ONNX's own tests have it, the output's length counts before it is rounded to whole elements.
    case "align_corners": return output > 1 ? x * (input - 1) / (scale * input - 1) : 0
    case "asymmetric": return x / scale
    case "tf_half_pixel_for_nn": return (x + 0.5) / scale
    case "tf_crop_and_resize":
      guard let roi else { throw call.failure("the region is missing") }
      if output <= 1 { return 0.5 * (roi.start + roi.end) * (input - 1) }
      return roi.start * (input - 1) + x * (roi.end - roi.start) * (input - 1) / (output - 1)
    default: throw call.unsupported("coordinate_transformation_mode '\(transform)'")
    }
  }

  private struct Kernel {
    enum Mode { case nearest, linear, cubic }
    let mode: Mode
    let rounding: String
    let cubicA: Double
    let excludesOutside: Bool

    init(_ call: OperatorCall, isOld: Bool) throws(EngineError) {
      switch call.node.string("mode") ?? "nearest" {
      case "nearest": mode = .nearest
      case "linear", "bilinear": mode = .linear
      case "cubic": mode = .cubic
      case let other: throw call.unsupported("mode '\(other)'")
      }
      rounding = call.node.string("nearest_mode") ?? (isOld ? "floor" : "round_prefer_floor")
      guard ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"].contains(rounding) else {
        throw call.failure("nearest_mode '\(rounding)' is unknown")
      }
      cubicA = Double(call.node.float("cubic_coeff_a") ?? -0.75)
      excludesOutside = (call.node.int("exclude_outside") ?? 0) != 0
    }

    func taps(_ place: Double, extent: Int) -> Taps {
      func inside(_ value: Double) -> Int { truncated(min(max(value, 0), Double(extent - 1)), Int.self) }
      switch mode {
      case .nearest: return [(inside(nearest(place)), 1)]
      case .linear:
        let fraction = place - place.rounded(.down)
        let low = place.rounded(.down)
        return [(inside(low), 1 - fraction), (inside(low + 1), fraction)]
      case .cubic:
        let low = place.rounded(.down)
        var taps = (-1...2).map { offset in
          let position = low + Double(offset)
          let isOutside = position < 0 || position > Double(extent - 1)
          return (place: inside(position), weight: isOutside && excludesOutside ? 0 : cubic(position - place))
        }
        if excludesOutside {
          let total = taps.reduce(0) { $0 + $1.weight }
          for index in taps.indices { taps[index].weight /= total }
        }
        return taps
      }
    }

    private func nearest(_ place: Double) -> Double {
      switch rounding {
      case "floor": place.rounded(.down)
      case "ceil": place.rounded(.up)
      case "round_prefer_ceil": (place + 0.5).rounded(.down)
      default: (place - 0.5).rounded(.up)
      }
    }

    /// Cubic convolution (Keys 1981) with the coefficient a.
    private func cubic(_ distance: Double) -> Double {
      let x = distance.magnitude
      if x <= 1 { return ((cubicA + 2) * x - (cubicA + 3)) * x * x + 1 }
      if x < 2 { return ((cubicA * x - 5 * cubicA) * x + 8 * cubicA) * x - 4 * cubicA }
      return 0
    }
  }

  /// Works axis after axis; elements outside a crop take the extrapolation value at the end.
  private static func apply(
    _ call: OperatorCall, _ input: Tensor, _ axes: [[Taps]], shape: [Int]
  ) throws(EngineError) -> Tensor {
    guard input.count > 0 || shape.contains(0) else { throw call.failure("shape \(input.shape) is empty") }
    var values = try call.reals(input)
    var extents = input.shape
    for (axis, taps) in axes.enumerated() {
      let isIdentity =
        taps.count == extents[axis]
        && taps.enumerated().allSatisfy { place, taps in
          taps?.allSatisfy { $0.weight == 0 || ($0.weight == 1 && $0.place == place) } ?? false
        }
      if isIdentity { continue }
      let inner = extents[(axis + 1)...].reduce(1, *)
      let outer = extents[..<axis].reduce(1, *)
      var next = extents
      next[axis] = taps.count
      var result = [Double](repeating: 0, count: try call.count(next))
      for block in 0..<outer {
        for (place, taps) in taps.enumerated() {
          for tap in taps ?? [] {
            for index in 0..<inner {
              result[(block * axes[axis].count + place) * inner + index] +=
                tap.weight * values[(block * extents[axis] + tap.place) * inner + index]
            }
          }
        }
      }
      (values, extents) = (result, next)
    }
    let outside = gridPositions(axes.map { $0.map { $0 == nil ? -1 : 0 } })
    let extrapolation = Double(call.node.float("extrapolation_value") ?? 0)
    for index in values.indices where outside[index] < 0 { values[index] = extrapolation }
    return try call.tensor(.real(values), as: input.elementType, shape: shape)
  }
}
