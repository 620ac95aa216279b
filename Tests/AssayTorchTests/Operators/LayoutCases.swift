import AssayCore
import AssayONNX

extension OperatorCase {
  static let layouts: [OperatorCase] = shapes + joining + gathering + made

  private static let shapes: [OperatorCase] = [
    OperatorCase("Flatten", "", [[2, 3, 4]]), OperatorCase("Flatten", "axis 2", [[2, 3, 4]], [.int("axis", 2)]),
    OperatorCase("Flatten", "axis 0", [[2, 3]], [.int("axis", 0)]),
    OperatorCase("Reshape", "", [[2, 6]], constants: [ints(0, -1, 2)]),
    OperatorCase("Transpose", "", [[2, 3, 4]], [.ints("perm", 2, 0, 1)]),
    OperatorCase("Transpose", "reversed", [[2, 3, 4]]),
    OperatorCase("Squeeze", "", [[2, 1, 3]], constants: [ints(1)]), OperatorCase("Squeeze", "all", [[1, 2, 1]]),
    OperatorCase("Squeeze", "of opset 11", [[1, 3, 1]], [.ints("axes", -1)], opset: 11),
    OperatorCase("Unsqueeze", "", [[2, 3]], constants: [ints(0, 3)]),
    OperatorCase("Expand", "", [[3, 1]], constants: [ints(2, 1, 4)]),
    OperatorCase("Tile", "", [[2, 3]], constants: [ints(2, 2)]),
    OperatorCase("DepthToSpace", "", [[1, 8, 2, 3]], [.int("blocksize", 2)]),
    OperatorCase("DepthToSpace", "CRD", [[1, 8, 2, 3]], [.int("blocksize", 2), .text("mode", "CRD")]),
    OperatorCase("SpaceToDepth", "", [[1, 2, 4, 6]], [.int("blocksize", 2)]),
    OperatorCase("Trilu", "", [[3, 4]]),
    OperatorCase("Trilu", "lower", [[2, 4, 3]], constants: [Tensor(scalar: Int64(1))], [.int("upper", 0)]),
    OperatorCase("ReverseSequence", "", [[4, 3, 2]], constants: [ints(4, 1, 3)]),
    OperatorCase(
      "ReverseSequence", "batch first", [[3, 4]], constants: [ints(4, 2, 3)],
      [.int("batch_axis", 0), .int("time_axis", 1)]),
  ]

  private static let joining: [OperatorCase] = [
    OperatorCase("Concat", "", [[2, 3], [2, 1]], [.int("axis", 1)]),
    OperatorCase("Concat", "last", [[2, 3], [2, 3]], [.int("axis", -1)]),
    OperatorCase("Split", "equal", [[4, 3]], outputs: 2),
    OperatorCase("Split", "sizes", [[2, 6]], constants: [ints(1, 5)], [.int("axis", 1)], outputs: 2),
    OperatorCase(
      "Split", "uneven, opset 18", [[2, 5]], [.int("axis", 1), .int("num_outputs", 2)], opset: 18, outputs: 2),
    OperatorCase("Split", "of opset 11", [[2, 5]], [.int("axis", 1), .ints("split", 2, 3)], opset: 11, outputs: 2),
    OperatorCase("Slice", "", [[4, 5]], constants: [ints(1, 4), ints(4, 0), ints(0, 1), ints(2, -1)]),
    OperatorCase("Slice", "backwards", [[5, 4]], constants: [ints(-1), ints(.min), ints(0), ints(-2)]),
    OperatorCase("Slice", "beyond the ends", [[4, 5]], constants: [ints(-9, 2), ints(99, .max)]),
    OperatorCase(
      "Slice", "of opset 9", [[4, 5]], [.ints("starts", 1, -3), .ints("ends", 9, -1), .ints("axes", 0, 1)], opset: 9),
    OperatorCase("Pad", "", [[2, 3]], constants: [ints(0, 1, 1, 2), scalar(7)]),
    OperatorCase("Pad", "negative", [[4, 3]], constants: [ints(-1, 1, 1, -1)]),
    OperatorCase("Pad", "reflect", [[4, 3]], constants: [ints(2, 1, 3, 2)], [.text("mode", "reflect")]),
    OperatorCase("Pad", "edge", [[2, 3]], constants: [ints(1, 0, 0, 2)], [.text("mode", "edge")]),
    OperatorCase("Pad", "wrap", [[2, 3]], constants: [ints(1, 2, 3, 4)], [.text("mode", "wrap")], opset: 19),
    OperatorCase("Pad", "axes", [[2, 3, 4]], constants: [ints(1, 2), scalar(0.5), ints(-1)], opset: 18),
    OperatorCase("Pad", "of opset 2", [[2, 3]], [.ints("pads", 1, 0, 0, 2), .float("value", 1.5)], opset: 2),
    OperatorCase("Compress", "", [[3, 4]], constants: [Tensor([true, false, true], shape: [3])], [.int("axis", 0)]),
    OperatorCase("Compress", "flat", [[2, 2]], constants: [Tensor([false, true, true], shape: [3])]),
  ]

  private static let gathering: [OperatorCase] = [
    OperatorCase("Gather", "", [[4, 3]], constants: [ints(2, 0)]),
    OperatorCase(
      "Gather", "negative", [[4, 3]], constants: [Tensor([-1, 2, 0, -4] as [Int64], shape: [2, 2])], [.int("axis", 0)]),
    OperatorCase("Gather", "one place", [[2, 3]], constants: [Tensor(scalar: Int64(1))], [.int("axis", 1)]),
    OperatorCase(
      "GatherElements", "", [[3, 3]], constants: [Tensor([1, -1, 0, 2] as [Int64], shape: [2, 2])], [.int("axis", 1)]),
    OperatorCase("GatherND", "", [[2, 3, 4]], constants: [Tensor([0, 1, 1, -1] as [Int64], shape: [2, 2])]),
    OperatorCase(
      "GatherND", "batches", [[2, 3, 4]], constants: [Tensor([1, 2] as [Int64], shape: [2, 1])], [.int("batch_dims", 1)]
    ),
    OperatorCase(
      "ScatterElements", "", [[3, 3]],
      constants: [Tensor([1, 0, 2, 1] as [Int64], shape: [2, 2]), weights([2, 2], seed: 110)], [.int("axis", 0)]),
    OperatorCase(
      "ScatterElements", "add", [[3, 3]],
      constants: [Tensor([1, 0, 1, 1] as [Int64], shape: [2, 2]), weights([2, 2], seed: 111)],
      [.text("reduction", "add")]),
    OperatorCase(
      "ScatterElements", "max", [[3, 3]],
      constants: [Tensor([1, 0, 2, 1] as [Int64], shape: [2, 2]), weights([2, 2], seed: 112)],
      [.text("reduction", "max")],
      opset: 18),
    OperatorCase(
      "ScatterElements", "mul", [[3, 3]],
      constants: [Tensor([1, 0, 1, 1] as [Int64], shape: [2, 2]), weights([2, 2], seed: 113)],
      [.text("reduction", "mul")]),
    OperatorCase(
      "ScatterND", "", [[4, 3]], constants: [Tensor([2, 0] as [Int64], shape: [2, 1]), weights([2, 3], seed: 114)]),
    OperatorCase(
      "ScatterND", "add", [[2, 3]],
      constants: [Tensor([0, 1, 0, 1] as [Int64], shape: [2, 2]), weights([2], seed: 115)],
      [.text("reduction", "add")]),
    OperatorCase("OneHot", "", [], constants: [ints(1, -1, 0), ints(4), floats(0.5, 2)]),
    OperatorCase("OneHot", "first axis", [], constants: [ints(1, 2), ints(3), floats(0, 1)], [.int("axis", 0)]),
    OperatorCase(
      "NonZero", "", [], constants: [Tensor([0, 1, 2, 0] as [Float], shape: [2, 2])], differentiable: false),
  ]

  private static let made: [OperatorCase] = [
    OperatorCase("Shape", "", [[2, 3, 4]], differentiable: false),
    OperatorCase("Shape", "part", [[2, 3, 4]], [.int("start", 1), .int("end", -1)], differentiable: false),
    OperatorCase("Size", "", [[2, 3, 4]], differentiable: false),
    OperatorCase("ConstantOfShape", "", [], constants: [ints(2, 3)], differentiable: false),
    OperatorCase(
      "Range", "", [], constants: [Tensor(scalar: Int64(10)), Tensor(scalar: Int64(4)), Tensor(scalar: Int64(-3))],
      differentiable: false),
    OperatorCase("Range", "real", [], constants: [scalar(0.5), scalar(3), scalar(0.75)], differentiable: false),
    OperatorCase("EyeLike", "", [[3, 4]], [.int("k", 1)], differentiable: false),
  ]
}
