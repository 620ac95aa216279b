public import AssayCore
import AssayMeasure
public import AssayMethods
public import AssayONNX
public import AssayRuntime
import FoundationEssentials
import Glibc

/// Times models in a real engine for methods that choose by latency.
public struct EngineLatencySource: LatencySource {
  private let rows: Tensor
  private let engine: any Engine
  private let threads: Int
  private let batch: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - rows: Prepared rows, float, shape [rows] + features; the models infer the first of them.
  ///   - batch: Rows in one inference, where the model's batch is open.
  public init(rows: Tensor, engine: any Engine, threads: Int, batch: Int, seed: UInt64) {
    self.rows = rows
    self.engine = engine
    self.threads = max(1, threads)
    self.batch = max(1, batch)
    self.seed = seed
  }

  /// Models are open at a time as long as their files together are no larger.
  private static let mostOpen_B = 512 << 20
  /// Inputs that take turns; they fit into the cache beside a small model.
  private static let pool_B = 256 << 10

  public var conditions: String {
    var name = engine.name
    if case .found(let identity, _) = engine.probe() { name += " \(identity.version)" }
    return "\(name), \(threads) thread\(threads == 1 ? "" : "s"), batch \(batch)"
  }

  public func latencies(of models: [Model], against reference: Model) throws(MethodError) -> [LatencyRatio] {
    let first = try open(reference)
    var (ratios, members, size_B) = ([LatencyRatio](), [first.inference], first.size_B)
    for model in models {
      let next = try open(model)
      if members.count > 1, size_B + next.size_B > Self.mostOpen_B {
        ratios += try compare(members)
        (members, size_B) = ([first.inference], first.size_B)
      }
      members.append(next.inference)
      size_B += next.size_B
    }
    return members.count > 1 ? ratios + (try compare(members)) : ratios
  }

  /// Latencies of all but the first in that of the first.
  private func compare(_ members: [any BoundInference]) throws(MethodError) -> [LatencyRatio] {
    let launches: [[Double]]
    do {
      launches = try InterleavedTimer(clock: MachineClock(), seed: seed).roundLogRatios(members)
    } catch {
      throw Self.untimed(error)
    }
    return launches.dropFirst().map { rounds in
      // Rounds stand for launches: the interval says what this session's rounds vary by.
      guard let estimate = RatioEstimate(launchScores: rounds), let interval = estimate.interval else {
        return LatencyRatio(ratio: 1, low: 0, high: .infinity)
      }
      return LatencyRatio(ratio: estimate.ratio, low: interval.low, high: interval.high)
    }
  }

  private func open(_ model: Model) throws(MethodError) -> (inference: any BoundInference, size_B: Int) {
    let path = FileManager.default.temporaryDirectory.path + "/assay-\(getpid())-\(UInt32.random(in: 0 ... .max)).onnx"
    defer { unlink(path) }
    do {
      try model.write(to: path, weights: .inline, isSynced: false)
      let session = try engine.open(path: path, settings: SessionSettings(threads: threads))
      let fixed = session.inputs.first?.shape.first?.value
      let input = try WorkerInput(rows: rows, session: session, batch: fixed ?? batch)
      let inference = try session.bind(input.pool(limit_B: Self.pool_B))
      return (inference, model.graph.initializers.reduce(0) { $0 + ($1.tensor?.bytes.count ?? 0) })
    } catch let error as any ExplainedError {
      throw Self.untimed(error)
    } catch {
      throw Self.untimed(error)
    }
  }

  private static func untimed(_ cause: any Error) -> MethodError {
    MethodError(.underlying, "a model cannot be timed", cause: cause)
  }
}
