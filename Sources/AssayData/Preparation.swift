import AssayCore

/// The order of the axes of an image.
public enum ImageLayout: String, Sendable, Hashable, Codable, CaseIterable {
  /// Channel, row, column: planes.
  case nchw
  /// Row, column, channel: interleaved.
  case nhwc
}

/// What turns stored values into what a model reads: `(value · scale − mean) / std`, then the layout, then the shape.
///
/// Computed in `Float`, in exactly this order, as numpy computes it on float32 arrays.
public struct Preparation: Sendable, Hashable, Codable {
  /// Multiplies every stored value first.
  public var scale: Ratio
  /// Empty for 0, one number for all channels, or one for each channel. In units after scaling.
  public var mean: [Float]
  /// Empty for 1, one number for all channels, or one for each channel. In units after scaling; never 0.
  public var std: [Float]
  /// Layout the model reads; nil leaves it as stored.
  public var layout: ImageLayout?
  /// Shape of one prepared example without the batch axis, `[1, 28, 28]` or `[784, 1]`; nil leaves it as stored.
  public var shape: [Int]?
  /// Whether an example becomes one axis; a `shape` goes before.
  public var flattens: Bool

  /// Without arguments: values as they are stored, as float.
  public init(
    scale: Ratio = .one, mean: [Float] = [], std: [Float] = [], layout: ImageLayout? = nil, shape: [Int]? = nil,
    flattens: Bool = false
  ) {
    self.scale = scale
    self.mean = mean
    self.std = std
    self.layout = layout
    self.shape = shape
    self.flattens = flattens
  }
}

/// How the values of one example lie, and where they go.
///
/// An example is `channels` × `positions`; value (c, p) is read at `c·source.channel + p·source.position`.
struct PreparationPlan {
  struct Strides: Equatable {
    var channel: Int
    var position: Int
  }

  var channels: Int
  var positions: Int
  var source: Strides
  var target: Strides
  /// Shape of a prepared example.
  var shape: [Int]
  var numerator: Float
  var denominator: Float
  /// One for all channels, or one each.
  var mean: [Float]
  var std: [Float]

  /// Checks that the preparation fits examples of the stored `shape` and `layout`.
  init(_ preparation: Preparation, stored shape: [Int], layout: ImageLayout, source name: String) throws(DataError) {
    let place = Place(file: name)
    let count = shape.reduce(1, *)
    let isImage = shape.count == 3
    var wanted = isImage ? preparation.layout ?? layout : layout
    var stored = isImage ? shape : [count, 1, 1]
    var storedLayout = isImage ? layout : .nchw
    if !isImage, let target = preparation.shape, target.count == 3, target.reduce(1, *) == count {
      // A flat row that shall become an image holds its values in the image's order already.
      wanted = preparation.layout ?? .nchw
      (stored, storedLayout) = (target, wanted)
    } else if !isImage {
      guard preparation.layout == nil else {
        throw DataError(
          .shape, "layout \(wanted.rawValue) needs examples of three axes, these are \(shape)", at: place,
          remedy: "leave layout out, or give shape: [channels, height, width]")
      }
      wanted = .nchw
    }
    channels = storedLayout == .nchw ? stored[0] : stored[2]
    positions = channels == 0 ? 0 : count / channels
    source = Self.strides(storedLayout, channels: channels, positions: positions)
    target = Self.strides(wanted, channels: channels, positions: positions)
    numerator = Float(preparation.scale.numerator)
    denominator = Float(preparation.scale.denominator)
    mean = preparation.mean.isEmpty ? [0] : preparation.mean
    std = preparation.std.isEmpty ? [1] : preparation.std

    let channelCount = storedLayout == .nchw ? [stored[1], stored[2]] : [stored[0], stored[1]]
    let laidOut = wanted == .nchw ? [channels] + channelCount : channelCount + [channels]
    let natural = preparation.shape ?? (isImage ? laidOut : shape)
    self.shape = preparation.flattens ? [count] : natural
    guard natural.allSatisfy({ $0 > 0 }), Self.product(natural) == count else {
      throw DataError(
        .shape, "examples of shape \(shape) have \(count) values, shape \(natural) does not", at: place,
        remedy: "give a shape of \(count) values, without the batch axis")
    }
    for (name, values) in [("mean", mean), ("std", std)] where values.count != 1 && values.count != channels {
      throw DataError(
        .shape, "\(name) has \(values.count) numbers, the examples have \(channels) channels", at: place,
        remedy: "give one number, or one for each channel")
    }
    guard (mean + std).allSatisfy(\.isFinite), !std.contains(0), denominator != 0, numerator.isFinite else {
      throw DataError(
        .option, "scale, mean and std must be finite, std not 0", at: place, remedy: "correct the numbers")
    }
  }

  /// The whole computation on one value.
  @inline(__always)
  func prepared(_ value: Float, channel: Int) -> Float {
    ((value * numerator) / denominator - mean[mean.count == 1 ? 0 : channel]) / std[std.count == 1 ? 0 : channel]
  }

  /// Whether every channel is computed alike.
  var isUniform: Bool { mean.count == 1 && std.count == 1 }

  private static func strides(_ layout: ImageLayout, channels: Int, positions: Int) -> Strides {
    layout == .nchw ? Strides(channel: positions, position: 1) : Strides(channel: 1, position: channels)
  }

  private static func product(_ shape: [Int]) -> Int? {
    var product = 1
    for extent in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }
}
