import AssayCore
import AssayONNX

/// Where a sliding window of up to three axes lies: fewer axes are filled up in front with extents of 1.
struct Window {
  /// Spatial axes of the model.
  let rank: Int
  let input: [Int]
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  let padsBefore: [Int]
  let padsAfter: [Int]
  let output: [Int]

  /// Reads `strides`, `dilations`, `pads` and `auto_pad`, and computes the output's extents.
  init(_ call: OperatorCall, spatial: [Int], kernel: [Int], roundsUp: Bool = false) throws(EngineError) {
    rank = spatial.count
    guard (1...3).contains(rank) else { throw call.unsupported("windows over \(spatial.count) axes") }
    let strides = try call.moderateInts("strides") ?? [Int](repeating: 1, count: rank)
    let dilations = try call.moderateInts("dilations") ?? [Int](repeating: 1, count: rank)
    let pads = try call.moderateInts("pads") ?? [Int](repeating: 0, count: 2 * rank)
    guard kernel.count == rank, strides.count == rank, dilations.count == rank, pads.count == 2 * rank,
      (kernel + strides + dilations).allSatisfy({ $0 > 0 && $0 <= Int(Int32.max) }), pads.allSatisfy({ $0 >= 0 })
    else {
      throw call.failure("kernel \(kernel), strides \(strides), dilations \(dilations), pads \(pads) on \(spatial)")
    }
    var (before, after, output) = (Array(pads[..<rank]), Array(pads[rank...]), [Int]())
    for axis in 0..<rank {
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      switch call.node.string("auto_pad") ?? "NOTSET" {
      case "NOTSET", "": break
      case "VALID": (before[axis], after[axis]) = (0, 0)
      case let mode where mode == "SAME_UPPER" || mode == "SAME_LOWER":
        let places = (spatial[axis] + strides[axis] - 1) / strides[axis]
        let total = max(0, (places - 1) * strides[axis] + reach - spatial[axis])
        before[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
        after[axis] = total - before[axis]
      case let mode: throw call.failure("auto_pad '\(mode)' is unknown")
      }
      let room = spatial[axis] + before[axis] + after[axis] - reach
      guard room >= 0 else { throw call.failure("the window of \(reach) is larger than the padded axis of \(spatial)") }
      var places = (room + (roundsUp ? strides[axis] - 1 : 0)) / strides[axis] + 1
      // A last window that would begin in the padding behind the input is left out.
      if roundsUp, (places - 1) * strides[axis] >= spatial[axis] + before[axis] { places -= 1 }
      output.append(places)
    }
    func filled(_ values: [Int], _ filler: Int) -> [Int] { [Int](repeating: filler, count: 3 - spatial.count) + values }
    input = filled(spatial, 1)
    self.kernel = filled(kernel, 1)
    self.strides = filled(strides, 1)
    self.dilations = filled(dilations, 1)
    padsBefore = filled(before, 0)
    padsAfter = filled(after, 0)
    self.output = filled(output, 1)
  }

  /// The output's extents, as many as the model's spatial axes.
  var outputShape: [Int] { Array(output.suffix(rank)) }

  /// The range of output places whose input place, for kernel place `k`, lies within the input.
  func validPlaces(axis: Int, kernelPlace k: Int) -> Range<Int> {
    let shift = k * dilations[axis] - padsBefore[axis]
    let low = shift >= 0 ? 0 : (-shift + strides[axis] - 1) / strides[axis]
    let reachable = input[axis] - 1 - shift
    let high = reachable < 0 ? 0 : min(output[axis], reachable / strides[axis] + 1)
    return min(low, high)..<high
  }
}

extension Window {
  /// The shapes of a convolution: `[N, C, ...]` with `[M, C/group, ...]`.
  struct Channels {
    let batch: Int
    let input: Int
    let output: Int
    let group: Int
  }

  /// Slides the weights over the input; every product is summed in Double, without rounding in between.
  ///
  /// - Parameters:
  ///   - input: `[batch, channels.input, input...]`.
  ///   - weight: `[channels.output, channels.input / group, kernel...]`.
  /// - Returns: `[batch, channels.output, output...]`.
  func convolve(_ input: [Double], _ weight: [Double], _ channels: Channels) -> [Double] {
    let outputSize = output.reduce(1, *)
    let inputSize = self.input.reduce(1, *)
    let kernelSize = kernel.reduce(1, *)
    let perGroup = channels.input / channels.group
    var result = [Double](repeating: 0, count: channels.batch * channels.output * outputSize)
    result.withUnsafeMutableBufferPointer { result in
      input.withUnsafeBufferPointer { input in
        weight.withUnsafeBufferPointer { weight in
          guard let result = result.baseAddress, let input = input.baseAddress, let weight = weight.baseAddress else {
            return
          }
          for image in 0..<channels.batch {
            for channel in 0..<channels.output {
              let group = channel / (channels.output / channels.group)
              let target = result + (image * channels.output + channel) * outputSize
              for inner in 0..<perGroup {
                let source = input + (image * channels.input + group * perGroup + inner) * inputSize
                accumulate(source, weight + (channel * perGroup + inner) * kernelSize, target)
              }
            }
          }
        }
      }
    }
    return result
  }

  /// Adds one input channel times its kernel to one output channel.
  private func accumulate(
    _ source: UnsafePointer<Double>, _ weight: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>
  ) {
    var weight = weight
    for kz in 0..<kernel[0] {
      for ky in 0..<kernel[1] {
        for kx in 0..<kernel[2] {
          let factor = weight.pointee
          weight += 1
          let columns = validPlaces(axis: 2, kernelPlace: kx)
          let step = strides[2]
          for z in validPlaces(axis: 0, kernelPlace: kz) {
            let inputZ = z * strides[0] + kz * dilations[0] - padsBefore[0]
            for y in validPlaces(axis: 1, kernelPlace: ky) {
              let inputY = y * strides[1] + ky * dilations[1] - padsBefore[1]
              let row = source + (inputZ * input[1] + inputY) * input[2] + kx * dilations[2] - padsBefore[2]
              let sum = target + (z * output[1] + y) * output[2]
              var x = columns.lowerBound
              while x < columns.upperBound {
                sum[x] += factor * row[x * step]
                x += 1
              }
            }
          }
        }
      }
    }
  }
}
