import AssayCore
import AssayONNX

extension OperatorCase {
  static let windows: [OperatorCase] = convolutions + transposed + pools

  private static let convolutions: [OperatorCase] = [
    OperatorCase(
      "Conv", "plain", [[2, 2, 6, 5]], constants: [weights([3, 2, 3, 3], seed: 1), weights([3], seed: 2)]),
    OperatorCase(
      "Conv", "padded", [[2, 2, 5, 5]], constants: [weights([3, 2, 3, 3], seed: 3)], [.ints("pads", 1, 1, 1, 1)]),
    OperatorCase(
      "Conv", "one-sided pads, strides", [[1, 2, 7, 6]], constants: [weights([2, 2, 3, 2], seed: 4)],
      [.ints("pads", 0, 1, 2, 0), .ints("strides", 2, 3)]),
    OperatorCase(
      "Conv", "depthwise", [[1, 4, 5, 5]], constants: [weights([4, 1, 3, 3], seed: 5), weights([4], seed: 51)],
      [.int("group", 4), .ints("pads", 1, 1, 1, 1)]),
    OperatorCase(
      "Conv", "groups, dilated", [[2, 4, 7, 6]], constants: [weights([6, 2, 3, 2], seed: 6)],
      [.int("group", 2), .ints("dilations", 2, 1), .ints("pads", 1, 0, 2, 1), .ints("strides", 1, 2)]),
    OperatorCase(
      "Conv", "same upper", [[1, 2, 5, 6]], constants: [weights([2, 2, 2, 3], seed: 7)],
      [.text("auto_pad", "SAME_UPPER"), .ints("strides", 2, 2)]),
    OperatorCase(
      "Conv", "same lower", [[1, 3, 5, 8]], constants: [weights([3, 1, 2, 3], seed: 71)],
      [.text("auto_pad", "SAME_LOWER"), .ints("strides", 2, 3), .int("group", 3)]),
    OperatorCase(
      "Conv", "one axis", [[2, 3, 9]], constants: [weights([4, 3, 3], seed: 8)],
      [.text("auto_pad", "VALID"), .ints("strides", 2)]),
    OperatorCase(
      "Conv", "three axes", [[1, 2, 3, 4, 5]], constants: [weights([2, 2, 2, 2, 3], seed: 81)],
      [.ints("pads", 1, 0, 1, 0, 1, 1)]),
    OperatorCase("Conv", "drawn weights", [[1, 2, 4, 4], [2, 2, 3, 3]]),
    OperatorCase(
      "FusedConv", "", [[1, 2, 4, 4]],
      constants: [weights([3, 2, 3, 3], seed: 82), weights([3], seed: 83), weights([1, 3, 2, 2], seed: 84)],
      [.text("activation", "LeakyRelu"), .floats("activation_params", 0.1)], domain: "com.microsoft"),
  ]

  private static let transposed: [OperatorCase] = [
    OperatorCase(
      "ConvTranspose", "strides", [[1, 3, 4, 4]], constants: [weights([3, 2, 3, 3], seed: 9)],
      [.ints("strides", 2, 2)]),
    OperatorCase(
      "ConvTranspose", "groups, one-sided pads, output padding", [[1, 4, 3, 3]],
      constants: [weights([4, 3, 3, 2], seed: 91), weights([6], seed: 92)],
      [.int("group", 2), .ints("strides", 2, 1), .ints("pads", 1, 0, 0, 1), .ints("output_padding", 1, 0)]),
    OperatorCase(
      "ConvTranspose", "output shape", [[1, 2, 3, 3]],
      constants: [weights([2, 2, 3, 3], seed: 93), weights([2], seed: 94)],
      [.ints("strides", 2, 2), .ints("output_shape", 8, 9)]),
    OperatorCase(
      "ConvTranspose", "same upper", [[1, 2, 3, 4]], constants: [weights([2, 2, 3, 3], seed: 95)],
      [.ints("strides", 2, 2), .text("auto_pad", "SAME_UPPER")]),
    OperatorCase(
      "ConvTranspose", "one axis, dilated", [[2, 3, 5]], constants: [weights([3, 2, 3], seed: 96)],
      [.ints("dilations", 2), .ints("pads", 1, 1)]),
    OperatorCase(
      "ConvTranspose", "three axes", [[1, 2, 2, 3, 2]], constants: [weights([2, 1, 2, 2, 2], seed: 97)]),
  ]

  private static let pools: [OperatorCase] = [
    OperatorCase(
      "MaxPool", "padded", [[1, 2, 6, 6]],
      [.ints("kernel_shape", 3, 3), .ints("strides", 2, 2), .ints("pads", 1, 1, 1, 1)]),
    OperatorCase(
      "MaxPool", "rounded up, one-sided pads", [[1, 2, 6, 7]],
      [.ints("kernel_shape", 3, 2), .ints("strides", 2, 3), .ints("pads", 1, 0, 1, 1), .int("ceil_mode", 1)]),
    OperatorCase(
      "MaxPool", "rounded up", [[1, 1, 6, 6]],
      [.ints("kernel_shape", 3, 3), .ints("strides", 2, 2), .int("ceil_mode", 1)]),
    OperatorCase(
      "MaxPool", "same lower, dilated", [[1, 2, 7, 6]],
      [.ints("kernel_shape", 2, 2), .ints("dilations", 2, 1), .text("auto_pad", "SAME_LOWER")]),
    OperatorCase("MaxPool", "one axis", [[2, 3, 9]], [.ints("kernel_shape", 3), .ints("strides", 2)]),
    OperatorCase(
      "MaxPool", "three axes", [[1, 2, 4, 4, 4]], [.ints("kernel_shape", 2, 2, 2), .ints("strides", 2, 2, 2)]),
    OperatorCase(
      "MaxPool", "places", [[2, 2, 4, 5]], [.ints("kernel_shape", 2, 2), .ints("strides", 2, 1)], outputs: 2),
    OperatorCase(
      "AveragePool", "one-sided pads", [[1, 2, 5, 5]], [.ints("kernel_shape", 2, 2), .ints("pads", 1, 0, 1, 0)]),
    OperatorCase(
      "AveragePool", "pads counted", [[1, 2, 5, 5]],
      [.ints("kernel_shape", 3, 3), .ints("pads", 1, 1, 1, 1), .int("count_include_pad", 1)]),
    OperatorCase(
      "AveragePool", "one-sided pads counted", [[1, 2, 6, 7]],
      [.ints("kernel_shape", 3, 2), .ints("strides", 2, 2), .ints("pads", 1, 0, 1, 1), .int("count_include_pad", 1)]),
    OperatorCase(
      "AveragePool", "rounded up", [[1, 2, 6, 6]],
      [.ints("kernel_shape", 3, 3), .ints("strides", 2, 2), .ints("pads", 1, 1, 1, 1), .int("ceil_mode", 1)]),
    OperatorCase(
      "AveragePool", "rounded up, one-sided pads counted", [[1, 2, 6, 6]],
      [
        .ints("kernel_shape", 3, 3), .ints("strides", 2, 2), .ints("pads", 0, 1, 1, 0), .int("ceil_mode", 1),
        .int("count_include_pad", 1),
      ]),
    OperatorCase(
      "AveragePool", "same upper", [[1, 1, 5, 5]], [.ints("kernel_shape", 2, 2), .text("auto_pad", "SAME_UPPER")]),
    OperatorCase("AveragePool", "one axis", [[2, 3, 8]], [.ints("kernel_shape", 3)]),
    OperatorCase(
      "AveragePool", "dilated", [[1, 2, 6, 6]], [.ints("kernel_shape", 2, 2), .ints("dilations", 2, 2)], opset: 19),
    OperatorCase("GlobalAveragePool", "", [[2, 3, 4, 5]]),
    OperatorCase("GlobalMaxPool", "", [[2, 3, 4, 5]]),
  ]
}
