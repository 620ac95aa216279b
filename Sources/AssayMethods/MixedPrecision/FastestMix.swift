import AssayCore
import AssayONNX

/// Finds the mix of int8 and float layers that takes least time within the budget, by measuring.
///
/// What an engine makes of a float layer between integer ones (conversions, fusions it then cannot do, a kernel that is slow
/// with few channels) follows from no count of operations, so models are timed, in three rounds: the uniform choices; the
/// best of them with each layer alone, all layers before and all layers behind each place left float; and what was faster
/// joined, one after another. A mix takes another's place only when it is told faster. In the end the winner is timed once
/// more beside every uniform choice, so that none of them is told faster than what is returned, and the luck of the fastest of
/// many does not count.
struct FastestMix {
  let maker: MixMaker
  let latencies: any LatencySource
  /// Labels of the layers that may be float or int8, in the order of the graph.
  let layers: [String]

  /// What was found, and what the uniform choices take beside it.
  struct Result {
    var mix: PrecisionMix
    /// Names of the uniform choices and their latency in that of the result.
    var others: [(name: String, latency: LatencyRatio)]
  }

  /// A uniform choice, or what the budget alone leads to, with its name in reports.
  struct Uniform {
    var name: String
    var mix: PrecisionMix
  }

  /// Most sets of layers that the second round tries for a base: single layers, prefixes and suffixes are thinned out evenly.
  private static let mostSets = 40
  /// Most bytes of weights that the mixes of a round hold together; a few are tried of the largest models too.
  private static let mostWeights_B = 1 << 30
  /// Most of the faster ones that the third round joins.
  private static let mostJoined = 8
  /// A gain below this is not worth a layer: what two sessions of one model differ by is below 0.01.
  private static let leastGain = 0.02

  /// - Parameter choices: Uniform choices that the budget admits, what is preferred among equally fast ones first.
  /// - Returns: nil without a choice.
  /// - Throws: `underlying` when a model cannot be run.
  func search(_ choices: [Uniform]) throws(MethodError) -> Result? {
    guard let first = choices.first else { return nil }
    var best = try faster(choices.dropFirst().map(\.mix), than: first.mix).first ?? first.mix
    for base in bases(of: choices) {
      let mixes = try neighbours(of: base).map { set throws(MethodError) in try remade(base, leaving: set) }
      var grown: PrecisionMix?
      for mix in try faster(mixes, than: best).prefix(Self.mostJoined) {
        if let current = grown {
          grown = try join(mix, current) ?? current
        } else if try maker.admits(mix) {
          grown = mix
        }
      }
      best = grown ?? best
    }
    return try confirmed(best, choices)
  }

  /// The layers of both float, where that is faster than `current` and admitted.
  private func join(_ mix: PrecisionMix, _ current: PrecisionMix) throws(MethodError) -> PrecisionMix? {
    let union = current.leftOut.union(mix.leftOut)
    guard union != current.leftOut, union.count < layers.count else { return nil }
    let joined = union == mix.leftOut ? mix : try remade(current, leaving: union)
    guard let found = try faster([joined], than: current).first, try maker.admits(found) else { return nil }
    return found
  }

  private func remade(_ base: PrecisionMix, leaving names: Set<String>) throws(MethodError) -> PrecisionMix {
    guard let manner = base.manner else { return base }
    return try maker.mix(manner, leaving: names)
  }

  /// The uniform choices in int8 from which layers are taken, one for each mode.
  private func bases(of choices: [Uniform]) -> [PrecisionMix] {
    var modes: Set<Bool> = []
    return choices.map(\.mix).filter { mix in mix.manner.map { modes.insert($0.isDynamic).inserted } ?? false }
  }

  /// More layers to leave float than `base` does: each alone, all before and all behind each place.
  private func neighbours(of base: PrecisionMix) -> [Set<String>] {
    let changed = Set(base.rewrite.report.changes.map(\.node))
    let layers = layers.filter(changed.contains)
    guard layers.count > 1 else { return [] }
    let ends = (2..<max(2, layers.count)).flatMap { [Array(layers.prefix($0)), Array(layers.suffix($0))] }
    let weights_B = base.rewrite.model.graph.initializers.reduce(0) { $0 + ($1.tensor?.bytes.count ?? 0) }
    let half = max(4, min(Self.mostSets, Self.mostWeights_B / max(1, weights_B)) / 2)
    let sets = thinned(layers.map { [$0] }, to: half) + thinned(ends, to: half)
    return sets.map { base.leftOut.union($0) }
  }

  /// At most `most` of them, evenly spread.
  private func thinned(_ sets: [[String]], to most: Int) -> [[String]] {
    sets.count <= most ? sets : (0..<most).map { sets[$0 * sets.count / most] }
  }

  /// Those of `mixes` that are told faster than `reference`, the fastest first.
  private func faster(_ mixes: [PrecisionMix], than reference: PrecisionMix) throws(MethodError) -> [PrecisionMix] {
    guard !mixes.isEmpty else { return [] }
    let found = try latencies.latencies(of: mixes.map(\.rewrite.model), against: reference.rewrite.model)
    let told = zip(mixes, found).filter { Self.isFaster($1) }
    return told.sorted { $0.1.ratio < $1.1.ratio }.map(\.0)
  }

  private static func isFaster(_ latency: LatencyRatio) -> Bool {
    latency.high < 1 && latency.ratio <= 1 - leastGain
  }

  /// The mix, or the fastest uniform choice where one is told faster when all are measured again.
  private func confirmed(_ mix: PrecisionMix, _ choices: [Uniform]) throws(MethodError) -> Result {
    let others = choices.filter { !$0.mix.isSame(as: mix) }
    let found = try latencies.latencies(of: others.map(\.mix.rewrite.model), against: mix.rewrite.model)
    let told = zip(others, found).filter { Self.isFaster($1) }.min { $0.1.ratio < $1.1.ratio }
    // Between uniform choices the first measurement stands, so that noise cannot lead in circles.
    let isUniform = others.count < choices.count
    guard let told, !isUniform else { return Result(mix: mix, others: zip(others, found).map { ($0.name, $1) }) }
    return try confirmed(told.0.mix, choices)
  }
}
