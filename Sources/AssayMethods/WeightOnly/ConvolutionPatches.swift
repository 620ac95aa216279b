import AssayCore
import AssayONNX

/// The inputs that each filter of a convolution is multiplied with, at some of the places where it is applied.
struct ConvolutionPatches {
  /// Places taken of one image; neighbouring places see nearly the same.
  static let placesPerImage = 64

  private let kernel: [Int]
  private let strides: [Int]
  private let dilations: [Int]
  private let pads: [Int]
  private let autoPad: String
  private let groups: Int

  /// - Returns: nil for other than one or two spatial axes, or attributes that do not fit them.
  init?(_ node: Node, weight: [Int]) {
    let spatial = weight.count - 2
    guard spatial == 1 || spatial == 2 else { return nil }
    func attribute(_ name: String, _ otherwise: Int, count: Int) -> [Int]? {
      let values = node.ints(name) ?? [Int](repeating: otherwise, count: count)
      return values.count == count && values.allSatisfy { 0..<(1 << 20) ~= $0 } ? values : nil
    }
    guard let strides = attribute("strides", 1, count: spatial),
      let dilations = attribute("dilations", 1, count: spatial),
      let pads = attribute("pads", 0, count: 2 * spatial), !strides.contains(0), !dilations.contains(0)
    else { return nil }
    // One axis is a second one of extent 1.
    let isFlat = spatial == 1
    kernel = (isFlat ? [1] : []) + weight[2...]
    self.strides = (isFlat ? [1] : []) + strides
    self.dilations = (isFlat ? [1] : []) + dilations
    self.pads = isFlat ? [0, pads[0], 0, pads[1]] : pads
    autoPad = node.string("auto_pad") ?? "NOTSET"
    groups = max(node.int("group") ?? 1, 1)
  }

  /// Output extent and padding before the first element along one axis.
  private func window(_ axis: Int, _ extent: Int) -> (count: Int, before: Int) {
    let span = (kernel[axis] - 1) * dilations[axis] + 1
    switch autoPad {
    case "SAME_UPPER", "SAME_LOWER":
      let count = (extent + strides[axis] - 1) / strides[axis]
      let padding = max(0, (count - 1) * strides[axis] + span - extent)
      return (count, autoPad == "SAME_UPPER" ? padding / 2 : (padding + 1) / 2)
    case "VALID": return (max(0, (extent - span) / strides[axis] + 1), 0)
    default:
      let padded = extent + pads[axis] + pads[axis + 2]
      return (padded < span ? 0 : (padded - span) / strides[axis] + 1, pads[axis])
    }
  }

  /// Adds the patches of a batch of images to the correlation of each group.
  ///
  /// - Returns: false when the batch is not of the shape that the weights need.
  func add(_ batch: Tensor, to correlations: inout [InputCorrelation]) -> Bool {
    guard batch.shape.count == (kernel.count + 2) || (batch.shape.count == 3 && kernel[0] == 1),
      correlations.count == groups
    else { return false }
    let shape = batch.shape.count == 3 ? [batch.shape[0], batch.shape[1], 1, batch.shape[2]] : batch.shape
    let channels = shape[1] / groups
    guard channels * kernel[0] * kernel[1] == correlations[0].size, channels * groups == shape[1] else { return false }
    let (rows, columns) = (window(0, shape[2]), window(1, shape[3]))
    let places = rows.count * columns.count
    guard places > 0 else { return true }
    let step = stride(over: places, width: columns.count)
    batch.withElements(Float.self) { values in
      for image in 0..<shape[0] {
        for group in 0..<groups {
          let first = (image * shape[1] + group * channels) * shape[2] * shape[3]
          var patches: [Float] = []
          for place in Swift.stride(from: 0, to: places, by: step) {
            appendPatch(
              values, first, channels, (shape[2], shape[3]),
              (place / columns.count * strides[0] - rows.before, place % columns.count * strides[1] - columns.before),
              to: &patches)
          }
          patches.withUnsafeBufferPointer { correlations[group].add($0) }
        }
      }
    }
    return true
  }

  /// The mean of the patches under the kernel over all places, from the mean image; group after group.
  ///
  /// - Parameter shape: Channels and extents of the image.
  /// - Returns: nil when the image is not of the shape that the weights need.
  func meanPatch(of image: [Double], shape: [Int]) -> [Double]? {
    guard shape.count == 3 || (shape.count == 2 && kernel[0] == 1), image.count == shape.reduce(1, *) else {
      return nil
    }
    let (height, width) = shape.count == 2 ? (1, shape[1]) : (shape[1], shape[2])
    let (rows, columns) = (window(0, height), window(1, width))
    guard rows.count > 0, columns.count > 0 else { return nil }
    let places = Double(rows.count * columns.count)
    var means: [Double] = []
    means.reserveCapacity(shape[0] * kernel[0] * kernel[1])
    for channel in 0..<shape[0] {
      for i in 0..<kernel[0] {
        for j in 0..<kernel[1] {
          var sum = 0.0
          for y in 0..<rows.count {
            let row = y * strides[0] - rows.before + i * dilations[0]
            guard row >= 0, row < height else { continue }
            let start = (channel * height + row) * width
            for x in 0..<columns.count {
              let column = x * strides[1] - columns.before + j * dilations[1]
              if column >= 0, column < width { sum += image[start + column] }
            }
          }
          means.append(sum / places)
        }
      }
    }
    return means
  }

  /// A distance between places that leaves few enough and visits all columns.
  private func stride(over places: Int, width: Int) -> Int {
    var step = max(1, places / Self.placesPerImage)
    while step > 1, greatestCommonDivisor(step, width) != 1 { step += 1 }
    return step
  }

  private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }

  private func appendPatch(
    _ values: UnsafeBufferPointer<Float>, _ first: Int, _ channels: Int, _ extent: (rows: Int, columns: Int),
    _ corner: (row: Int, column: Int), to patches: inout [Float]
  ) {
    for channel in 0..<channels {
      let plane = first + channel * extent.rows * extent.columns
      for i in 0..<kernel[0] {
        let row = corner.row + i * dilations[0]
        for j in 0..<kernel[1] {
          let column = corner.column + j * dilations[1]
          let isInside = row >= 0 && row < extent.rows && column >= 0 && column < extent.columns
          patches.append(isInside ? values[plane + row * extent.columns + column] : 0)
        }
      }
    }
  }
}
