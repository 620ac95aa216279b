import AssayCore

/// How the multiply-accumulates (MACs) of an operator are counted.
///
/// Additions of a bias, activations, normalizations, pooling and rescaling are not MACs. Positions in the padding of a
/// convolution count like any other, as is usual.
enum Work: Sendable {
  case none
  /// N·M·∏out · C/g·∏K = elements(y) · elements(w)/M, weights [M,C/g,K…].
  ///
  /// In ONNX Runtime's blocked layout the channels that pad a block are computed, and counted, too.
  case convolution(weight: Int)
  /// Each input element meets M/g·∏K weights: elements(x) · elements(w)/C, weights [C,M/g,K…].
  case transposedConvolution
  /// M·N·K.
  case gemm(second: Int)
  /// elements(y) · K, K the inner extent; batches are in y.
  case matMul(second: Int)
  /// The same, with `transA` swapping the axes of the first input.
  case fusedMatMul
  /// elements(y) · K, with the attribute K.
  case matMulNBits
  /// The product of the extents of all letters, for two operands.
  case einsum
  /// T·N · (elements(w) + elements(r)): every weight meets every step of every sequence. Peepholes are element by
  /// element and not counted.
  case recurrent
  /// Projections B·S·elements(w), then scores and weighted sum: B·S·S·(D_qk + D_v).
  case attention
  /// B·S·L·(D_qk + D_v); the projections stand before as nodes of their own.
  case multiHeadAttention
}

/// The multiply-accumulates of one node.
struct WorkCount {
  var macs: Int
  /// For each weight input, how often one of its elements is used.
  var uses: [(input: Int, times: Int)] = []
}

extension Work {
  /// Counts a node from the shapes of its inputs and outputs; nil when one that is needed is unknown.
  func count(_ node: Node, _ shapes: InferredShapes) -> WorkCount? {
    func input(_ index: Int) -> [Int]? { node.input(index).flatMap { shapes[$0].fixedShape } }
    let output = node.output(0).flatMap { shapes[$0].fixedShape }
    switch self {
    case .none: return WorkCount(macs: 0)
    case .convolution(let weight):
      guard let y = output.flatMap(checkedProduct), let w = input(weight), let filters = w.first, filters > 0 else {
        return nil
      }
      return Self.weighted(w, input: weight, times: y / filters)
    case .transposedConvolution:
      guard let x = input(0).flatMap(checkedProduct), let w = input(1), let channels = w.first, channels > 0 else {
        return nil
      }
      return Self.weighted(w, input: 1, times: x / channels)
    case .gemm(let second):
      guard let y = output, y.count == 2, let w = input(second), let a = input(0), a.count == 2 else { return nil }
      return Self.product(y: y, inner: node.int("transA") == 1 ? a[0] : a[1], a: a, b: w, second: second)
    case .matMul(let second):
      guard let y = output, let a = input(0), let b = input(second), let inner = a.last else { return nil }
      return Self.product(y: y, inner: inner, a: a, b: b, second: second)
    case .fusedMatMul:
      guard let y = output, let a = input(0), let b = input(1), a.count >= 2 else { return nil }
      let inner = node.int("transA") == 1 ? a[a.count - 2] : a[a.count - 1]
      return Self.product(y: y, inner: inner, a: a, b: b, second: 1)
    case .matMulNBits:
      guard let y = output.flatMap(checkedProduct), let k = node.int("K"), let n = node.int("N"), n > 0 else {
        return nil
      }
      return checkedProduct([y, k]).map { WorkCount(macs: $0, uses: [(1, y / n)]) }
    case .einsum: return Self.einsum(node, shapes)
    case .recurrent: return Self.recurrent(node, x: input(0), w: input(1), r: input(2))
    case .attention: return Self.attention(node, x: input(0), w: input(1))
    case .multiHeadAttention:
      guard let q = input(0), let k = input(1), let v = input(2), q.count == 3, k.count == 3, v.count == 3 else {
        return nil
      }
      // Past keys would lengthen the sequence by an extent that is not looked at here.
      guard node.input(6) == nil, node.input(7) == nil else { return nil }
      return checkedProduct([q[0], q[1], k[1], q[2] + v[2]]).map { WorkCount(macs: $0) }
    }
  }

  private static func weighted(_ w: [Int], input: Int, times: Int) -> WorkCount? {
    checkedProduct(w + [times]).map { WorkCount(macs: $0, uses: [(input, times)]) }
  }

  private static func product(y: [Int], inner: Int, a: [Int], b: [Int], second: Int) -> WorkCount? {
    guard let macs = checkedProduct(y + [inner]) else { return nil }
    // Elements of either side are all used equally often, also when they are broadcast.
    var uses: [(input: Int, times: Int)] = []
    for (input, shape) in [(second, b), (0, a)] {
      if let count = checkedProduct(shape), count > 0 { uses.append((input, macs / count)) }
    }
    return WorkCount(macs: macs, uses: uses)
  }

  private static func einsum(_ node: Node, _ shapes: InferredShapes) -> WorkCount? {
    let operands = node.inputs.compactMap { shapes[$0].fixedShape }
    guard operands.count == node.inputs.count,
      let equation = EinsumEquation(node.string("equation") ?? "", ranks: operands.map(\.count)),
      let extents = try? equation.extents(operands.map { $0.map { .fixed($0) } })
    else { return nil }
    guard operands.count == 2 else { return operands.count < 2 ? WorkCount(macs: 0) : nil }
    let macs = checkedProduct(extents.values.compactMap(\.value))
    return macs.map { macs in
      var uses: [(input: Int, times: Int)] = []
      for (input, shape) in operands.enumerated().reversed() {
        if let count = checkedProduct(shape), count > 0 { uses.append((input, macs / count)) }
      }
      return WorkCount(macs: macs, uses: uses)
    }
  }

  private static func recurrent(_ node: Node, x: [Int]?, w: [Int]?, r: [Int]?) -> WorkCount? {
    guard let x, x.count == 3, let w = w.flatMap(checkedProduct), let r = r.flatMap(checkedProduct),
      let steps = checkedProduct([x[0], x[1]])
    else { return nil }
    let (weights, overflow) = w.addingReportingOverflow(r)
    guard !overflow, let macs = checkedProduct([steps, weights]) else { return nil }
    return WorkCount(macs: macs, uses: [(1, steps), (2, steps)])
  }

  private static func attention(_ node: Node, x: [Int]?, w: [Int]?) -> WorkCount? {
    guard let x, let w, x.count == 3, w.count == 2, node.input(4) == nil,
      let projections = checkedProduct([x[0], x[1], w[0], w[1]])
    else { return nil }
    let sizes = node.ints("qkv_hidden_sizes") ?? [w[1] / 3, w[1] / 3, w[1] / 3]
    guard sizes.count == 3, sizes.allSatisfy({ $0 >= 0 && $0 <= 1 << 31 }),
      let scores = checkedProduct([x[0], x[1], x[1], sizes[0] + sizes[2]])
    else { return nil }
    let (macs, overflow) = projections.addingReportingOverflow(scores)
    return overflow ? nil : WorkCount(macs: macs, uses: [(1, x[0] * x[1])])
  }
}
