public import AssayCore
public import AssayONNX

/// A way to make a model smaller or faster: a function from a graph to a rewrite.
///
/// One file under `Methods/` and one line in `MethodCatalog` each. A method is a value made from its options; applying
/// it is deterministic, keeps the interface of the model (input and output names, types and shapes) unless its
/// description says otherwise, and accounts for every change and every skip.
public protocol Method: Sendable {
  /// Name, options and source, for the suite checker, `assay list` and the documentation.
  static var description: MethodDescription { get }
  /// - Throws: `badOption` with the allowed range.
  init(_ options: StepOptions) throws(MethodError)
  /// - Throws: `calibration`, `model`, `notFinite`; the input is a value and stays untouched.
  func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite
}

/// What a method made of a model.
public struct Rewrite: Sendable {
  public var model: Model
  /// Changes, skips with reasons, choices with reasons. A step that changed nothing says so here.
  public var report: StepReport
  /// How each weight that the step expressed anew is stored, by the name of its initializer in `model`.
  public var forms: [String: any WeightForm]
  /// Weights whose zeros are a mask, which later steps and training keep, whatever their form is.
  public var masks: Set<String> = []
  /// How all weights are stored now, those of earlier steps too; filled in by `MethodCatalog.apply`.
  public internal(set) var accumulated = WeightForms()

  public init(model: Model, report: StepReport, forms: [String: any WeightForm] = [:]) {
    self.model = model
    self.report = report
    self.forms = forms
  }
}

/// What a method may use besides the model.
public struct MethodContext: Sendable {
  /// The processor the result will run on; decides between 7- and 8-bit weights.
  public var cpu: CPUFeatures
  /// Runs models on calibration rows; nil when the suite or command names none.
  public var calibration: (any ActivationSource)?
  /// Ranges found before on the same model and rows; set by methods that quantize it many times.
  var calibrationMemory: CalibrationMemory?
  /// Times models; nil where no engine can.
  public var latencies: (any LatencySource)?
  public var seed: UInt64
  /// How the steps so far left the weights of the model that the step is applied to.
  public var forms = WeightForms()
  /// Changes weights by their gradients; nil where nothing that can do so is installed.
  public var trainer: (any Trainer)?
  /// The rows that steps learn from; nil when the suite or command names none.
  public var training: (any TrainingData)?
  /// Finds teachers and students by name; nil where only the model itself is known.
  public var models: (any ModelSource)?
  /// A folder for checkpoints and soft targets that outlives a killed run; nil keeps none.
  public var learningFolder: String?
  /// Told where a training stands.
  public var progress: @Sendable (TrainingProgress) -> Void

  public init(
    cpu: CPUFeatures, calibration: (any ActivationSource)? = nil, latencies: (any LatencySource)? = nil,
    seed: UInt64 = 1, trainer: (any Trainer)? = nil, training: (any TrainingData)? = nil,
    models: (any ModelSource)? = nil, learningFolder: String? = nil,
    progress: @escaping @Sendable (TrainingProgress) -> Void = { _ in }
  ) {
    self.cpu = cpu
    self.calibration = calibration
    self.latencies = latencies
    self.seed = seed
    self.trainer = trainer
    self.training = training
    self.models = models
    self.learningFolder = learningFolder
    self.progress = progress
  }

  /// What a learning step cannot do without.
  ///
  /// - Throws: `trainer`, `training`, with what to install or to write.
  public func learning(for step: String) throws(MethodError) -> (trainer: any Trainer, data: any TrainingData) {
    guard let trainer else {
      throw MethodError(
        .trainer, "'\(step)' learns, and nothing that can train is installed",
        remedy: "run scripts/setup, which fetches libtorch"
      )
    }
    guard let training else {
      throw MethodError(
        .training, "'\(step)' learns, but there are no training rows: the suite names no data.train",
        remedy: "name the training rows under data: train:")
    }
    return (trainer, training)
  }
}

/// Shows a method the values that flow through a model on calibration data.
///
/// Methods know no engine; whoever runs them hands in one of these.
public protocol ActivationSource: Sendable {
  /// Rows of calibration data.
  var rowCount: Int { get }
  /// Runs `model` over all calibration rows, batch by batch in a fixed order, and hands over the named values.
  ///
  /// - Parameters:
  ///   - values: Names of inputs or intermediate values of the model's graph, of any element type.
  ///   - consume: Called once for each batch with one tensor for each name, in the order of `values`.
  /// - Throws: `calibration` when the rows do not fit the model's input, `underlying` when the engine fails.
  func observe(
    _ model: Model, values: [String], consume: (_ batch: [Tensor]) throws(MethodError) -> Void
  ) throws(MethodError)
}

/// Tells a method how long models take beside one another.
///
/// Methods know no clock; whoever runs them hands in one of these.
public protocol LatencySource: Sendable {
  /// What the models are timed on, for reports: `onnxruntime 1.31.1, 1 thread, batch 1`.
  var conditions: String { get }
  /// Runs `models` and `reference` in turn.
  ///
  /// - Returns: For each model how many times the reference's latency it takes.
  /// - Throws: `underlying` when a model cannot be run.
  func latencies(of models: [Model], against reference: Model) throws(MethodError) -> [LatencyRatio]
}

/// How many times another model's latency a model takes: 0.5 is half the time.
public struct LatencyRatio: Sendable, Hashable {
  public var ratio: Double
  /// 95 % confidence interval of the ratio.
  public var low: Double
  public var high: Double

  public init(ratio: Double, low: Double, high: Double) {
    self.ratio = ratio
    self.low = low
    self.high = high
  }
}

extension LatencyRatio: CustomStringConvertible {
  /// `1.12 [1.10, 1.13]`.
  public var description: String {
    "\(Self.text(ratio)) [\(Self.text(low)), \(Self.text(high))]"
  }

  private static func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
