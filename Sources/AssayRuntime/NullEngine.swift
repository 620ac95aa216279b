public import AssayCore

/// The engine that answers at once: it measures the harness itself.
public struct NullEngine: Engine {
  public init() {}

  public var name: String { "null" }
  public var summary: String { "answers at once; what it takes is what the harness itself costs" }

  public func probe() -> EngineAvailability {
    .found(EngineIdentity(name: name, version: "1", library: nil), devices: ["cpu"])
  }

  public func open(path: String, settings: SessionSettings) throws(EngineError) -> any Session { NullSession() }
}

private final class NullSession: Session {
  let inputs: [TensorDescription] = []
  let outputs: [TensorDescription] = []

  func run(_ inputs: [String: Tensor]) throws(EngineError) -> [Tensor] { [] }
  func bind(_ pool: [[String: Tensor]]) throws(EngineError) -> any BoundInference { NullInference(max(1, pool.count)) }
}

private final class NullInference: BoundInference {
  let poolCount: Int

  init(_ poolCount: Int) { self.poolCount = poolCount }

  func infer(_ slot: Int) throws(EngineError) {}
  func outputs() throws(EngineError) -> [Tensor] { [] }
}
