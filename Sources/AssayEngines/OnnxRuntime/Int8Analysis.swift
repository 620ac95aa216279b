import AssayCore

/// Counts the multiply-accumulates of executed nodes and the share of them that is computed in int8.
///
/// The node types are those of ONNX Runtime's own graph after its rewrites. The world is closed: no library of further
/// operators is ever registered, so an operator that is not listed here multiplies nothing worth counting (activation,
/// pooling, element-wise, data movement).
struct Int8Analysis {
  enum Count: Hashable {
    /// The operator multiplies no matrices.
    case none
    case float(Int)
    case int8(Int)
    /// It does multiply, but how often, or in which precision, cannot be told.
    case unknown
  }

  private(set) var int8 = 0
  private(set) var float = 0
  /// Compute nodes in floating point, each once.
  private(set) var floatNodes: [OrtNodeExecution] = []
  /// Nodes that multiply, uncounted.
  private(set) var unknownNodes: [String] = []

  /// Share of int8, 0...1; nil when a node is unknown or nothing multiplies.
  var share: Double? {
    guard unknownNodes.isEmpty, int8 + float > 0 else { return nil }
    return Double(int8) / (Double(int8) + Double(float))
  }

  init(_ executions: [OrtNodeExecution]) {
    var seen: Set<String> = []
    for node in executions {
      let label = "\(node.name) (\(node.operatorType))"
      switch Self.count(node) {
      case .none: break
      case .unknown: unknownNodes.append(label)
      case .int8(let macs): add(macs, to: \.int8, label)
      case .float(let macs):
        add(macs, to: \.float, label)
        if seen.insert(label).inserted { floatNodes.append(node) }
      }
    }
  }

  private mutating func add(_ macs: Int, to sum: WritableKeyPath<Self, Int>, _ label: String) {
    let (total, overflow) = self[keyPath: sum].addingReportingOverflow(macs)
    if overflow { unknownNodes.append(label) } else { self[keyPath: sum] = total }
  }

  /// Multiply-accumulates of one execution.
  ///
  /// Convolutions: each weight element is used once for every output position, so MACs = outputs · weights / M, with M
  /// output channels (the first axis of the weight); padding counts, as in the usual convention. Products: outputs · K.
  static func count(_ node: OrtNodeExecution) -> Count {
    switch node.operatorType {
    case "Conv", "FusedConv", "NhwcFusedConv", "NhwcConv": .float(convolution(node, weight: 1))
    case "ConvInteger": .int8(convolution(node, weight: 1))
    case "QLinearConv": .int8(convolution(node, weight: 3))
    case "ConvTranspose": .float(transposedConvolution(node))
    case "Gemm", "FusedGemm", "MatMul", "FusedMatMul", "FusedMatMulActivation", "TransposeMatMul":
      .float(product(node, weight: 1))
    case "MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul": .int8(product(node, weight: 1))
    case "QGemm", "QLinearMatMul": .int8(product(node, weight: 3))
    case "LSTM", "GRU", "RNN": .float(recurrence(node))
    case "DynamicQuantizeLSTM": .int8(recurrence(node))
    // They multiply, and neither how often nor in which precision follows from shapes alone.
    case "Attention", "QAttention", "MultiHeadAttention", "GroupQueryAttention", "DecoderAttention",
      "DecoderMaskedMultiHeadAttention", "DecoderMaskedSelfAttention", "LongformerAttention", "SparseAttention",
      "PackedAttention", "PackedMultiHeadAttention", "PagedAttention", "QOrderedAttention", "RemovePadding",
      "MatMulNBits", "MatMulBnb4", "MatMulFpQ4", "MatMulInteger16", "SparseToDenseMatMul", "GemmFloat8",
      "GemmFastGelu", "QOrderedMatMul", "QOrderedLongformerAttention", "Einsum", "DeformConv",
      "ConvTransposeWithDynamicPads",
      "MoE", "QMoE", "LinearAttention", "FusedMatMulBlockQuantized", "AttnLSTM", "DFT", "STFT", "BeamSearch",
      "GreedySearch", "Sampling", "WhisperBeamSearch", "CDist", "NhwcConvTranspose":
      .unknown
    default: .none
    }
  }

  private static func times(_ factors: Int?...) -> Int? {
    factors.reduce(1 as Int?) { product, factor in
      guard let product, let factor else { return nil }
      let (value, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? nil : value
    }
  }

  private static func convolution(_ node: OrtNodeExecution, weight: Int) -> Int? {
    guard node.inputs.count > weight, let output = node.outputs.first, output.shape.count >= 3 else { return nil }
    let kernel = node.inputs[weight]
    guard kernel.shape.count == output.shape.count, let channels = kernel.shape.first, channels > 0,
      let weights = kernel.count
    else { return nil }
    return times(output.count, weights / channels)
  }

  private static func transposedConvolution(_ node: OrtNodeExecution) -> Int? {
    guard node.inputs.count > 1, node.inputs[0].shape.count >= 3, let channels = node.inputs[1].shape.first,
      channels > 0, let weights = node.inputs[1].count
    else { return nil }
    return times(node.inputs[0].count, weights / channels)
  }

  /// Outputs · K. K is the axis the operands share; transposition is an attribute, which a profile does not tell, so
  /// every reading of the shapes that fits the output is tried and all must agree.
  private static func product(_ node: OrtNodeExecution, weight: Int) -> Int? {
    guard node.inputs.count > weight, let output = node.outputs.first else { return nil }
    let a = node.inputs[0].shape
    let b = node.inputs[weight].shape
    if a.count == 1 || b.count == 1 { return times(output.count, a.count == 1 ? a[0] : b[0]) }
    guard a.count >= 2, b.count >= 2, output.shape.count >= 2 else { return nil }
    let rows = output.shape[output.shape.count - 2]
    let columns = output.shape[output.shape.count - 1]
    var shared: Set<Int> = []
    for (m, k) in [(a[a.count - 2], a[a.count - 1]), (a[a.count - 1], a[a.count - 2])] where m == rows {
      for (l, n) in [(b[b.count - 2], b[b.count - 1]), (b[b.count - 1], b[b.count - 2])] where l == k && n == columns {
        shared.insert(k)
      }
    }
    guard shared.count == 1, let k = shared.first else { return nil }
    return times(output.count, k)
  }

  /// Steps · batch · (input weights + recurrent weights), over all directions.
  private static func recurrence(_ node: OrtNodeExecution) -> Int? {
    guard node.inputs.count > 2, node.inputs[0].shape.count == 3, let weights = node.inputs[1].count,
      let recurrent = node.inputs[2].count
    else { return nil }
    let (sum, overflow) = weights.addingReportingOverflow(recurrent)
    return overflow ? nil : times(node.inputs[0].shape[0], node.inputs[0].shape[1], sum)
  }
}

extension Int8Analysis.Count {
  fileprivate static func float(_ macs: Int?) -> Self { macs.map(Self.float) ?? .unknown }
  fileprivate static func int8(_ macs: Int?) -> Self { macs.map(Self.int8) ?? .unknown }
}
