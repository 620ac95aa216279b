/// How one operator changed in one version of ONNX's operator set.
struct VersionChange: Sendable {
  let version: Int
  /// Rewrites a node of the version before; nil where every old node means the same (wider types, negative axes,
  /// new attributes whose default is the old behaviour).
  let rule: VersionRule?
}

/// Gives the nodes that take the place of one node, in order.
typealias VersionRule = @Sendable (inout GraphUpgrade, Node) throws(ONNXError) -> [Node]

/// Every change of the operators between version 7 and 17; an operator that is not listed is refused.
///
/// Source: github.com/onnx/onnx, docs/Changelog.md, read for each operator; versions checked against
/// `onnx.defs.get_all_schemas_with_history()` of onnx 1.19.
enum VersionTable {
  static let oldest = 7
  static let newest = 17

  private static func same(_ versions: Int...) -> [VersionChange] {
    versions.map { VersionChange(version: $0, rule: nil) }
  }
  private static func changed(_ version: Int, _ rule: @escaping VersionRule) -> [VersionChange] {
    [VersionChange(version: version, rule: rule)]
  }

  private static let softmax = same(11) + changed(13, VersionRules.softmax)
  private static let reduction = same(11, 12, 13)
  private static let none: [VersionChange] = []

  static let changes: [String: [VersionChange]] = [
    // What changed in meaning or moved from attributes to inputs
    "BatchNormalization": changed(9, VersionRules.batchNormalizationSpatial)
      + changed(14, VersionRules.batchNormalizationTraining) + same(15),
    "Clip": changed(11, VersionRules.clip) + same(12, 13),
    "Dropout": changed(10, VersionRules.dropoutMask) + changed(12, VersionRules.dropoutRatio) + same(13),
    "Hardmax": softmax, "LogSoftmax": softmax, "Softmax": softmax,
    "Pad": changed(11, VersionRules.pad) + same(13),
    "ReduceSum": same(11) + changed(13, VersionRules.axesToInput),
    "Resize": changed(11, VersionRules.resize) + same(13),
    "RoiAlign": changed(16, VersionRules.roiAlign),
    "Scatter": changed(11, VersionRules.scatter),
    "Slice": changed(10, VersionRules.slice) + same(11, 13),
    "Split": same(11) + changed(13, VersionRules.splitToInput),
    "Squeeze": same(11) + changed(13, VersionRules.axesToInput),
    "TopK": changed(10, VersionRules.topK) + same(11),
    "Unsqueeze": same(11) + changed(13, VersionRules.axesToInput),
    "Upsample": changed(9, VersionRules.upsampleScales) + changed(10, VersionRules.upsampleToResize),
    // What means the same
    "Abs": same(13), "Acos": none, "Acosh": none, "Add": same(13, 14), "And": none, "ArgMax": reduction,
    "ArgMin": reduction, "Asin": none, "Asinh": none, "Atan": none, "Atanh": none, "AveragePool": same(10, 11),
    "BitShift": none, "Cast": same(9, 13), "CastLike": none, "Ceil": same(13), "Celu": none, "Compress": same(11),
    "Concat": same(11, 13), "Constant": same(9, 11, 12, 13), "ConstantOfShape": none, "Conv": same(11),
    "ConvInteger": none, "ConvTranspose": same(11), "Cos": none, "Cosh": none, "CumSum": same(14),
    "DepthToSpace": same(11, 13), "DequantizeLinear": same(13), "Det": none, "Div": same(13, 14),
    "DynamicQuantizeLinear": none, "Einsum": none, "Elu": none, "Equal": same(11, 13), "Erf": same(13), "Exp": same(13),
    "Expand": same(13), "EyeLike": none, "Flatten": same(9, 11, 13), "Floor": same(13), "GRU": same(14),
    "Gather": same(11, 13), "GatherElements": same(13), "GatherND": same(12, 13), "Gemm": same(9, 11, 13),
    "GlobalAveragePool": none, "GlobalLpPool": none, "GlobalMaxPool": none, "Greater": same(9, 13),
    "GreaterOrEqual": same(16), "GridSample": none, "HardSigmoid": none, "HardSwish": none,
    "Identity": same(13, 14, 16),
    "If": same(11, 13, 16), "InstanceNormalization": none, "IsInf": none, "IsNaN": same(13), "LRN": same(13),
    "LSTM": same(14), "LayerNormalization": none, "LeakyRelu": same(16), "Less": same(9, 13), "LessOrEqual": same(16),
    "Log": same(13), "Loop": same(11, 13, 16), "LpNormalization": none, "LpPool": same(11), "MatMul": same(9, 13),
    "MatMulInteger": none, "Max": same(8, 12, 13), "MaxPool": same(8, 10, 11, 12), "Mean": same(8, 13),
    "MeanVarianceNormalization": same(13), "Min": same(8, 12, 13), "Mod": same(13), "Mul": same(13, 14),
    "Neg": same(13),
    "NonMaxSuppression": same(11), "NonZero": same(13), "Not": none, "OneHot": same(11), "Or": none,
    "PRelu": same(9, 16), "Pow": same(12, 13, 15), "QLinearConv": none, "QLinearMatMul": none,
    "QuantizeLinear": same(13),
    "RNN": same(14), "RandomNormal": none, "RandomNormalLike": none, "RandomUniform": none, "RandomUniformLike": none,
    "Range": none, "Reciprocal": same(13), "ReduceL1": reduction, "ReduceL2": reduction, "ReduceLogSum": reduction,
    "ReduceLogSumExp": reduction, "ReduceMax": reduction, "ReduceMean": reduction, "ReduceMin": reduction,
    "ReduceProd": reduction, "ReduceSumSquare": reduction, "Relu": same(13, 14), "Reshape": same(13, 14),
    "ReverseSequence": none, "Round": none, "ScatterElements": same(13, 16), "ScatterND": same(13, 16), "Selu": none,
    "Shape": same(13, 15), "Shrink": none, "Sigmoid": same(13), "Sign": same(13), "Sin": none, "Sinh": none,
    "Size": same(13), "Softplus": none, "Softsign": none, "SpaceToDepth": same(13), "Sqrt": same(13),
    "Sub": same(13, 14), "Sum": same(8, 13), "Tan": none, "Tanh": same(13), "ThresholdedRelu": none, "Tile": same(13),
    "Transpose": same(13), "Trilu": none, "Where": same(16), "Xor": none,
  ]

  /// The IR version that goes with an operator set (ONNX, docs/Versioning.md).
  static func irVersion(forOpset opset: Int) -> Int {
    switch opset {
    case ...8: 3
    case 9: 4
    case 10: 5
    case 11: 6
    case 12...14: 7
    default: 8
    }
  }
}
