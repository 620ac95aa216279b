import AssayCore
import AssayONNX

/// A node that was quantized, and where its bias is.
struct QuantizedLayer {
  var label: String
  /// The node's result in the float model and in the quantized one.
  var originalOutput: String
  var output: String
  var channels: Int
  /// Whether channels lie along axis 1, else along the last.
  var isConvolution: Bool
  /// Name of the int32 initializer that is added; nil for a node that adds none.
  var bias: String?
  /// Real value of a step of the bias, one or one for each channel.
  var scales: [Float] = []
}

/// Takes the mean error of each output channel out of its bias.
///
/// Rounding weights and inputs shifts the mean of a layer's outputs. With y of the float model and ŷ of the quantized
/// one, each over calibration rows and places, b' = b + E[y] − E[ŷ] for each channel (Nagel et al.: Data-Free
/// Quantization Through Weight Equalization and Bias Correction, ICCV 2019, section 4.2, with the empirical means of
/// its appendix D). Layers are corrected from the first to the last, so that each sees the corrected ones before it.
struct BiasCorrection {
  let source: any ActivationSource
  /// Runs over the data; deeper models correct several layers in one.
  static let passes = 32

  /// - Throws: `calibration`, `notFinite`, `underlying`.
  func apply(
    to quantized: inout Model, _ layers: [QuantizedLayer], original: Model, _ report: inout StepReport
  ) throws(MethodError) {
    let corrected = layers.filter { $0.bias != nil }
    for layer in layers where layer.bias == nil {
      report.notes.append("bias correction: '\(layer.label)' adds no bias that could be corrected")
    }
    guard !corrected.isEmpty else { return }
    let targets = try means(of: corrected, names: corrected.map(\.originalOutput), in: original)
    var largest = (error: 0.0, label: "")
    let size = (corrected.count + Self.passes - 1) / Self.passes
    for start in stride(from: 0, to: corrected.count, by: size) {
      let group = Array(corrected[start..<min(start + size, corrected.count)])
      let found = try means(of: group, names: group.map(\.output), in: quantized)
      for (offset, layer) in group.enumerated() {
        let errors = zip(targets[start + offset], found[offset]).map { $0 - $1 }
        if let error = errors.map(abs).max(), error > largest.error { largest = (error, layer.label) }
        add(errors, to: layer, in: &quantized)
      }
    }
    report.notes.append(
      "bias correction on \(source.rowCount) rows: \(corrected.count) layers, the largest mean error of a channel was "
        + "\(Float(largest.error)) at '\(largest.label)'")
  }

  private func add(_ errors: [Double], to layer: QuantizedLayer, in model: inout Model) {
    guard let name = layer.bias, let bias = model.graph.constant(name), bias.count == errors.count else { return }
    let old = bias.elements(Int32.self)
    let new = old.indices.map { index -> Int32 in
      let steps = errors[index] / Double(layer.scales[layer.scales.count == 1 ? 0 : index])
      let sum = Double(old[index]) + (steps.isFinite ? steps.rounded(.toNearestOrEven) : 0)
      return Int32(max(-1_073_741_824, min(1_073_741_824, sum)))
    }
    model.graph.setInitializer(name, Tensor(new, shape: bias.shape))
  }

  /// Means of the values over rows and places, for each channel.
  private func means(
    of layers: [QuantizedLayer], names: [String], in model: Model
  ) throws(MethodError) -> [[Double]] {
    var model = model
    // Nothing behind these values needs to run.
    model.graph.outputs = Array(Set(names)).sorted().map { ValueInfo(name: $0, elementType: .float, shape: nil) }
    _ = model.graph.removeDead()
    var sums = layers.map { [Double](repeating: 0, count: $0.channels) }
    var counts = [Int](repeating: 0, count: layers.count)
    try source.observe(model, values: names) { batch throws(MethodError) in
      for (index, layer) in layers.enumerated() where index < batch.count {
        guard let count = channelSums(batch[index], layer, &sums[index]) else {
          throw MethodError(
            .calibration, "the value of shape \(batch[index].shape) has not \(layer.channels) channels",
            at: Place(node: layer.label), remedy: "check the shape of the calibration data")
        }
        counts[index] += count
      }
    }
    guard counts.allSatisfy({ $0 > 0 }) else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
    let means = zip(sums, counts).map { sums, count in sums.map { $0 / Double(count) } }
    for (layer, mean) in zip(layers, means) where !mean.allSatisfy(\.isFinite) {
      throw MethodError(
        .notFinite, "the value is NaN or infinite on the calibration data", at: Place(node: layer.label),
        remedy: "check the preparation of the data (scale, mean, standard deviation)")
    }
    return means
  }

  /// Adds the elements of each channel; returns how many one channel had, nil where the shape does not fit.
  private func channelSums(_ value: Tensor, _ layer: QuantizedLayer, _ sums: inout [Double]) -> Int? {
    let axis = layer.isConvolution ? 1 : value.shape.count - 1
    guard value.elementType == .float, axis >= 0, axis < value.shape.count, value.shape[axis] == layer.channels,
      layer.channels > 0
    else { return nil }
    let inner = value.shape[(axis + 1)...].reduce(1, *)
    guard inner > 0 else { return 0 }
    value.withElements(Float.self) { source in
      for start in stride(from: 0, to: source.count, by: inner) {
        var sum = 0.0
        for index in start..<(start + inner) { sum += Double(source[index]) }
        sums[start / inner % layer.channels] += sum
      }
    }
    return value.count / layer.channels
  }
}
