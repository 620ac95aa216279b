import AssayCore
import AssayONNX

extension OperatorCase {
  static let reductions: [OperatorCase] = reduced + along + normalized + products + resized

  private static let reduced: [OperatorCase] =
    [
      "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare",
      "ReduceLogSumExp",
    ].map {
      OperatorCase($0, "", [[2, 3, 4]], [.ints("axes", 0, -1)])
    }
    + [
      OperatorCase("ReduceLogSum", "", [[2, 3]], in: 0.5...2, [.ints("axes", 1), .int("keepdims", 0)]),
      OperatorCase("ReduceMean", "dropped axes", [[2, 3, 4]], [.ints("axes", 1, 2), .int("keepdims", 0)]),
      OperatorCase("ReduceProd", "dropped axes", [[2, 3, 4]], [.ints("axes", 0, 2), .int("keepdims", 0)]),
      OperatorCase("ReduceSum", "", [[2, 3, 4]], constants: [ints(1)]), OperatorCase("ReduceSum", "all", [[2, 3, 4]]),
      OperatorCase("ReduceSum", "nothing", [[2, 3]], [.int("noop_with_empty_axes", 1)]),
      OperatorCase("ReduceMax", "of opset 18", [[2, 3, 4]], constants: [ints(1)], [.int("keepdims", 0)], opset: 18),
      OperatorCase(
        "ReduceSum", "integers", [], constants: [Tensor([1, 2, 3] as [Int32], shape: [3])], differentiable: false),
      OperatorCase(
        "ReduceMean", "integers", [], constants: [Tensor([1, 2, 5] as [Int32], shape: [3])], differentiable: false),
    ]

  private static let along: [OperatorCase] = [
    OperatorCase("ArgMax", "", [[3, 4]], [.int("axis", 1)], differentiable: false),
    OperatorCase("ArgMin", "", [[3, 4]], [.int("keepdims", 0)], differentiable: false),
    OperatorCase(
      "ArgMax", "last of equals", [], constants: [floats(1, 3, 3, 2)], [.int("select_last_index", 1)],
      differentiable: false),
    OperatorCase("ArgMax", "first of equals", [], constants: [floats(1, 3, 3, 2)], differentiable: false),
    OperatorCase("Softmax", "", [[3, 5]]), OperatorCase("Softmax", "inner axis", [[2, 3, 4]], [.int("axis", 1)]),
    OperatorCase("Softmax", "of opset 11", [[2, 3, 4]], [.int("axis", 1)], opset: 11),
    OperatorCase("LogSoftmax", "", [[3, 5]]), OperatorCase("LogSoftmax", "of opset 11", [[2, 3, 4]], opset: 11),
    OperatorCase("Hardmax", "", [[3, 4]], differentiable: false),
    OperatorCase("CumSum", "", [[2, 3]], constants: [Tensor(scalar: Int64(1))]),
    OperatorCase(
      "CumSum", "reverse, exclusive", [[2, 4]], constants: [ints(-1)], [.int("reverse", 1), .int("exclusive", 1)]),
    OperatorCase("CumSum", "exclusive", [[3, 2]], constants: [Tensor(scalar: Int64(0))], [.int("exclusive", 1)]),
    OperatorCase("TopK", "", [[3, 6]], constants: [ints(2)], outputs: 2),
    OperatorCase(
      "TopK", "smallest", [[6, 3]], constants: [ints(4)], [.int("axis", 0), .int("largest", 0)], outputs: 2),
    OperatorCase(
      "TopK", "equals", [], constants: [floats(2, 1, 2, 1, 2), ints(4)], outputs: 2, differentiable: false),
  ]

  private static let channels = [
    weights([3], seed: 20), weights([3], seed: 21), weights([3], seed: 22), floats(0.5, 1, 2),
  ]

  private static let normalized: [OperatorCase] = [
    OperatorCase("BatchNormalization", "", [[2, 3, 4]], constants: channels),
    OperatorCase("BatchNormalization", "images", [[2, 3, 4, 2]], constants: channels, [.float("epsilon", 0.01)]),
    OperatorCase("BatchNormalization", "rows", [[4, 3]], constants: channels),
    OperatorCase(
      "InstanceNormalization", "", [[2, 3, 4, 5]], constants: [weights([3], seed: 23), weights([3], seed: 24)]),
    OperatorCase("LayerNormalization", "", [[2, 3, 4]], constants: [weights([4], seed: 25), weights([4], seed: 26)]),
    OperatorCase(
      "LayerNormalization", "statistics", [[2, 3, 4]], constants: [weights([3, 4], seed: 27)], [.int("axis", 1)],
      outputs: 3),
    OperatorCase("MeanVarianceNormalization", "", [[2, 3, 4, 2]]),
    OperatorCase(
      "LRN", "", [[2, 5, 3, 2]], [.int("size", 3), .float("alpha", 0.5), .float("beta", 0.6), .float("bias", 1.5)]),
    OperatorCase("LRN", "even size", [[1, 4, 3]], [.int("size", 4), .float("alpha", 0.5)]),
  ]

  private static let products: [OperatorCase] = [
    OperatorCase("Gemm", "", [[3, 4]], constants: [weights([4, 5], seed: 10), weights([5], seed: 11)]),
    OperatorCase(
      "Gemm", "as linear", [[3, 4]], constants: [weights([5, 4], seed: 12), weights([5], seed: 13)], [.int("transB", 1)]
    ),
    OperatorCase(
      "Gemm", "all transposed", [[4, 3]], constants: [weights([5, 4], seed: 14), weights([3, 1], seed: 15)],
      [.int("transA", 1), .int("transB", 1), .float("alpha", 0.5), .float("beta", 2)]),
    OperatorCase("Gemm", "no bias", [[3, 4]], constants: [weights([4, 5], seed: 16)], [.float("alpha", 0.5)]),
    OperatorCase("MatMul", "matrices", [[3, 4], [4, 2]]),
    OperatorCase("MatMul", "stacks", [[2, 1, 3, 4], [5, 4, 2]]),
    OperatorCase("MatMul", "vectors", [[4], [4, 3]]), OperatorCase("MatMul", "vector of stack", [[4], [3, 4, 2]]),
    OperatorCase(
      "FusedMatMul", "", [[4, 3], [4, 2]], [.int("transA", 1), .float("alpha", 0.5)], domain: "com.microsoft"),
    OperatorCase(
      "FusedGemm", "", [[3, 4]], constants: [weights([4, 5], seed: 17), weights([5], seed: 18)],
      [.text("activation", "Relu")],
      domain: "com.microsoft"),
  ]

  private static let resized: [OperatorCase] =
    [
      ("nearest", "half_pixel", "round_prefer_floor"), ("nearest", "asymmetric", "floor"),
      ("nearest", "align_corners", "ceil"),
      ("nearest", "tf_half_pixel_for_nn", "round_prefer_ceil"), ("linear", "half_pixel", "floor"),
      ("linear", "align_corners", "floor"), ("linear", "pytorch_half_pixel", "floor"), ("cubic", "half_pixel", "floor"),
    ].map { mode, transform, rounding in
      OperatorCase(
        "Resize", "\(mode) \(transform)", [[1, 2, 3, 4]], constants: [nil, floats(1, 1, 1.5, 2)],
        [.text("mode", mode), .text("coordinate_transformation_mode", transform), .text("nearest_mode", rounding)])
    } + [
      OperatorCase(
        "Resize", "smaller", [[1, 1, 6, 5]], constants: [nil, nil, ints(1, 1, 4, 3)], [.text("mode", "linear")]),
      OperatorCase(
        "Resize", "cubic without what lies outside", [[1, 1, 4, 4]], constants: [nil, floats(1, 1, 2, 0.75)],
        [.text("mode", "cubic"), .int("exclude_outside", 1), .float("cubic_coeff_a", -0.5)]),
      OperatorCase(
        "Resize", "crop", [[1, 1, 4, 4]],
        constants: [floats(0, 0, 0.4, 0.6, 1, 1, 1.2, 1.7), nil, ints(1, 1, 3, 3)],
        [
          .text("mode", "linear"), .text("coordinate_transformation_mode", "tf_crop_and_resize"),
          .float("extrapolation_value", 10),
        ]),
      OperatorCase(
        "Resize", "of opset 10", [[1, 1, 3, 4]], constants: [floats(1, 1, 2, 1.5)], [.text("mode", "nearest")],
        opset: 10),
      OperatorCase(
        "Upsample", "", [[1, 1, 3, 4]], constants: [floats(1, 1, 2, 1.5)], [.text("mode", "linear")], opset: 9),
    ]
}
