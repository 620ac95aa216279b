/// How much of a model's arithmetic is done on 8-bit integers.
public struct Int8Share: Sendable, Hashable {
  /// Multiply-accumulates in int8 divided by all, 0...1; nil when some are unknown or there are none.
  public let share: Double?
  /// Nodes that multiply and accumulate in another type.
  public let floatNodes: [String]
  /// Nodes that cannot be counted.
  public let unknown: [String]
}

/// The share of multiply-accumulates whose operator works on 8-bit integers: QLinearConv, MatMulInteger and the like.
///
/// A Conv between DequantizeLinear and QuantizeLinear is a float operator: give the graph as the engine has fused it.
///
/// - Parameters: as for `Model.cost(dimensions:inputs:)`.
public func int8Share(
  of model: Model, dimensions: [String: Int] = [:], inputs: [String: [Int]] = [:]
) -> Int8Share {
  let nodes = model.cost(dimensions: dimensions, inputs: inputs).nodes
  let unknown = nodes.filter { $0.macs == nil }
  let total = nodes.reduce(0) { $0 + Double($1.macs ?? 0) }
  let int8 = nodes.reduce(0) { $0 + ($1.runsInInt8 ? Double($1.macs ?? 0) : 0) }
  return Int8Share(
    share: unknown.isEmpty && total > 0 ? int8 / total : nil,
    floatNodes: nodes.filter { !$0.runsInInt8 && ($0.macs ?? 0) > 0 }.map(\.node), unknown: unknown.map(\.node))
}
