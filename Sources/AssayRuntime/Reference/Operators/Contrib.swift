import AssayCore
import AssayONNX

/// Operators of ONNX Runtime's own set (com.microsoft) that optimized graphs hold.
enum Contrib {
  /// QLinearAdd and QLinearMul: inputs A, a_scale, a_zero, B, b_scale, b_zero, c_scale, c_zero.
  static let qLinearAdd: Operator = { call throws(EngineError) in try qLinear(call) { $0 + $1 } }
  static let qLinearMul: Operator = { call throws(EngineError) in try qLinear(call) { $0 * $1 } }

  private static func qLinear(
    _ call: OperatorCall, _ operation: (Float, Float) -> Float
  ) throws(EngineError) -> [Tensor] {
    let (a, b) = (try call.input(0), try call.input(3))
    let shape = try call.broadcast([a.shape, b.shape])
    func real(_ tensor: Tensor, scale: Int, zero: Int) throws(EngineError) -> [Float] {
      let factor = Float(try call.scalar(try call.input(scale)))
      let offset = try call.optional(zero).map { zero throws(EngineError) in try call.scalar(zero) } ?? 0
      return try call.reals(try call.expanded(tensor, to: shape)).map { Float($0 - offset) * factor }
    }
    let scale = Float(try call.scalar(try call.input(6)))
    let zeroPoint = try call.optional(7).map { zero throws(EngineError) in try call.scalar(zero) } ?? 0
    let range = try QuantizedRange(call, a.elementType)
    let result = zip(try real(a, scale: 1, zero: 2), try real(b, scale: 4, zero: 5)).map { x, y in
      range.quantized(operation(x, y) / scale, zeroPoint: Float(zeroPoint))
    }
    return [try call.tensor(.signed(result), as: a.elementType, shape: shape)]
  }

  /// A Conv with an optional addend Z and an activation.
  static func fusedConv(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    var result = try Convolution.conv(call)[0]
    if let addend = call.optional(3) {
      result = try Arithmetic.add(OperatorCall(node: call.node, opset: 17, inputs: [result, addend]))[0]
    }
    return [try activated(call, result, parameters: call.node.floats("activation_params") ?? [])]
  }

  static func fusedGemm(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let alpha = call.node.float("activation_alpha").map { [$0] } ?? []
    return [try activated(call, try MatrixProduct.gemm(call)[0], parameters: alpha)]
  }

  private static func activated(
    _ call: OperatorCall, _ tensor: Tensor, parameters: [Float]
  ) throws(EngineError) -> Tensor {
    let function: Operator
    var attributes: [Attribute] = []
    switch call.node.string("activation") ?? "" {
    case "": return tensor
    case "Relu": function = Functions.relu
    case "Sigmoid": function = Functions.sigmoid
    case "Tanh": function = Functions.tanh
    case "LeakyRelu":
      function = Functions.leakyRelu
      attributes = parameters.prefix(1).map { Attribute("alpha", float: $0) }
    case "Clip" where parameters.count == 2:
      function = Functions.clip
      attributes = [Attribute("min", float: parameters[0]), Attribute("max", float: parameters[1])]
    case let other: throw call.unsupported("the activation '\(other)'")
    }
    let node = Node(call.node.opType, inputs: [], outputs: [], attributes: attributes)
    return try function(OperatorCall(node: node, opset: 6, inputs: [tensor]))[0]
  }

  static func fusedMatMul(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    guard (call.node.int("transBatchA") ?? 0) == 0, (call.node.int("transBatchB") ?? 0) == 0 else {
      throw call.unsupported("transposed batches")
    }
    let (a, b) = (try MatrixProduct.oriented(call, 0, "transA"), try MatrixProduct.oriented(call, 1, "transB"))
    let shapes = try MatrixProduct.Shapes(call, a.shape, b.shape)
    let sums = try MatrixProduct.multiply(call, a, b, shapes) { tensor, _ throws(EngineError) in try call.reals(tensor)
    }
    let alpha = Double(call.node.float("alpha") ?? 1)
    return [try call.tensor(.real(sums.map { $0 * alpha }), as: a.elementType, shape: shapes.result)]
  }

  /// A · Bᵀ with B `[N, blocks, bytes]` of 2-, 4- or 8-bit numbers in blocks along K, each with a scale and zero point.
  static func matMulNBits(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (a, b) = (try call.input(0), try call.input(1))
    let bits = call.node.int("bits") ?? 4
    guard let k = call.node.int("K"), let n = call.node.int("N"), let block = call.node.int("block_size"),
      bits == 2 || bits == 4 || bits == 8, k > 0, n > 0, block >= 16, block <= 1 << 16, block % 4 == 0,
      k <= Int(Int32.max),
      n <= Int(Int32.max),
      b.elementType == .uint8, a.shape.last == k
    else {
      throw call.failure("K, N, bits or block_size are missing, or do not fit \(a.shape)")
    }
    guard call.optional(4) == nil else { throw call.unsupported("a group index") }
    let blocks = (k + block - 1) / block
    let packedBlock = block * bits / 8
    let scales = try call.reals(try call.input(2))
    guard b.count == (try call.count([n, blocks, packedBlock])), scales.count == n * blocks else {
      throw call.failure("B of shape \(b.shape) or \(scales.count) scales do not fit K = \(k), N = \(n)")
    }
    let codes = try packedNumbers(call, b, bits: bits)
    let zeros = try zeroPoints(call, columns: n, blocks: blocks, bits: bits)
    var weight = [Double](repeating: 0, count: try call.count([k, n]))
    for column in 0..<n {
      for row in 0..<k {
        let owner = column * blocks + row / block
        weight[row * n + column] = (codes[column * blocks * block + row] - zeros[owner]) * scales[owner]
      }
    }
    let matrix = try call.tensor(.real(weight), as: .double, shape: [k, n])
    let shapes = try MatrixProduct.Shapes(call, a.shape, [k, n])
    var sums = try MatrixProduct.multiply(call, a, matrix, shapes) { tensor, _ throws(EngineError) in
      try call.reals(tensor)
    }
    if let bias = call.optional(5) {
      let addends = try call.reals(bias)
      guard addends.count == n else { throw call.failure("\(addends.count) biases for \(n) columns") }
      for index in sums.indices { sums[index] += addends[index % n] }
    }
    return [try call.tensor(.real(sums), as: a.elementType, shape: shapes.result)]
  }

  /// The numbers of `bits` bits in the bytes of a uint8 tensor, low bits first.
  private static func packedNumbers(_ call: OperatorCall, _ tensor: Tensor, bits: Int) throws(EngineError) -> [Double] {
    guard bits < 8 else { return try call.reals(tensor) }
    let (perByte, mask) = (8 / bits, UInt8(1 << bits - 1))
    return tensor.withElements(UInt8.self) { bytes in
      (0..<(bytes.count * perByte)).map { Double(bytes[$0 / perByte] >> UInt8($0 % perByte * bits) & mask) }
    }
  }

  /// One for each column and block: the middle of the range, numbers of A's type, or packed like B with each column
  /// filled up to whole bytes.
  private static func zeroPoints(
    _ call: OperatorCall, columns: Int, blocks: Int, bits: Int
  ) throws(EngineError) -> [Double] {
    let count = columns * blocks
    guard let tensor = call.optional(3) else { return [Double](repeating: Double(1 << (bits - 1)), count: count) }
    if tensor.elementType.isFloatingPoint || bits == 8 {
      guard tensor.count == count else { throw call.failure("\(tensor.count) zero points for \(count) blocks") }
      return try call.reals(tensor)
    }
    let perByte = 8 / bits
    let perColumn = (blocks + perByte - 1) / perByte
    guard tensor.elementType == .uint8, tensor.count == columns * perColumn else {
      throw call.failure("zero points of shape \(tensor.shape) do not fit \(count) blocks")
    }
    let codes = try packedNumbers(call, tensor, bits: bits)
    return (0..<count).map { codes[$0 / blocks * perColumn * perByte + $0 % blocks] }
  }
}
