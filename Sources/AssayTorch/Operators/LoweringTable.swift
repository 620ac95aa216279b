import AssayCore
import AssayONNX

/// How an operator becomes ATen operators, and whether its result can be differentiated.
struct OperatorLowering: Sendable {
  enum Gradient: Sendable {
    /// As its formula says, or by straight-through estimation where that is said.
    case exact
    /// Its result is an integer, a truth value or a step: what stands before it gets no gradient through it.
    case zero
    /// It computes with quantized numbers; training through it is refused.
    case missing
  }

  let gradient: Gradient
  /// Number of leading inputs that the result can be differentiated by.
  let differentiableInputs: Int
  let prepare: Lowering

  init(_ gradient: Gradient, inputs: Int = .max, _ prepare: @escaping Lowering) {
    self.gradient = gradient
    self.prepare = prepare
    differentiableInputs = inputs
  }

  fileprivate static func exact(_ prepare: @escaping Lowering) -> OperatorLowering { OperatorLowering(.exact, prepare) }
  fileprivate static func zero(_ prepare: @escaping Lowering) -> OperatorLowering { OperatorLowering(.zero, prepare) }
  fileprivate static func missing(_ prepare: @escaping Lowering) -> OperatorLowering {
    OperatorLowering(.missing, prepare)
  }
  /// One ATen operator of one tensor.
  fileprivate static func unary(_ name: String) -> OperatorLowering { .exact(Elementwise.unary(name)) }
  /// One ATen operator of two tensors that tells true from false.
  fileprivate static func relation(_ name: String) -> OperatorLowering { .zero(Arithmetic.binary(name)) }
}

/// The operators that run on libtorch, one line each: ONNX's own by name, others as `domain:name`.
enum LoweringTable {
  static func find(_ node: Node) -> OperatorLowering? {
    operators[node.domain.isEmpty ? node.opType : "\(node.domain):\(node.opType)"]
  }

  static let operators: [String: OperatorLowering] = [
    "Abs": .unary("aten::abs"),
    "Acos": .unary("aten::acos"),
    "Acosh": .unary("aten::acosh"),
    "Add": .exact(Arithmetic.add),
    "And": .relation("aten::logical_and"),
    "ArgMax": .zero(Reductions.argMax),
    "ArgMin": .zero(Reductions.argMin),
    "Asin": .unary("aten::asin"),
    "Asinh": .unary("aten::asinh"),
    "Atan": .unary("aten::atan"),
    "Atanh": .unary("aten::atanh"),
    "AveragePool": .exact(Pools.averagePool),
    // Not by the running statistics.
    "BatchNormalization": OperatorLowering(.exact, inputs: 3, Normalizations.batch),
    "Cast": .exact(Elementwise.cast),
    "CastLike": .exact(Elementwise.castLike),
    "Ceil": .zero(Elementwise.unary("aten::ceil")),
    "Celu": .exact(Elementwise.celu),
    "Clip": .exact(Elementwise.clip),
    "Compress": .exact(Joining.compress),
    "Concat": .exact(Joining.concat),
    "Constant": .zero(Creation.constant),
    "ConstantOfShape": .zero(Creation.constantOfShape),
    "Conv": .exact(Convolutions.conv),
    "ConvInteger": .missing(QuantizedProducts.convInteger),
    "ConvTranspose": .exact(Convolutions.convTranspose),
    "Cos": .unary("aten::cos"),
    "Cosh": .unary("aten::cosh"),
    "CumSum": .exact(Reductions.cumSum),
    "DepthToSpace": .exact(Shapes.depthToSpace),
    "DequantizeLinear": .exact(Quantization.dequantizeLinear),
    "Div": .exact(Arithmetic.div),
    "Dropout": .exact(Elementwise.dropout),
    "DynamicQuantizeLinear": .missing(Quantization.dynamicQuantizeLinear),
    "Einsum": .exact(Products.einsum),
    "Elu": .exact(Elementwise.elu),
    "Equal": .relation("aten::eq.Tensor"),
    "Erf": .unary("aten::erf"),
    "Exp": .unary("aten::exp"),
    "Expand": .exact(Shapes.expand),
    "EyeLike": .zero(Creation.eyeLike),
    "Flatten": .exact(Shapes.flatten),
    "Floor": .zero(Elementwise.unary("aten::floor")),
    "GRU": .exact(Recurrence.gru),
    "Gather": .exact(Gathering.gather),
    "GatherElements": .exact(Gathering.gatherElements),
    "GatherND": .exact(Gathering.gatherND),
    "Gelu": .exact(Elementwise.gelu),
    "Gemm": .exact(Products.gemm),
    "GlobalAveragePool": .exact(Pools.globalAveragePool),
    "GlobalMaxPool": .exact(Pools.globalMaxPool),
    "Greater": .relation("aten::gt.Tensor"),
    "GreaterOrEqual": .relation("aten::ge.Tensor"),
    "GroupNormalization": .exact(Normalizations.group),
    "HardSigmoid": .exact(Elementwise.hardSigmoid),
    "HardSwish": .unary("aten::hardswish"),
    "Hardmax": .zero(Reductions.hardmax),
    "Identity": .exact(Elementwise.identity),
    "InstanceNormalization": .exact(Normalizations.instance),
    "IsInf": .zero(Elementwise.isInf),
    "IsNaN": .zero(Elementwise.unary("aten::isnan")),
    "LRN": .exact(Normalizations.localResponse),
    "LSTM": .exact(Recurrence.lstm),
    "LayerNormalization": .exact(Normalizations.layer),
    "LeakyRelu": .exact(Elementwise.leakyRelu),
    "Less": .relation("aten::lt.Tensor"),
    "LessOrEqual": .relation("aten::le.Tensor"),
    "Log": .unary("aten::log"),
    "LogSoftmax": .exact(Reductions.logSoftmax),
    "MatMul": .exact(Products.matMul),
    "MatMulInteger": .missing(QuantizedProducts.matMulInteger),
    "Max": .exact(Arithmetic.max),
    "MaxPool": .exact(Pools.maxPool),
    "Mean": .exact(Arithmetic.mean),
    "MeanVarianceNormalization": .exact(Normalizations.meanVariance),
    "Min": .exact(Arithmetic.min),
    "Mish": .unary("aten::mish"),
    "Mod": .exact(Arithmetic.mod),
    "Mul": .exact(Arithmetic.mul),
    "Neg": .unary("aten::neg"),
    "NonZero": .zero(Gathering.nonZero),
    "Not": .zero(Elementwise.unary("aten::logical_not")),
    "OneHot": .exact(Gathering.oneHot),
    "Or": .relation("aten::logical_or"),
    "PRelu": .exact(Arithmetic.prelu),
    "Pad": .exact(Joining.pad),
    "Pow": .exact(Arithmetic.pow),
    "QLinearConv": .missing(QuantizedProducts.qLinearConv),
    "QLinearMatMul": .missing(QuantizedProducts.qLinearMatMul),
    "QuantizeLinear": .missing(Quantization.quantizeLinear),
    "RMSNormalization": .exact(Normalizations.rootMeanSquare),
    "RNN": .exact(Recurrence.rnn),
    "Range": .zero(Creation.range),
    "Reciprocal": .unary("aten::reciprocal"),
    "ReduceL1": .exact(Reductions.l1),
    "ReduceL2": .exact(Reductions.l2),
    "ReduceLogSum": .exact(Reductions.logSum),
    "ReduceLogSumExp": .exact(Reductions.logSumExp),
    "ReduceMax": .exact(Reductions.max),
    "ReduceMean": .exact(Reductions.mean),
    "ReduceMin": .exact(Reductions.min),
    "ReduceProd": .exact(Reductions.prod),
    "ReduceSum": .exact(Reductions.sum),
    "ReduceSumSquare": .exact(Reductions.sumSquare),
    "Relu": .unary("aten::relu"),
    "Reshape": .exact(Shapes.reshape),
    "Resize": .exact(Resizing.resize),
    "ReverseSequence": .exact(Shapes.reverseSequence),
    "Round": .zero(Elementwise.unary("aten::round")),
    "Scatter": .exact(Gathering.scatterElements),
    "ScatterElements": .exact(Gathering.scatterElements),
    "ScatterND": .exact(Gathering.scatterND),
    "Selu": .exact(Elementwise.selu),
    "Shape": .zero(Creation.shape),
    "Shrink": .exact(Elementwise.shrink),
    "Sigmoid": .unary("aten::sigmoid"),
    "Sign": .zero(Elementwise.unary("aten::sign")),
    "Sin": .unary("aten::sin"),
    "Sinh": .unary("aten::sinh"),
    "Size": .zero(Creation.size),
    "Slice": .exact(Joining.slice),
    "Softmax": .exact(Reductions.softmax),
    "Softplus": .unary("aten::softplus"),
    "Softsign": .exact(Elementwise.softsign),
    "SpaceToDepth": .exact(Shapes.spaceToDepth),
    "Split": .exact(Joining.split),
    "Sqrt": .unary("aten::sqrt"),
    "Squeeze": .exact(Shapes.squeeze),
    "Sub": .exact(Arithmetic.sub),
    "Sum": .exact(Arithmetic.sum),
    "Swish": .exact(Elementwise.swish),
    "Tan": .unary("aten::tan"),
    "Tanh": .unary("aten::tanh"),
    "ThresholdedRelu": .exact(Elementwise.thresholdedRelu),
    "Tile": .exact(Shapes.tile),
    "TopK": .exact(Reductions.topK),
    "Transpose": .exact(Shapes.transpose),
    "Trilu": .exact(Shapes.trilu),
    "Unsqueeze": .exact(Shapes.unsqueeze),
    "Upsample": .exact(Resizing.upsample),
    "Where": .exact(Arithmetic.where),
    "Xor": .relation("aten::logical_xor"),

    "com.microsoft:DequantizeLinear": .exact(Quantization.dequantizeLinear),
    "com.microsoft:FusedConv": .exact(Products.fusedConv),
    "com.microsoft:FusedGemm": .exact(Products.fusedGemm),
    "com.microsoft:FusedMatMul": .exact(Products.fusedMatMul),
    "com.microsoft:Gelu": .exact(Elementwise.gelu),
    "com.microsoft:MatMulNBits": .exact(Products.matMulNBits),
    "com.microsoft:QuantizeLinear": .missing(Quantization.quantizeLinear),
  ]
}
