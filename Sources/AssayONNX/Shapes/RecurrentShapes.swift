import AssayCore

/// Shape rules of recurrent layers.
///
/// Legend: T steps, N batch, I inputs, H hidden units, d directions, G gates (LSTM 4, GRU 3, RNN 1).
enum RecurrentShapes {
  /// x [T,N,I], w [d,G·H,I], r [d,G·H,H]; outputs y [T,d,N,H], h [d,N,H] and c of an LSTM. With `layout` 1 the batch
  /// comes first.
  static func recurrent(gates: Int) -> ShapeRule {
    { call throws(ShapeProblem) in
      let x = try call.shape(0, rank: 3...3)
      let directions = call.node.string("direction") == "bidirectional" ? 2 : 1
      let hidden: Dimension
      if let stated = call.node.int("hidden_size") {
        hidden = .fixed(stated)
      } else {
        hidden = call[2].shape?.last ?? .unknown
      }
      if let w = call[1].shape {
        guard w.count == 3 else { throw .contradiction("weights of rank \(w.count)") }
        _ = try Extents.equal(w[2], x[2], "inputs of the weights and of the data")
        _ = try Extents.equal(w[0], .fixed(directions), "directions of the weights and of the node")
        _ = try Extents.equal(
          w[1], Extents.product(.fixed(gates), hidden), "rows of the weights and gates × hidden_size")
      }
      return outputs(call, x, directions, hidden)
    }
  }

  /// DynamicQuantizeLSTM, whose weights [d,I,4·H] are transposed.
  static func quantized(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0, rank: 3...3)
    let directions = call.node.string("direction") == "bidirectional" ? 2 : 1
    return outputs(call, x, directions, call.node.int("hidden_size").map { .fixed($0) } ?? .unknown)
  }

  private static func outputs(
    _ call: ShapeCall, _ x: [Dimension], _ directions: Int, _ hidden: Dimension
  ) -> [InferredValue] {
    let type = call.type(0)
    if call.node.int("layout") == 1 {
      let state = InferredValue(type, [x[0], .fixed(directions), hidden])
      return [InferredValue(type, [x[0], x[1], .fixed(directions), hidden]), state, state]
    }
    let state = InferredValue(type, [.fixed(directions), x[1], hidden])
    return [InferredValue(type, [x[0], .fixed(directions), x[1], hidden]), state, state]
  }
}
