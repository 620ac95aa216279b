import AssayCore

/// Shape rules of matrix products.
enum MatrixShapes {
  /// Gemm: a [M,K], b [K,N], either transposed by an attribute.
  static func gemm(second: Int, bias: Int) -> ShapeRule {
    { call throws(ShapeProblem) in
      let a = try call.shape(0, rank: 2...2)
      let b = try call.shape(second, rank: 2...2)
      let (m, k) = try call.int("transA", 0) != 0 ? (a[1], a[0]) : (a[0], a[1])
      let (inner, n) = try call.int("transB", 0) != 0 ? (b[1], b[0]) : (b[0], b[1])
      _ = try Extents.equal(k, inner, "inner extents of \(a.text) and \(b.text)")
      let shape = [m, n]
      if call.version >= 7 || !call.node.domain.isEmpty, call.has(bias), let c = call[bias].shape {
        let merged = try Extents.broadcast([shape, c])
        guard merged.count == 2, zip(merged, shape).allSatisfy({ $0 == $1 || $1.value == nil }) else {
          throw .contradiction("the bias of shape \(c.text) cannot be broadcast to \(shape.text)")
        }
      }
      // QGemm without an output scale gives float.
      let isFloat = call.node.opType == "QGemm" && !call.has(7)
      return [InferredValue(isFloat ? .float : call.type(0), shape)]
    }
  }

  /// MatMul with numpy's rules: x […,M,K] and y […,K,N].
  static func matMul(second: Int = 1, output: OutputType = .ofInput(0)) -> ShapeRule {
    { call throws(ShapeProblem) in
      [InferredValue(output.type(call), try product(try call.shape(0), try call.shape(second)))]
    }
  }

  static func product(_ a: [Dimension], _ b: [Dimension]) throws(ShapeProblem) -> [Dimension] {
    guard !a.isEmpty, !b.isEmpty else { throw .contradiction("a scalar in a matrix product") }
    let left = a.count == 1 ? [.fixed(1), a[0]] : a
    let right = b.count == 1 ? [b[0], .fixed(1)] : b
    _ = try Extents.equal(
      left[left.count - 1], right[right.count - 2], "inner extents of \(a.text) and \(b.text)")
    var shape = try Extents.broadcast([Array(left.dropLast(2)), Array(right.dropLast(2))])
    if a.count > 1 { shape.append(left[left.count - 2]) }
    if b.count > 1 { shape.append(right[right.count - 1]) }
    return shape
  }

  /// FusedMatMul and TransposeMatMul: the last two axes of either side may be swapped.
  static func fusedMatMul(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let (batchA, batchB) = (try call.int("transBatchA", 0), try call.int("transBatchB", 0))
    guard batchA == 0, batchB == 0 else { throw .unknown }
    func side(_ index: Int, _ attribute: String) throws(ShapeProblem) -> [Dimension] {
      var shape = try call.shape(index)
      if try call.int(attribute, 0) != 0, shape.count >= 2 { shape.swapAt(shape.count - 1, shape.count - 2) }
      return shape
    }
    return [InferredValue(call.type(0), try product(try side(0, "transA"), try side(1, "transB")))]
  }

  /// MatMulNBits: a […,K] by packed weights of N columns.
  static func matMulNBits(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var a = try call.shape(0)
    let (k, n) = (try call.int("K", 0), try call.int("N", 0))
    guard !a.isEmpty, k > 0, n > 0 else { throw .contradiction("K and N must be positive") }
    _ = try Extents.equal(a[a.count - 1], .fixed(k), "the last extent of the input and K")
    a[a.count - 1] = .fixed(n)
    return [InferredValue(call.type(0), a)]
  }

  static func einsum(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var shapes: [[Dimension]] = []
    for index in call.inputs.indices { shapes.append(try call.shape(index)) }
    guard let equation = EinsumEquation(call.node.string("equation") ?? "", ranks: shapes.map(\.count)) else {
      throw .unknown
    }
    let extents = try equation.extents(shapes)
    return [InferredValue(call.type(0), equation.output.map { extents[$0] ?? .unknown })]
  }
}

/// A parsed Einsum equation without repeated letters in one term; an ellipsis becomes upper-case counters.
struct EinsumEquation {
  /// A letter, or an axis that `...` stands for, counted from the right.
  enum Label: Hashable {
    case letter(Character)
    case batch(Int)
  }

  let terms: [[Label]]
  let output: [Label]

  init?(_ text: String, ranks: [Int]) {
    let sides = text.filter { $0 != " " }.split(separator: ">", omittingEmptySubsequences: false)
    let left = sides.count == 2 ? sides[0].dropLast() : sides.first ?? ""
    guard sides.count <= 2, sides.count == 1 || sides[0].hasSuffix("-") else { return nil }
    let inputs = left.split(separator: ",", omittingEmptySubsequences: false)
    guard inputs.count == ranks.count else { return nil }
    var terms: [[Label]] = []
    var widest = 0
    for (input, rank) in zip(inputs, ranks) {
      let letters = input.filter { $0 != "." }.count
      let hidden = rank - letters
      guard hidden >= 0, input.contains(".") || hidden == 0 else { return nil }
      widest = max(widest, hidden)
      guard let labels = Self.labels(input, hidden) else { return nil }
      terms.append(labels)
    }
    self.terms = terms
    if sides.count == 2 {
      guard let labels = Self.labels(sides[1], widest) else { return nil }
      output = labels
    } else {
      // Without an arrow: the axes of `...`, then the letters that stand once, in alphabetical order.
      let letters = left.filter { $0 != "," && $0 != "." }
      let once = letters.filter { letter in letters.filter { $0 == letter }.count == 1 }.sorted()
      output = (0..<widest).reversed().map { .batch($0) } + once.map { .letter($0) }
    }
  }

  private static func labels(_ term: Substring, _ hidden: Int) -> [Label]? {
    let parts = term.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 1 || parts.count == 4, parts.dropFirst().dropLast().allSatisfy(\.isEmpty) else { return nil }
    let before = parts[0].map { Label.letter($0) }
    guard parts.count == 4 else { return before }
    return before + (0..<hidden).reversed().map { .batch($0) } + parts[3].map { Label.letter($0) }
  }

  /// The extent of every label.
  func extents(_ shapes: [[Dimension]]) throws(ShapeProblem) -> [Label: Dimension] {
    var extents: [Label: Dimension] = [:]
    for (term, shape) in zip(terms, shapes) {
      for (label, extent) in zip(term, shape) {
        guard let known = extents[label] else {
          extents[label] = extent
          continue
        }
        extents[label] = try Extents.broadcast(known, extent)
      }
    }
    return extents
  }
}
