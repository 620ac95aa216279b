import AssayCore
import AssayONNX

/// The mean inputs of layers over calibration rows, found in the pass that finds ranges.
///
/// Rounding weights by ε = W − Ŵ shifts the mean of an output channel by ε·E[x], which its bias can take back (Nagel et
/// al.: Data-Free Quantization Through Weight Equalization and Bias Correction, ICCV 2019, equation 17, with E[x] of the
/// calibration rows in place of the one expected from batch normalization). Of a convolution x is the patch under the
/// kernel, its mean over all places where it is applied, padding included.
struct InputMeans {
  /// Names of the inputs, each once.
  private(set) var values: [String] = []
  private var places: [String: Int] = [:]
  private var sums: [Sum]

  /// The sum of a value over rows.
  struct Sum: Sendable {
    /// Whether whole images are added up, place by place; else vectors along the last axis.
    var keepsPlaces: Bool
    /// Extents of what is added up; nil before the first batch.
    var shape: [Int]?
    var elements: [Float] = []
    var count = 0
    /// Whether batches differ in shape, so that places cannot be added up.
    var isBroken = false

    mutating func add(_ value: Tensor) {
      guard value.elementType == .float, value.shape.count >= 2 else {
        isBroken = true
        return
      }
      let shape = keepsPlaces ? Array(value.shape.dropFirst()) : Array(value.shape.suffix(1))
      let size = shape.reduce(1, *)
      guard self.shape.map({ $0 == shape }) ?? true, size > 0 else {
        isBroken = true
        return
      }
      if self.shape == nil {
        self.shape = shape
        elements = [Float](repeating: 0, count: size)
      }
      count += value.count / size
      value.withElements(Float.self) { source in
        elements.withUnsafeMutableBufferPointer { sums in
          for start in stride(from: 0, to: source.count, by: size) {
            for offset in 0..<size { sums[offset] += source[start &+ offset] }
          }
        }
      }
    }
  }

  init(of targets: [QuantizationTarget], in graph: Graph) {
    sums = []
    for target in targets {
      let isConvolution = graph.nodes[target.position].opType == "Conv"
      if let place = places[target.input] {
        // A matrix product and a convolution of the same value: the rank differs, one of them is invalid anyway.
        sums[place].keepsPlaces = sums[place].keepsPlaces || isConvolution
      } else {
        places[target.input] = values.count
        values.append(target.input)
        sums.append(Sum(keepsPlaces: isConvolution))
      }
    }
  }

  /// Adds a batch of each of `values`, in their order.
  mutating func add(_ batch: [Tensor], sideBySide: Bool = false) {
    _ = sums.updated(batch.count, sideBySide: sideBySide) { index, sum in
      sum.add(batch[index])
      return true
    }
  }

  /// Sums by the name of their value.
  var named: [String: Sum] { Dictionary(zip(values, sums), uniquingKeysWith: { first, _ in first }) }

  /// The same layers with sums found before; nil where one is missing or was added up in another way.
  func filled(with known: [String: Sum]) -> InputMeans? {
    var result = self
    for (index, value) in values.enumerated() {
      guard let sum = known[value], sum.keepsPlaces == sums[index].keepsPlaces else { return nil }
      result.sums[index] = sum
    }
    return result
  }

  /// What rounding took from the mean of each output channel: ε·E[x].
  ///
  /// - Parameter integers: The rounded weight, int8 or int16, shaped like `weight`.
  /// - Returns: nil where the mean input is not known.
  /// - Complexity: O(n) in the weights, and in the places of a convolution for each of its kernel's elements.
  func shifts(
    _ target: QuantizationTarget, _ node: Node, _ weight: Tensor, integers: Tensor, scales: [Float]
  ) -> [Float]? {
    guard let inputs = meanInputs(target, node, weight) else { return nil }
    let channels = weight.shape[target.channelAxis]
    let errors = roundingErrors(of: weight, integers: integers, axis: target.channelAxis, scales: scales)
    var shifts = [Double](repeating: 0, count: channels)
    if target.channelAxis == 1 {
      guard inputs.count * channels == errors.count else { return nil }
      for (row, input) in inputs.enumerated() where input != 0 {
        for channel in 0..<channels { shifts[channel] += Double(errors[row * channels + channel]) * input }
      }
    } else {
      let size = weight.count / max(channels, 1)
      let groups = max(node.opType == "Conv" ? node.int("group") ?? 1 : 1, 1)
      guard channels % groups == 0, inputs.count == size * groups else { return nil }
      for channel in 0..<channels {
        let first = channel / (channels / groups) * size
        var sum = 0.0
        for index in 0..<size { sum += Double(errors[channel * size + index]) * inputs[first + index] }
        shifts[channel] = sum
      }
    }
    return shifts.map { Float($0) }
  }

  /// E[x] for each input of an output channel; of a grouped convolution group after group.
  private func meanInputs(_ target: QuantizationTarget, _ node: Node, _ weight: Tensor) -> [Double]? {
    guard let place = places[target.input], let shape = sums[place].shape, !sums[place].isBroken, sums[place].count > 0
    else { return nil }
    let count = Double(sums[place].count)
    let means = sums[place].elements.map { Double($0) / count }
    guard means.allSatisfy(\.isFinite) else { return nil }
    guard sums[place].keepsPlaces else { return means }
    return ConvolutionPatches(node, weight: weight.shape)?.meanPatch(of: means, shape: shape)
  }

  /// W − Ŵ, in the order of the weight.
  private func roundingErrors(of weight: Tensor, integers: Tensor, axis: Int, scales: [Float]) -> [Float] {
    let inner = scales.count == 1 ? weight.count : weight.shape[(axis + 1)...].reduce(1, *)
    func errors<Integer: FixedWidthInteger & TensorElement>(_: Integer.Type) -> [Float] {
      weight.withElements(Float.self) { weights in
        integers.withElements(Integer.self) { integers in
          var errors = [Float](repeating: 0, count: weights.count)
          if inner == 1 {
            for start in stride(from: 0, to: weights.count, by: scales.count) {
              for slice in 0..<scales.count {
                errors[start + slice] = weights[start + slice] - scales[slice] * Float(integers[start + slice])
              }
            }
          } else if inner > 1 {
            for start in stride(from: 0, to: weights.count, by: inner) {
              let scale = scales[start / inner % scales.count]
              for index in start..<(start + inner) { errors[index] = weights[index] - scale * Float(integers[index]) }
            }
          }
          return errors
        }
      }
    }
    return integers.elementType == .int16 ? errors(Int16.self) : errors(Int8.self)
  }
}
