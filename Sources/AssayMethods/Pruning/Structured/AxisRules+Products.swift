import AssayCore
import AssayONNX

/// Rules of operators that multiply with weights.
extension AxisRules {
  /// Notes what makes and what sums over the channels, when the weight is constant.
  private static func note(
    _ call: AxisCall, weight input: Int, output: Int?, summed: (input: String, inputAxis: Int, weightAxis: Int)?,
    _ axes: inout ChannelAxes
  ) {
    guard let weight = call.node.input(input), let stored = call.graph.initializer(weight) else { return }
    guard let type = stored.tensor?.elementType, type == .float else {
      // Its values cannot be judged nor cut here.
      if let output { axes.freeze(output) }
      return
    }
    if let output {
      axes.add(
        ChannelAxes.Producer(
          node: call.position, weight: weight, axis: output, isConvolution: call.node.opType.hasPrefix("Conv")))
    }
    if let output, let summed {
      axes.add(
        ChannelAxes.Consumer(
          node: call.position, input: summed.input, inputAxis: summed.inputAxis, weight: weight,
          weightAxis: summed.weightAxis, outputAxis: output))
    }
  }

  /// x [N,C,…], w [M,C/g,…], b [M], y [N,M,…]; with several groups, a group is cut as a whole or not at all.
  static func convolution(_ call: AxisCall, _ axes: inout ChannelAxes) {
    let node = call.node
    guard let name = node.input(0), let x = axes.axes(of: name), let w = axes.axes(of: node.input(1)),
      let y = axes.axes(of: node.output(0)), x.count >= 2, w.count == x.count, y.count == x.count
    else { return }
    axes.tie(x[0], y[0])
    let bias = axes.axes(of: node.input(2)) ?? []
    if node.input(2) != nil, bias.count != 1 { return }
    let groups = node.int("group") ?? 1
    guard groups == 1 else {
      axes.tieRuns([w[0], y[1], x[1], bias.first], groups: groups)
      return note(call, weight: 1, output: w[0], summed: nil, &axes)
    }
    axes.tie(x[1], w[1])
    axes.tie(w[0], y[1])
    if let bias = bias.first { axes.tie(w[0], bias) }
    note(call, weight: 1, output: w[0], summed: (name, x[1], w[1]), &axes)
  }

  /// x [N,C,…], w [C,M/g,…], b [M], y [N,M,…].
  static func transposedConvolution(_ call: AxisCall, _ axes: inout ChannelAxes) {
    let node = call.node
    guard let name = node.input(0), let x = axes.axes(of: name), let w = axes.axes(of: node.input(1)),
      let y = axes.axes(of: node.output(0)), x.count >= 2, w.count == x.count, y.count == x.count
    else { return }
    axes.tie(x[0], y[0])
    let bias = axes.axes(of: node.input(2)) ?? []
    if node.input(2) != nil, bias.count != 1 { return }
    let groups = node.int("group") ?? 1
    guard groups == 1 else { return axes.tieRuns([w[0], x[1], y[1], bias.first], groups: groups) }
    axes.tie(x[1], w[0])
    axes.tie(w[1], y[1])
    if let bias = bias.first { axes.tie(w[1], bias) }
    note(call, weight: 1, output: w[1], summed: (name, x[1], w[0]), &axes)
  }

  /// A [M,K], B [K,N], either transposed, C broadcast to y [M,N].
  static func gemm(_ call: AxisCall, _ axes: inout ChannelAxes) {
    let node = call.node
    guard let name = node.input(0), let a = axes.axes(of: name), let b = axes.axes(of: node.input(1)),
      let y = axes.axes(of: node.output(0)), a.count == 2, b.count == 2, y.count == 2
    else { return }
    let (rows, summed) = node.int("transA") ?? 0 == 0 ? (a[0], a[1]) : (a[1], a[0])
    let (weightAxis, columns) = node.int("transB") ?? 0 == 0 ? (b[0], b[1]) : (b[1], b[0])
    axes.tie(rows, y[0])
    axes.tie(summed, weightAxis)
    axes.tie(columns, y[1])
    if let bias = node.input(2) {
      if let c = axes.axes(of: bias) { axes.tieBroadcast(c, y) } else { axes.freeze(y[1]) }
    }
    note(call, weight: 1, output: columns, summed: (name, summed, weightAxis), &axes)
  }

  /// A […,M,K], B […,K,N], y […,M,N]; the axes before the last two are broadcast.
  ///
  /// Where neither operand is constant these are the heads of an attention.
  static func matMul(_ call: AxisCall, _ axes: inout ChannelAxes) {
    let node = call.node
    guard let name = node.input(0), let second = node.input(1), let a = axes.axes(of: name),
      let b = axes.axes(of: second), let y = axes.axes(of: node.output(0)), a.count >= 2, b.count >= 2,
      y.count == max(a.count, b.count)
    else { return }
    axes.tie(a[a.count - 1], b[b.count - 2])
    axes.tie(a[a.count - 2], y[y.count - 2])
    axes.tie(b[b.count - 1], y[y.count - 1])
    let batch = Array(y.dropLast(2))
    axes.tieBroadcast(Array(a.dropLast(2)), batch)
    axes.tieBroadcast(Array(b.dropLast(2)), batch)
    if call.graph.initializer(name) == nil, call.graph.initializer(second) == nil {
      batch.forEach { axes.markHeads($0) }
    }
    guard b.count == 2 else { return }
    note(call, weight: 1, output: b[1], summed: (name, a[a.count - 1], b[0]), &axes)
  }

  /// Only the inputs of a recurrent layer lose channels; its own units stay.
  static func recurrent(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let w = axes.axes(of: call.node.input(1)), x.count == 3,
      w.count == 3
    else { return }
    axes.tie(x[2], w[2])
  }

  /// ONNX Runtime's Attention: x [B,S,I], w [I,Q+K+V], bias [Q+K+V], y [B,S,V]; heads are cut as a whole.
  static func attention(_ call: AxisCall, _ axes: inout ChannelAxes) {
    let node = call.node
    // Past states and position biases have heads of their own.
    guard node.inputs.dropFirst(4).allSatisfy(\.isEmpty), node.outputs.dropFirst().allSatisfy(\.isEmpty),
      let name = node.input(0), let x = axes.axes(of: name), let w = axes.axes(of: node.input(1)),
      let y = axes.axes(of: node.output(0)), let heads = node.int("num_heads"), heads > 0, x.count == 3, w.count == 2,
      y.count == 3
    else { return }
    let total = axes.extent(w[1])
    let widths = node.ints("qkv_hidden_sizes") ?? [total / 3, total / 3, total / 3]
    guard widths.count == 3, widths.allSatisfy({ $0 > 0 && $0 <= total && $0 % heads == 0 }),
      widths[0] + widths[1] + widths[2] == total, axes.extent(y[2]) == widths[2]
    else { return }
    axes.tie(x[0], y[0])
    axes.tie(x[1], y[1])
    axes.tie(x[2], w[0])
    let value = widths[0] + widths[1]
    axes.tie(y[2], from: 0, w[1], from: value, count: widths[2])
    axes.tieRuns([y[2]], groups: heads)
    // Query and key columns of a head go with its value columns.
    for (start, width) in [(0, widths[0]), (widths[0], widths[1])] {
      for index in 0..<width {
        let head = index / (width / heads)
        axes.tie(w[1], from: start + index, y[2], from: head * (widths[2] / heads), count: 1)
      }
    }
    if let bias = axes.axes(of: node.input(2)), bias.count == 1 {
      axes.tie(bias[0], w[1])
    } else if node.input(2) != nil {
      axes.freeze(w[1])
    }
    axes.markHeads(y[2])
    note(call, weight: 1, output: w[1], summed: nil, &axes)
  }
}
