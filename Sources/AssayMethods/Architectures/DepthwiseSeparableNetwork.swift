public import AssayCore

/// A small network of depthwise and pointwise convolutions.
public enum DepthwiseSeparableNetwork: Architecture {
  public static let name = "depthwise-separable"
  public static let summary =
    "a 3×3 convolution of 16 channels and five depthwise-separable ones of 32, 64, 64, 128 and 128 (the blocks of Howard "
    + "and others, MobileNets, 2017)"

  public static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError) {
    let normalizes = options.normalizes ?? true
    try network.asImage()
    try network.hiddenConvolve(network.scaled(16), kernel: 3, padding: 1, normalizes: normalizes)
    for (channels, stride) in [(32, 1), (64, 2), (64, 1), (128, 2), (128, 1)] {
      let inputs = network.shape[0]
      try network.hiddenConvolve(
        inputs, kernel: 3, stride: stride, padding: 1, groups: inputs, normalizes: normalizes)
      try network.hiddenConvolve(network.scaled(channels), kernel: 1, normalizes: normalizes)
    }
    network.globalAveragePool()
    try network.logits()
  }
}
