import AssayCore
import AssayONNX

/// Takes pairs of input and output of a linear layer out of calibration batches, at the same places in two passes.
///
/// A place is an output pixel of a convolution, or a row of a matrix product. In each row of calibration data `perRow`
/// places are drawn, or all taken where there are no more.
struct LayerSampler {
  /// The window of a convolution; nil for a matrix product.
  struct Window {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    /// nil where ONNX computes them (`auto_pad`); then `isUpper` says on which side the odd one lies.
    var padsBefore: [Int]?
    var isUpper = true

    /// - Returns: nil for attributes that contradict the kernel.
    init?(_ node: Node, kernel: [Int]) {
      self.kernel = kernel
      let ones = [Int](repeating: 1, count: kernel.count)
      strides = node.ints("strides") ?? ones
      dilations = node.ints("dilations") ?? ones
      let pads = node.ints("pads") ?? [Int](repeating: 0, count: 2 * kernel.count)
      guard strides.count == kernel.count, dilations.count == kernel.count, pads.count == 2 * kernel.count,
        (strides + dilations + kernel).allSatisfy({ 1...4096 ~= $0 }), pads.allSatisfy({ 0...4096 ~= $0 })
      else { return nil }
      switch node.string("auto_pad") ?? "NOTSET" {
      case "NOTSET", "": padsBefore = Array(pads.prefix(kernel.count))
      case "VALID": padsBefore = ones.map { _ in 0 }
      case "SAME_UPPER": padsBefore = nil
      case "SAME_LOWER": (padsBefore, isUpper) = (nil, false)
      default: return nil
      }
    }

    /// What is padded before each axis.
    func pads(input: [Int], output: [Int]) -> [Int] {
      if let padsBefore { return padsBefore }
      return kernel.indices.map { axis in
        let covered = (output[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
        let total = max(covered - input[axis], 0)
        return isUpper ? total / 2 : total - total / 2
      }
    }
  }

  let window: Window?
  let perRow: Int
  private let seed: UInt64
  private let stream: UInt64

  init(window: Window?, perRow: Int, seed: UInt64, stream: Int) {
    self.window = window
    self.perRow = perRow
    self.seed = seed
    self.stream = UInt64(stream)
  }

  /// The random numbers of one pass; both passes must start with one of these.
  func generator() -> SeededGenerator { SeededGenerator(seed: seed, stream: stream) }

  private func places(of count: Int, _ generator: inout SeededGenerator) -> [Int] {
    count <= perRow ? Array(0..<count) : (0..<perRow).map { _ in generator.index(below: count) }
  }

  /// Splits the shape of an output (or of the input of a matrix product) into places and channels.
  private func layout(_ shape: [Int]) -> (rows: Int, places: Int, channels: Int)? {
    guard shape.count >= 2, !shape.contains(0) else { return nil }
    if window != nil { return (shape[0], shape[2...].reduce(1, *), shape[1]) }
    return (shape[0], shape[1..<(shape.count - 1)].reduce(1, *), shape[shape.count - 1])
  }

  /// Appends the outputs at the places of a batch, `channels` numbers each, and returns how many places it took in each
  /// row; nil when the batch does not have the form.
  func outputs(
    _ tensor: Tensor, channels: [Int], into samples: inout [Float], _ generator: inout SeededGenerator
  ) -> Bool {
    guard tensor.elementType == .float, let (rows, count, width) = layout(tensor.shape),
      channels.allSatisfy({ $0 < width })
    else { return false }
    tensor.withElements(Float.self) { values in
      for row in 0..<rows {
        for place in places(of: count, &generator) {
          if window == nil {
            let start = (row * count + place) * width
            for channel in channels { samples.append(values[start + channel]) }
          } else {
            for channel in channels { samples.append(values[(row * width + channel) * count + place]) }
          }
        }
      }
    }
    return true
  }

  /// Appends the inputs that the places of a batch see, and a 1 where there is a bias.
  ///
  /// - Parameter outputShape: Extents of the output after its channels (convolutions only).
  /// - Returns: For each row of the batch the number of places taken; nil when the batch does not have the form.
  func inputs(
    _ tensor: Tensor, outputExtents: [Int], features: Int, hasBias: Bool, into samples: inout [Double],
    _ generator: inout SeededGenerator
  ) -> [Int]? {
    guard tensor.elementType == .float, let (rows, count, width) = layout(tensor.shape) else { return nil }
    guard let window else {
      guard width == features else { return nil }
      return tensor.withElements(Float.self) { values in
        (0..<rows).map { row in
          let chosen = places(of: count, &generator)
          for place in chosen {
            let start = (row * count + place) * width
            for index in start..<(start + width) { samples.append(Double(values[index])) }
            if hasBias { samples.append(1) }
          }
          return chosen.count
        }
      }
    }
    let extents = Array(tensor.shape[2...])
    guard outputExtents.count == extents.count, extents.count == window.kernel.count,
      width * window.kernel.reduce(1, *) == features
    else { return nil }
    let pads = window.pads(input: extents, output: outputExtents)
    let outputCount = outputExtents.reduce(1, *)
    return tensor.withElements(Float.self) { values in
      (0..<rows).map { row in
        let chosen = places(of: outputCount, &generator)
        for place in chosen {
          let offsets = Self.offsets(of: place, window, pads, extents, outputExtents)
          for channel in 0..<width {
            let base = (row * width + channel) * count
            for offset in offsets { samples.append(offset < 0 ? 0 : Double(values[base + offset])) }
          }
          if hasBias { samples.append(1) }
        }
        return chosen.count
      }
    }
  }

  /// Where in a channel the window of an output place lies, in the order of the kernel; −1 in the padding.
  private static func offsets(
    of place: Int, _ window: Window, _ pads: [Int], _ input: [Int], _ output: [Int]
  ) -> [Int] {
    var corner = [Int](repeating: 0, count: output.count)
    var rest = place
    for axis in output.indices.reversed() {
      corner[axis] = rest % output[axis] * window.strides[axis] - pads[axis]
      rest /= output[axis]
    }
    return (0..<window.kernel.reduce(1, *)).map { index in
      var (rest, offset, stride, isInside) = (index, 0, 1, true)
      for axis in output.indices.reversed() {
        let coordinate = corner[axis] + rest % window.kernel[axis] * window.dilations[axis]
        rest /= window.kernel[axis]
        isInside = isInside && coordinate >= 0 && coordinate < input[axis]
        offset += coordinate * stride
        stride *= input[axis]
      }
      return isInside ? offset : -1
    }
  }
}
