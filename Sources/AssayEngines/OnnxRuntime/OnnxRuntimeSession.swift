import AssayCore
import AssayRuntime
import Dispatch
import Synchronization

/// One model loaded in ONNX Runtime.
final class OnnxRuntimeSession: Session {
  private let handle: OrtSession
  private let configuration: OrtConfiguration
  /// The inputs seen last: what the execution report is made with.
  private var latest: [OrtTensor]?
  private var notes: [String] = []

  var inputs: [TensorDescription] { handle.inputs }
  var outputs: [TensorDescription] { handle.outputs }

  init(configuration: OrtConfiguration, library: OrtLibrary) throws(EngineError) {
    self.configuration = configuration
    handle = try OrtSession(configuration, library: library)
  }

  func run(_ inputs: [String: Tensor]) throws(EngineError) -> [Tensor] {
    let given = try tensors(inputs)
    latest = given
    return try outputs(for: given)
  }

  /// What a run leaves lies in the engine's memory, which the results keep.
  private func outputs(for given: [OrtTensor]) throws(EngineError) -> [Tensor] {
    var results: [Tensor] = []
    for output in try handle.run(given) {
      results.append(try output.elements(owner: OrtOutput(tensor: output, session: handle)))
    }
    return results
  }

  func run(_ batches: [[String: Tensor]], threads: Int) throws(EngineError) -> [[Tensor]] {
    guard threads > 1, batches.count > 1 else {
      return try batches.map { batch throws(EngineError) in try run(batch) }
    }
    var given: [[OrtTensor]] = []
    for batch in batches { given.append(try tensors(batch)) }
    latest = given.last
    // Each call reads inputs and writes a place of its own; `Run` may be called by several threads at once.
    nonisolated(unsafe) let session = self
    nonisolated(unsafe) let inputs = given
    let results = Mutex([Result<[Tensor], EngineError>?](repeating: nil, count: batches.count))
    let workers = min(threads, batches.count)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      for index in stride(from: worker, to: inputs.count, by: workers) {
        let result: Result<[Tensor], EngineError>
        do throws(EngineError) {
          result = .success(try session.outputs(for: inputs[index]))
        } catch {
          result = .failure(error)
        }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { $0 }.compactMap { $0 }.map { result throws(EngineError) in try result.get() }
  }

  func bind(_ pool: [[String: Tensor]]) throws(EngineError) -> any BoundInference {
    guard let first = pool.first else {
      throw EngineError(.input, "there is no input to bind", remedy: "give at least one set of inputs")
    }
    var sets: [[OrtTensor]] = []
    for (index, set) in pool.enumerated() {
      for (name, tensor) in set where tensor.shape != first[name]?.shape {
        throw EngineError(
          .input, "input '\(name)' has shape \(tensor.shape) in set \(index) and another one in set 0",
          remedy: "give all sets of a pool the same shapes")
      }
      sets.append(try tensors(set))
    }
    latest = sets[0]
    guard let shapes = try outputShapes(of: sets, given: first) else {
      notes.append("outputs are allocated by the engine in every inference: their shape depends on the data")
      return OrtRun(session: handle, sets: sets, outputs: nil)
    }
    var outputs: [OrtTensor] = []
    for (description, shape) in zip(handle.outputs, shapes) {
      let byteCount = description.elementType.byteCount(of: shape.reduce(1, *)) ?? 0
      let memory = OutputMemory(byteCount: byteCount)
      outputs.append(
        try OrtTensor(
          description.elementType, shape: shape, data: memory.start, byteCount: byteCount, memory: memory,
          library: handle.library))
    }
    // Binding copies inputs to a GPU at once; there Run is used, so that the copy is part of the latency, as it is for
    // whoever calls the model.
    if configuration.cudaDevice != nil { return OrtRun(session: handle, sets: sets, outputs: outputs) }
    return try OrtBoundRun(session: handle, sets: sets, outputs: outputs)
  }

  /// Opens the model file once more and runs it once; where that fails, the report says so and knows nothing.
  func executionReport() throws(EngineError) -> ExecutionReport {
    let inputs: [OrtTensor]
    if let latest { inputs = latest } else { inputs = try placeholders() }
    var report = ExecutionReport()
    do throws(EngineError) {
      report = try OrtAnalysis(configuration: configuration, library: handle.library).report(inputs: inputs)
    } catch {
      report.notes.append("how the model really ran is unknown: \(error)")
    }
    report.notes += notes
    return report
  }

  /// Shapes of the outputs for this pool, or nil when they differ within it or have no fixed width (strings).
  ///
  /// One run tells them. Where the model itself does not say that they follow from the input shapes, every set is run:
  /// only these sets will be inferred, so equal here is equal always.
  private func outputShapes(of sets: [[OrtTensor]], given: [String: Tensor]) throws(EngineError) -> [[Int]]? {
    guard handle.outputs.allSatisfy({ $0.elementType.bitWidth != nil }) else { return nil }
    var symbols: Set<String> = []
    for input in handle.inputs { symbols.formUnion(input.shape.compactMap(\.symbol)) }
    let follows = handle.outputs.allSatisfy { output in
      !output.shape.isEmpty
        && output.shape.allSatisfy { $0.value != nil || $0.symbol.map(symbols.contains) == true }
    }
    var shapes: [[Int]]?
    for set in follows ? Array(sets.prefix(1)) : sets {
      var found: [[Int]] = []
      for output in try handle.run(set) { found.append(try output.description().shape) }
      if let shapes, shapes != found { return nil }
      shapes = found
    }
    return shapes
  }

  /// The given inputs in the session's order, checked.
  private func tensors(_ given: [String: Tensor]) throws(EngineError) -> [OrtTensor] {
    let names = handle.inputs.map(\.name)
    for name in given.keys.sorted() where !names.contains(name) {
      let near = nearestName(to: name, among: names).map { "did you mean '\($0)'? " } ?? ""
      throw EngineError(
        .input, "the model has no input '\(name)'", remedy: "\(near)it has \(names.joined(separator: ", "))")
    }
    var symbols: [String: Int] = [:]
    var result: [OrtTensor] = []
    for input in handle.inputs {
      guard let tensor = given[input.name] else {
        throw EngineError(.input, "input '\(input.name)' is not given", remedy: "give \(input.declaration)")
      }
      try input.check(tensor, symbols: &symbols)
      result.append(try OrtTensor(tensor, library: handle.library))
    }
    return result
  }

  /// Zeros for every input, axes without a fixed extent 1.
  private func placeholders() throws(EngineError) -> [OrtTensor] {
    var result: [OrtTensor] = []
    for input in handle.inputs {
      let shape = input.shape.map { $0.value ?? 1 }
      let count = shape.reduce(1, *)
      if let byteCount = input.elementType.byteCount(of: count) {
        let memory = OutputMemory(byteCount: byteCount)
        result.append(
          try OrtTensor(
            input.elementType, shape: shape, data: memory.start, byteCount: byteCount, memory: memory,
            library: handle.library))
      } else {
        result.append(
          try OrtTensor(strings: Array(repeating: [], count: count), shape: shape, library: handle.library))
      }
    }
    return result
  }
}

/// A result and the session whose memory it lies in.
private final class OrtOutput {
  private let tensor: OrtTensor
  private let session: OrtSession

  init(tensor: OrtTensor, session: OrtSession) { (self.tensor, self.session) = (tensor, session) }
}

extension Dimension {
  fileprivate var symbol: String? { if case .symbolic(let name) = self { name } else { nil } }
}

extension TensorDescription {
  /// `x: float[N, 4]`.
  var declaration: String { "\(name): \(elementType)[\(shape.map(\.description).joined(separator: ", "))]" }

  /// Checks type and shape; equal symbols must have equal extents over all inputs.
  ///
  /// A shape of no axes is not checked: ONNX Runtime describes a scalar and an unknown shape alike.
  fileprivate func check(_ tensor: Tensor, symbols: inout [String: Int]) throws(EngineError) {
    guard tensor.elementType == elementType else {
      throw EngineError(.input, "input '\(name)' is \(tensor.elementType)", remedy: "give \(declaration)")
    }
    guard !shape.isEmpty else { return }
    var fits = tensor.shape.count == shape.count
    for (dimension, extent) in zip(shape, tensor.shape) {
      switch dimension {
      case .fixed(let value): fits = fits && value == extent
      case .symbolic(let symbol):
        fits = fits && symbols[symbol, default: extent] == extent
        symbols[symbol] = symbols[symbol] ?? extent
      case .unknown: break
      }
    }
    guard fits else {
      let known = symbols.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
      throw EngineError(
        .input, "input '\(name)' has shape \(tensor.shape)",
        remedy: "give \(declaration)" + (known.isEmpty ? "" : " with \(known)"))
    }
  }
}
