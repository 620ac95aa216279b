public import AssayCore

/// An inference library, found at run time.
///
/// An engine is a value that knows how to find its library; nothing is loaded before `probe` or `open`.
public protocol Engine: Sendable {
  /// Name in suites and reports: `onnxruntime`.
  var name: String { get }
  /// One sentence for `assay list engines`.
  var summary: String { get }
  /// Finds the library and says what it is, without opening a model.
  func probe() -> EngineAvailability
  /// Loads the library and what all its sessions share, so that `open` afterwards takes what the model itself takes.
  ///
  /// - Throws: `missing`.
  func start() throws(EngineError)
  /// Loads the model file at `path`.
  ///
  /// - Throws: `missing` without the library, `load` when it refuses the file.
  func open(path: String, settings: SessionSettings) throws(EngineError) -> any Session
}

extension Engine {
  /// An engine without a library has nothing to start.
  public func start() throws(EngineError) {}
}

/// Whether an engine can be used on this machine.
public enum EngineAvailability: Sendable {
  /// Found, with the devices it offers: `cpu`, `cuda:0`.
  case found(EngineIdentity, devices: [String])
  /// Not found, with the reason and what to do.
  case missing(reason: String, remedy: String)
}

/// How a model is loaded. Equal settings and equal files give equal answers.
public struct SessionSettings: Sendable, Hashable, Codable {
  public var device: String
  /// Threads within one operator; 1 runs on the calling thread.
  public var threads: Int
  /// Whether the engine may rewrite the graph (fuse, fold, choose layouts) as it does by default.
  public var optimizesGraph: Bool
  /// Where the engine shall write its optimized graph, where it can.
  public var optimizedModelPath: String?
  /// Whether denormal numbers count as zero.
  public var flushesDenormals: Bool
  /// Whether outputs are values inside the model, which the engine may not fuse away.
  public var showsInnerValues: Bool

  public init(
    device: String = "cpu", threads: Int = 1, optimizesGraph: Bool = true, optimizedModelPath: String? = nil,
    flushesDenormals: Bool = false, showsInnerValues: Bool = false
  ) {
    self.device = device
    self.threads = threads
    self.optimizesGraph = optimizesGraph
    self.optimizedModelPath = optimizedModelPath
    self.flushesDenormals = flushesDenormals
    self.showsInnerValues = showsInnerValues
  }
}

/// One loaded model. Not thread-safe: one session belongs to one thread.
public protocol Session: AnyObject {
  /// Inputs a caller must give, in the model's order (initializers that double as inputs are not listed).
  var inputs: [TensorDescription] { get }
  var outputs: [TensorDescription] { get }

  /// Runs once and returns the outputs in the order of `outputs`.
  ///
  /// - Throws: `input` when names, types or shapes do not fit, `inference` when the engine fails.
  func run(_ inputs: [String: Tensor]) throws(EngineError) -> [Tensor]

  /// Runs once for each of `batches` and returns their outputs in the same order, on so many threads where the engine can.
  ///
  /// - Throws: as `run`; the first failure in the order of the batches.
  func run(_ batches: [[String: Tensor]], threads: Int) throws(EngineError) -> [[Tensor]]

  /// Prepares repeated runs over a pool of inputs, with every buffer bound once.
  ///
  /// - Parameter pool: One or more complete sets of inputs, all of the same shapes.
  func bind(_ pool: [[String: Tensor]]) throws(EngineError) -> any BoundInference

  /// What the engine made of the model, as far as it tells.
  func executionReport() throws(EngineError) -> ExecutionReport
}

extension Session {
  /// One after another.
  public func run(_ batches: [[String: Tensor]], threads: Int) throws(EngineError) -> [[Tensor]] {
    try batches.map { batch throws(EngineError) in try run(batch) }
  }

  /// An engine that does not tell reports nothing.
  public func executionReport() throws(EngineError) -> ExecutionReport { ExecutionReport() }
}

/// A session with all buffers in place: what is called inside the timed region.
///
/// `infer` allocates nothing of ours.
public protocol BoundInference: AnyObject {
  /// Number of input sets in the pool.
  var poolCount: Int { get }
  /// Runs on the input set `slot`, 0..<`poolCount`, and leaves the outputs in the bound buffers.
  func infer(_ slot: Int) throws(EngineError)
  /// The outputs of the last `infer`, copied, in the order of `Session.outputs`.
  func outputs() throws(EngineError) -> [Tensor]
}
