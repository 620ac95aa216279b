import AssayCore

/// What Assay knows of one operator.
struct OperatorEntry: Sendable {
  let shapes: ShapeRule
  /// Its multiply-accumulates; `.none` for operators that only move, compare, add or scale.
  let work: Work
  /// Inputs that hold learnt weights when they are constant.
  let parameters: [ParameterInput]
  /// Whether its products are of 8-bit integers.
  let runsInInt8: Bool

  init(
    _ shapes: @escaping ShapeRule, _ work: Work = .none, weights parameters: [ParameterInput] = [], int8: Bool = false
  ) {
    self.shapes = shapes
    self.work = work
    self.parameters = parameters
    self.runsInInt8 = int8
  }
}

/// Position of an input that may hold weights.
struct ParameterInput: Sendable, ExpressibleByIntegerLiteral {
  let input: Int
  /// Position of the zero point that belongs to it.
  let zeroPoint: Int?

  init(integerLiteral value: Int) { (input, zeroPoint) = (value, nil) }
  init(_ input: Int, zeroPoint: Int) { (self.input, self.zeroPoint) = (input, zeroPoint) }
}

/// The one list of operators: a new operator is one line here, and a rule beside its family.
enum OperatorTable {
  /// The entry of an operator, nil when it is not known.
  static func entry(domain: String, type: String) -> OperatorEntry? { domains[domain]?[type] }

  private typealias E = OperatorEntry
  private static let domains: [String: [String: OperatorEntry]] = [
    "": onnx, "com.microsoft": microsoft, "com.microsoft.nchwc": blocked,
  ]
  private static let same = E(ElementwiseShapes.same)
  private static let sameBool = E(ElementwiseShapes.same(.fixed(.bool)))
  private static let logic = E(ElementwiseShapes.broadcast(.fixed(.bool)))
  private static let broadcast = E(ElementwiseShapes.broadcast())
  private static let arithmetic = E(ElementwiseShapes.arithmetic, weights: [0, 1])
  private static let comparison = E(ElementwiseShapes.comparison)
  private static let rounding = E(ElementwiseShapes.rounding)
  private static let reduction = E(ReductionShapes.reduce)
  private static let pooling = E(ConvolutionShapes.pooling)
  private static let globalPooling = E(ConvolutionShapes.globalPooling)
  private static let scaled = E(ElementwiseShapes.same, weights: [1, 2])
  private static let layerNormalization = E(TransformerShapes.layerNormalization, weights: [1, 2])
  private static let normalizedSum = E(TransformerShapes.skipLayerNormalization, weights: [2, 3, 4])
  private static let convolution = E(
    ConvolutionShapes.convolution(data: 0, weight: 1), .convolution(weight: 1), weights: [1, 2])
  private static let quantizedConvolution = E(
    ConvolutionShapes.convolution(data: 0, weight: 3), .convolution(weight: 3),
    weights: [ParameterInput(3, zeroPoint: 5), 8], int8: true)
  private static let quantizedMatMul = E(
    MatrixShapes.matMul(second: 3), .matMul(second: 3),
    weights: [ParameterInput(0, zeroPoint: 2), ParameterInput(3, zeroPoint: 5)], int8: true)
  private static let quantizedPair = E(
    ElementwiseShapes.quantizedPair(second: 3),
    weights: [ParameterInput(0, zeroPoint: 2), ParameterInput(3, zeroPoint: 5)])
  private static let quantize = E(QuantizationShapes.quantize)
  private static let dequantize = E(QuantizationShapes.dequantize)

  private static let onnx: [String: OperatorEntry] = [
    // Convolution and pooling
    "Conv": convolution,
    "ConvTranspose": E(ConvolutionShapes.transposed, .transposedConvolution, weights: [1, 2]),
    "ConvInteger": E(
      ConvolutionShapes.convolution(data: 0, weight: 1, output: .fixed(.int32)), .convolution(weight: 1),
      weights: [ParameterInput(1, zeroPoint: 3)], int8: true),
    "QLinearConv": quantizedConvolution,
    "AveragePool": pooling, "MaxPool": pooling, "LpPool": pooling,
    "GlobalAveragePool": globalPooling, "GlobalMaxPool": globalPooling, "GlobalLpPool": globalPooling,
    // Matrix products
    "Gemm": E(MatrixShapes.gemm(second: 1, bias: 2), .gemm(second: 1), weights: [0, 1, 2]),
    "MatMul": E(MatrixShapes.matMul(), .matMul(second: 1), weights: [0, 1]),
    "MatMulInteger": E(
      MatrixShapes.matMul(output: .fixed(.int32)), .matMul(second: 1),
      weights: [ParameterInput(0, zeroPoint: 2), ParameterInput(1, zeroPoint: 3)], int8: true),
    "QLinearMatMul": quantizedMatMul,
    "Einsum": E(MatrixShapes.einsum, .einsum, weights: [0, 1]),
    // Recurrent layers
    "LSTM": E(RecurrentShapes.recurrent(gates: 4), .recurrent, weights: [1, 2, 3, 7]),
    "GRU": E(RecurrentShapes.recurrent(gates: 3), .recurrent, weights: [1, 2, 3]),
    "RNN": E(RecurrentShapes.recurrent(gates: 1), .recurrent, weights: [1, 2, 3]),
    // Normalization and softmax
    "BatchNormalization": E(ElementwiseShapes.batchNormalization, weights: [1, 2, 3, 4]),
    "InstanceNormalization": scaled, "GroupNormalization": scaled,
    "LayerNormalization": layerNormalization, "RMSNormalization": layerNormalization,
    "SimplifiedLayerNormalization": layerNormalization,
    "LRN": same, "LpNormalization": same, "MeanVarianceNormalization": same,
    "Softmax": same, "LogSoftmax": same, "Hardmax": same,
    "Dropout": E(ElementwiseShapes.dropout),
    // Activations and functions of one number
    "Relu": same, "LeakyRelu": same, "Elu": same, "Selu": same, "Celu": same, "Gelu": same, "Mish": same, "Swish": same,
    "ThresholdedRelu": same, "Sigmoid": same, "HardSigmoid": same, "HardSwish": same, "Softplus": same,
    "Softsign": same,
    "Tanh": same, "Clip": same, "Shrink": same, "Erf": same, "Exp": same, "Log": same, "Abs": same, "Reciprocal": same,
    "Sign": same, "Sin": same, "Cos": same, "Tan": same, "Asin": same, "Acos": same, "Atan": same, "Sinh": same,
    "Cosh": same, "Asinh": same, "Acosh": same, "Atanh": same, "Not": same, "BitwiseNot": same, "CumSum": same,
    "Sqrt": rounding, "Neg": rounding, "Floor": rounding, "Ceil": rounding, "Round": rounding,
    "IsNaN": sameBool, "IsInf": sameBool,
    "PRelu": E(ElementwiseShapes.same, weights: [1]),
    "Identity": same, "Cast": E(ElementwiseShapes.cast), "CastLike": E(ElementwiseShapes.cast),
    // Arithmetic with broadcasting
    "Add": arithmetic, "Sub": arithmetic, "Mul": arithmetic, "Div": arithmetic, "Min": arithmetic, "Max": arithmetic,
    "Mod": E(ElementwiseShapes.arithmetic), "Pow": broadcast,
    "Sum": E(ElementwiseShapes.broadcast(), weights: [0, 1]), "Mean": broadcast,
    "BitShift": broadcast, "BitwiseAnd": broadcast, "BitwiseOr": broadcast, "BitwiseXor": broadcast,
    "And": logic, "Or": logic, "Xor": logic,
    "Equal": comparison, "Less": comparison, "LessOrEqual": comparison, "Greater": comparison,
    "GreaterOrEqual": comparison, "Where": E(ElementwiseShapes.choice),
    // Reductions
    "ReduceSum": reduction, "ReduceMean": reduction, "ReduceMax": reduction, "ReduceMin": reduction,
    "ReduceProd": reduction, "ReduceL1": reduction, "ReduceL2": reduction, "ReduceLogSum": reduction,
    "ReduceLogSumExp": reduction, "ReduceSumSquare": reduction,
    "ArgMax": E(ReductionShapes.argument), "ArgMin": E(ReductionShapes.argument),
    // The same elements under another shape
    "Reshape": E(LayoutShapes.reshape), "Flatten": E(LayoutShapes.flatten), "Transpose": E(LayoutShapes.transpose),
    "Squeeze": E(LayoutShapes.squeeze), "Unsqueeze": E(LayoutShapes.unsqueeze),
    "DepthToSpace": E(LayoutShapes.depthToSpace), "SpaceToDepth": E(LayoutShapes.spaceToDepth),
    // Picking, repeating, joining
    "Concat": E(SelectionShapes.concat), "Split": E(SelectionShapes.split), "Slice": E(SelectionShapes.slice),
    "Gather": E(SelectionShapes.gather, weights: [0]), "GatherElements": E(SelectionShapes.gatherElements),
    "GatherND": E(SelectionShapes.gatherND), "Expand": E(SelectionShapes.expand), "Tile": E(SelectionShapes.tile),
    "Pad": E(SelectionShapes.pad), "Resize": E(SelectionShapes.resize), "Upsample": E(SelectionShapes.resize),
    "TopK": E(SelectionShapes.topK), "OneHot": E(SelectionShapes.oneHot), "NonZero": E(SelectionShapes.nonZero),
    "ScatterND": same, "ScatterElements": same, "Scatter": same, "Trilu": same, "ReverseSequence": same,
    // Values from nothing
    "Constant": E(ConstantShapes.constant), "ConstantOfShape": E(ConstantShapes.constantOfShape),
    "Shape": E(ConstantShapes.shape), "Size": E(ConstantShapes.size), "Range": E(ConstantShapes.range),
    "RandomNormal": E(ConstantShapes.ofShapeAttribute), "RandomUniform": E(ConstantShapes.ofShapeAttribute),
    // Quantization
    "QuantizeLinear": quantize, "DequantizeLinear": dequantize,
    "DynamicQuantizeLinear": E(QuantizationShapes.dynamicQuantize),
  ]

  private static let microsoft: [String: OperatorEntry] = [
    "FusedConv": convolution, "NhwcFusedConv": convolution, "NhwcMaxPool": pooling,
    "QLinearConv": quantizedConvolution,
    "FusedGemm": E(MatrixShapes.gemm(second: 1, bias: 2), .gemm(second: 1), weights: [0, 1, 2]),
    "FusedMatMul": E(MatrixShapes.fusedMatMul, .fusedMatMul, weights: [0, 1]),
    "FusedMatMulActivation": E(MatrixShapes.fusedMatMul, .fusedMatMul, weights: [0, 1]),
    "TransposeMatMul": E(MatrixShapes.fusedMatMul, .fusedMatMul, weights: [0, 1]),
    "QGemm": E(
      MatrixShapes.gemm(second: 3, bias: 6), .gemm(second: 3),
      weights: [ParameterInput(0, zeroPoint: 2), ParameterInput(3, zeroPoint: 5), 6], int8: true),
    "MatMulInteger16": E(
      MatrixShapes.matMul(output: .fixed(.int32)), .matMul(second: 1), weights: [0, 1]),
    "MatMulIntegerToFloat": E(
      MatrixShapes.matMul(output: .ofInput(2)), .matMul(second: 1), weights: [ParameterInput(1, zeroPoint: 5), 6],
      int8: true),
    "DynamicQuantizeMatMul": E(
      MatrixShapes.matMul(), .matMul(second: 1), weights: [ParameterInput(1, zeroPoint: 3), 4], int8: true),
    "DynamicQuantizeLSTM": E(
      RecurrentShapes.quantized, .recurrent,
      weights: [ParameterInput(1, zeroPoint: 9), ParameterInput(2, zeroPoint: 11), 3, 7], int8: true),
    "MatMulNBits": E(MatrixShapes.matMulNBits, .matMulNBits, weights: [1, 5]),
    "QLinearAdd": quantizedPair, "QLinearMul": quantizedPair,
    "QLinearConcat": E(QuantizationShapes.concat),
    "QLinearSigmoid": same, "QLinearLeakyRelu": same, "QLinearSoftmax": same,
    "QLinearAveragePool": E(ConvolutionShapes.pooling), "QLinearGlobalAveragePool": globalPooling,
    "QuantizeLinear": quantize, "DequantizeLinear": dequantize,
    "Gelu": same, "FastGelu": E(ElementwiseShapes.same, weights: [1]), "QuickGelu": same,
    "BiasGelu": E(ElementwiseShapes.broadcast(), weights: [1]), "BiasSoftmax": same,
    "SkipLayerNormalization": normalizedSum, "SkipSimplifiedLayerNormalization": normalizedSum,
    "EmbedLayerNormalization": E(TransformerShapes.embedLayerNormalization, weights: [2, 3, 4, 5, 6]),
    "Attention": E(TransformerShapes.attention, .attention, weights: [1, 2]),
    "MultiHeadAttention": E(TransformerShapes.multiHeadAttention, .multiHeadAttention, weights: [3]),
    "Inverse": same,
  ]

  private static let blocked: [String: OperatorEntry] = [
    "Conv": E(BlockedShapes.convolution, .convolution(weight: 1), weights: [1, 2]),
    "MaxPool": pooling, "AveragePool": pooling,
    "GlobalAveragePool": globalPooling, "GlobalMaxPool": globalPooling,
    "ReorderInput": E(BlockedShapes.reorderInput), "ReorderOutput": E(BlockedShapes.reorderOutput),
    "Upsample": E(BlockedShapes.upsample),
  ]
}
