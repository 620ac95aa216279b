public import AssayCore

/// The residual network of MLPerf Tiny.
public enum ResNet8: Architecture {
  public static let name = "resnet-8"
  public static let summary =
    "one residual block each of 16, 32 and 64 channels (Banbury and others, MLPerf Tiny, NeurIPS 2021): 78,042 "
    + "parameters on CIFAR-10 after batch normalization is folded"

  public static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError) {
    try ResidualBlocks.build(&network, options, blocks: 1)
  }
}

/// The residual network of 20 layers for CIFAR-10.
public enum ResNet20: Architecture {
  public static let name = "resnet-20"
  public static let summary =
    "three residual blocks each of 16, 32 and 64 channels (He, Zhang, Ren, Sun, CVPR 2016, section 4.2); shortcuts that "
    + "change shape are 1×1 convolutions (option B)"

  public static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError) {
    try ResidualBlocks.build(&network, options, blocks: 3)
  }
}

private enum ResidualBlocks {
  static func build(
    _ network: inout NetworkBuilder, _ options: ArchitectureOptions, blocks: Int
  ) throws(MethodError) {
    let normalizes = options.normalizes ?? true
    try network.asImage()
    try network.hiddenConvolve(network.scaled(16), kernel: 3, padding: 1, normalizes: normalizes)
    for (stage, channels) in [16, 32, 64].enumerated() {
      for block in 0..<blocks {
        try add(&network, network.scaled(channels), stride: stage > 0 && block == 0 ? 2 : 1, normalizes)
      }
    }
    network.globalAveragePool()
    try network.logits()
  }

  private static func add(
    _ network: inout NetworkBuilder, _ channels: Int, stride: Int, _ normalizes: Bool
  ) throws(MethodError) {
    let (input, shape) = (network.value, network.shape)
    try network.hiddenConvolve(channels, kernel: 3, stride: stride, padding: 1, normalizes: normalizes)
    try network.convolve(channels, kernel: 3, padding: 1, hasBias: !normalizes)
    if normalizes { network.batchNormalize() }
    let (residual, residualShape) = (network.value, network.shape)
    (network.value, network.shape) = (input, shape)
    if stride != 1 || shape[0] != channels {
      try network.convolve(channels, kernel: 1, stride: stride, hasBias: !normalizes)
      if normalizes { network.batchNormalize() }
    }
    network.node("Add", [residual, network.value])
    network.shape = residualShape
    network.activate()
  }
}
