import AssayCore

/// Shape rules of attention and of the normalizations beside it, most of them ONNX Runtime's own.
///
/// Legend: B batch, S sequence, P past, D hidden units.
enum TransformerShapes {
  /// LayerNormalization and its relatives: y like x; mean and inverse deviation with the normalized axes of extent 1.
  static func layerNormalization(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let axis = try call.axis(try call.int("axis", -1), rank: x.count)
    let reduced = x.indices.map { $0 < axis ? x[$0] : .fixed(1) }
    let statistics = InferredValue(.float, reduced)
    return [InferredValue(call.type(0), x), statistics, statistics]
  }

  /// SkipLayerNormalization: y like x, two outputs that are not used in inference, and the sum of input and skip.
  static func skipLayerNormalization(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let y = InferredValue(call.type(0), try call.shape(0))
    return [y, InferredValue(), InferredValue(), y]
  }

  /// EmbedLayerNormalization: ids [B,S] and an embedding table [vocabulary,D].
  static func embedLayerNormalization(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let (ids, table) = (try call.shape(0, rank: 2...2), try call.shape(2, rank: 2...2))
    let y = InferredValue(call.type(2), ids + [table[1]])
    return [y, InferredValue(.int32, [ids[0]]), y]
  }

  /// Attention: x [B,S,I], w [I,3·D], bias [3·D] give [B,S,D]; `qkv_hidden_sizes` may give V its own width.
  static func attention(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0, rank: 3...3)
    let w = try call.shape(1, rank: 2...2)
    _ = try Extents.equal(x[2], w[0], "hidden units of the input and rows of the weights")
    let width: Dimension
    if let sizes = try call.ints("qkv_hidden_sizes"), sizes.count == 3 {
      width = .fixed(sizes[2])
    } else {
      width = w[1].value.map { .fixed($0 / 3) } ?? .unknown
    }
    return [InferredValue(call.type(0), [x[0], x[1], width])]
  }

  /// MultiHeadAttention: query [B,S,D], key [B,L,D], value [B,L,Dv] give [B,S,Dv].
  static func multiHeadAttention(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let query = try call.shape(0, rank: 3...3)
    guard call.has(2) else { throw .unknown }
    let value = try call.shape(2)
    guard value.count == 3 else { throw .unknown }
    return [InferredValue(call.type(0), [query[0], query[1], value[2]])]
  }
}
