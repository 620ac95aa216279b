import AssayCore
import AssayRuntime
import AssayTorch

/// One model prepared as ATen operators.
final class LibTorchSession: Session {
  private let graph: TorchGraph
  private let settings: SessionSettings

  var inputs: [TensorDescription] { graph.inputs }
  var outputs: [TensorDescription] { graph.outputs }

  init(_ graph: TorchGraph, settings: SessionSettings) {
    self.graph = graph
    self.settings = settings
  }

  func run(_ inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
    do throws(TorchError) { return try copied(infer(try tensors(inputs))) } catch { throw EngineError(error) }
  }

  func bind(_ pool: [[String: Tensor]]) throws(EngineError) -> any BoundInference {
    guard let first = pool.first else {
      throw EngineError(.input, "there is no input to bind", remedy: "give at least one set of inputs")
    }
    for (index, set) in pool.enumerated() {
      for (name, tensor) in set where tensor.shape != first[name]?.shape {
        throw EngineError(
          .input, "input '\(name)' has shape \(tensor.shape) in set \(index) and another one in set 0",
          remedy: "give all sets of a pool the same shapes")
      }
    }
    return try LibTorchBoundRun(session: self, pool: pool)
  }

  /// Operators as they were prepared: libtorch changes nothing between preparing and running.
  func executionReport() throws(EngineError) -> ExecutionReport {
    var notes = [
      "operators run one after the other, nothing is fused; outputs are allocated by libtorch in every inference"
    ]
    if settings.optimizedModelPath != nil { notes.append("there is no optimized graph to write") }
    return ExecutionReport(operators: graph.operatorCounts, notes: notes)
  }

  /// Inputs as the graph takes them, on its device.
  func tensors(_ inputs: [String: Tensor]) throws(TorchError) -> [String: TorchTensor] {
    var tensors: [String: TorchTensor] = [:]
    for (name, tensor) in inputs { tensors[name] = try graph.input(tensor) }
    return tensors
  }

  /// Runs once; on a GPU, until it is done and the outputs are on the host.
  func infer(_ inputs: [String: TorchTensor]) throws(TorchError) -> [TorchTensor] {
    // Threads are the process's, and another session may have asked for others.
    if graph.library.threads != settings.threads { graph.library.setThreads(settings.threads) }
    let outputs = try graph.run(inputs).outputs
    guard graph.device != .cpu else { return outputs }
    var onHost: [TorchTensor] = []
    for output in outputs { onHost.append(try output.moved(to: .cpu)) }
    return onHost
  }

  func copied(_ results: [TorchTensor]) throws(TorchError) -> [Tensor] {
    var tensors: [Tensor] = []
    for (output, result) in zip(outputs, results) {
      tensors.append(try graph.output(result, declared: output.elementType))
    }
    return tensors
  }

  var isOnHost: Bool { graph.device == .cpu }
}

/// Repeated runs over inputs that are in place. To a GPU they are copied in every run, as they are for whoever calls it.
private final class LibTorchBoundRun: BoundInference {
  private let session: LibTorchSession
  private let pool: [[String: Tensor]]
  private let sets: [[String: TorchTensor]]
  private var results: [TorchTensor]?

  init(session: LibTorchSession, pool: [[String: Tensor]]) throws(EngineError) {
    self.session = session
    self.pool = pool
    do throws(TorchError) {
      var sets: [[String: TorchTensor]] = []
      for set in pool { sets.append(try session.tensors(set)) }
      self.sets = sets
      // What does not fit is told here, not inside the timed region.
      _ = try session.infer(sets[0])
    } catch {
      throw EngineError(error)
    }
  }

  var poolCount: Int { pool.count }

  func infer(_ slot: Int) throws(EngineError) {
    guard pool.indices.contains(slot) else {
      throw EngineError(.input, "there is no set \(slot) in a pool of \(pool.count)")
    }
    do throws(TorchError) {
      results = try session.infer(session.isOnHost ? sets[slot] : session.tensors(pool[slot]))
    } catch {
      throw EngineError(error)
    }
  }

  func outputs() throws(EngineError) -> [Tensor] {
    guard let results else { throw EngineError(.inference, "there are no outputs before the first inference") }
    do throws(TorchError) { return try session.copied(results) } catch { throw EngineError(error) }
  }
}
