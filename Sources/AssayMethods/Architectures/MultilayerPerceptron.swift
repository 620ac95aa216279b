public import AssayCore

/// Fully connected layers of any widths.
public enum MultilayerPerceptron: Architecture {
  public static let name = "mlp"
  public static let summary = "fully connected layers of the widths of hidden (1000 unless said)"

  public static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError) {
    for width in options.hidden ?? [1000] {
      try network.hiddenDense(network.scaled(width), normalizes: options.normalizes ?? false)
    }
    try network.logits()
  }
}
