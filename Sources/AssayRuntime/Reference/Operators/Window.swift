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
    let perGroup = channels.input / channels.group
    let filters = channels.output / channels.group
    let weightSize = perGroup * kernel.reduce(1, *)
    var result = [Double](repeating: 0, count: channels.batch * channels.output * outputSize)
    var shifted = [Double](repeating: 0, count: outputSize)
    result.withUnsafeMutableBufferPointer { result in
      input.withUnsafeBufferPointer { input in
        weight.withUnsafeBufferPointer { weight in
          shifted.withUnsafeMutableBufferPointer { shifted in
            guard let result = result.baseAddress, let input = input.baseAddress, let weight = weight.baseAddress,
              let shifted = shifted.baseAddress
            else {
              return
            }
            for place in 0..<(channels.batch * channels.group) {
              let source = input + place * perGroup * inputSize
              let target = result + place * filters * outputSize
              let factors = weight + place % channels.group * filters * weightSize
              for index in 0..<weightSize {
                fill(shifted, from: source, weightIndex: index)
                // The shifted channel is used by all filters, each with its own factor.
                for filter in 0..<filters {
                  add(
                    shifted, times: factors[filter * weightSize + index], to: target + filter * outputSize, outputSize)
                }
              }
            }
          }
        }
      }
    }
    return result
  }

  private func add(
    _ row: UnsafeMutablePointer<Double>, times factor: Double, to sum: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    var index = 0
    while index < count {
      sum[index] += factor * row[index]
      index += 1
    }
  }

  /// For every output place, the input element that weight number `weightIndex` of `[channel, kernel...]` meets there;
  /// 0 in the padding.
  private func fill(_ row: UnsafeMutablePointer<Double>, from source: UnsafePointer<Double>, weightIndex: Int) {
    let (kernelX, rest) = (weightIndex % kernel[2], weightIndex / kernel[2])
    let (kernelY, planes) = (rest % kernel[1], rest / kernel[1])
    let (kernelZ, channel) = (planes % kernel[0], planes / kernel[0])
    let (depth, height, width) = (input[0], input[1], input[2])
    let (stepY, stepX) = (strides[1], strides[2])
    let (startZ, startY) = (kernelZ * dilations[0] - padsBefore[0], kernelY * dilations[1] - padsBefore[1])
    let startX = kernelX * dilations[2] - padsBefore[2]
    let endX = startX + output[2] * stepX
    var target = row
    for z in 0..<output[0] {
      let inputZ = startZ + z * strides[0]
      var inputY = startY
      for _ in 0..<output[1] {
        let isInside = inputZ >= 0 && inputZ < depth && inputY >= 0 && inputY < height
        let line = isInside ? source + ((channel * depth + inputZ) * height + inputY) * width : source
        var inputX = startX
        while inputX < endX {
          target.pointee = isInside && inputX >= 0 && inputX < width ? line[inputX] : 0
          target += 1
          inputX += stepX
        }
        inputY += stepY
      }
    }
  }
}
