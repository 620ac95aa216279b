import AssayCore
import AssayRuntime

/// What the parent asks of a worker process: one JSON object a line on its standard input.
///
/// A worker answers each request with exactly one `WorkerReply` line on its standard output, and does nothing between
/// requests but sleep in a read.
enum WorkerRequest: Codable, Sendable {
  /// Load what the worker is for. The first request, once.
  case open(WorkerSubject)
  /// Run until steady.
  case warmUp
  /// Run one block of about this length.
  case block(length_ns: UInt64)
  /// Run one block of multi-stream queries, each of so many inferences.
  case queries(length_ns: UInt64, inferences: Int)
  /// Answer the requests of one block of the server scenario.
  case serve(WorkerArrivals)
  /// Tell the memory figures.
  case memory
  /// Tell how the engine really runs the model; disturbs memory and caches, so it comes after the blocks.
  case execution
  /// Answer all rows and write the outputs to this NPY file.
  case evaluate(outputPath: String)
  /// End.
  case end
}

/// What a worker runs.
enum WorkerSubject: Codable, Sendable {
  /// The fixed calibration kernel.
  case control
  /// A model in an engine.
  case model(WorkerModel)
}

/// A model, how to run it, and on what.
struct WorkerModel: Codable, Sendable, Hashable {
  var path: String
  var engine: String
  var settings: SessionSettings
  /// NPY file of prepared rows, float, shape [rows] + features.
  var rowsPath: String
  var batch: Int
  var hotInput: Bool
  /// Sessions of the model that blocks use in turn; nil for one.
  ///
  /// A model about as large as a cache is faster or slower by a few percent depending on which physical pages its weights
  /// got, and keeps them as long as its session lives. Blocks on several sessions average this luck within a launch.
  var replicas: Int?
  /// Share of its own time by which each inference is made slower, for the self-test; nil for not at all.
  var slowdown: Double?
}

/// Requests that arrive at random; equal values are equal arrivals.
struct WorkerArrivals: Codable, Sendable, Hashable {
  var rate_perSecond: Double
  /// Stretch in which they arrive.
  var window_ns: UInt64
  /// From the begin of the block; what is not begun by then is given up.
  var limit_ns: UInt64
  var seed: UInt64
}

/// What a worker answers.
enum WorkerReply: Codable, Sendable {
  /// The process runs; sent unasked, before the first request.
  case ready
  case opened(WorkerOpened)
  case warm(samples: Samples, end: String)
  case block(WorkerBlock)
  case memory(MemoryFigures)
  case execution(ExecutionReport)
  case evaluated(rows: Int)
  /// The request failed; the worker stays usable where it can.
  case failed(stage: TrialFailure.Stage, message: String)
}

/// The phases of a model just opened.
struct WorkerOpened: Codable, Sendable {
  var load_ns: UInt64
  var firstInference_ns: UInt64
}

/// One block.
struct WorkerBlock: Codable, Sendable {
  var samples: Samples
  var elapsed_ns: UInt64
  var involuntarySwitches: Int
  var anonymous_B: Int?
  var energy_uJ: UInt64?
  var server: ServerBlockRecord?
}
