public import AssayCore

/// The two hidden layers of LeNet-300-100.
public enum LeNet300: Architecture {
  public static let name = "lenet-300-100"
  public static let summary =
    "fully connected layers of 300 and 100 units (LeCun, Bottou, Bengio, Haffner, Proc. IEEE 1998, section III.C.4)"

  public static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError) {
    for width in [300, 100] {
      try network.hiddenDense(network.scaled(width), normalizes: options.normalizes ?? false)
    }
    try network.logits()
  }
}

/// LeNet-5 with the widths that the literature on pruning uses.
public enum LeNet5: Architecture {
  public static let name = "lenet-5"
  public static let summary =
    "convolutions of 20 and 50 channels, 5×5, each with max pooling, and 500 units: the variant of Caffe with 431,080 "
    + "parameters on MNIST (Han and others, NIPS 2015)"

  public static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError) {
    let normalizes = options.normalizes ?? false
    try network.asImage()
    for channels in [20, 50] {
      try network.hiddenConvolve(network.scaled(channels), kernel: 5, normalizes: normalizes)
      try network.maxPool(2)
    }
    try network.hiddenDense(network.scaled(500), normalizes: normalizes)
    try network.logits()
  }
}
