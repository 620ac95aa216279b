import ArgumentParser
import AssayCore
import AssayData
import AssayEngines
import AssayMeasure
import AssayMethods
import AssayONNX
import AssayPipeline
import AssayRuntime
import Glibc

/// `assay optimize`: apply methods to a model, without a benchmark.
struct OptimizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimize", abstract: "Applies methods to a model and writes the result.",
    discussion: """
      A step is a method with its options: prune:sparsity=0.9,scope=layer or quantize:mode=static,calibration=mse. \
      'assay list methods' shows them all. Steps are applied in order, after batch-norm folding and canonicalisation.

      Calibration data are given as in a suite: idx=mnist/train,scale=1/255,mean=0.1307,std=0.3081,count=300
      """)

  @Argument(help: "The ONNX model.")
  var model: String

  @Argument(help: "Steps, in order.")
  var steps: [String]

  @Option(name: [.short, .long], help: "Where to write the result.")
  var output: String

  @Option(help: "Calibration data, as format=path,key=value,...")
  var calibration: String?

  @Option(help: "Rows that steps learn from, as format=path,key=value,...")
  var train: String?

  @Option(help: "Seed of everything random.")
  var seed: UInt64 = 1

  @Flag(help: "Print only errors.")
  var quiet = false

  func run() throws {
    let steps = try steps.map(StepText.step)
    let engine = calibration == nil ? nil : Self.foundEngine()
    let start = engine.map { EngineStart($0) }
    defer { start?.wait() }
    let progress = ProgressBar(isTerminal: Console.isTerminal, isQuiet: quiet)
    defer { progress.finish() }
    var context = MethodContext(cpu: currentEnvironment(engines: []).cpuFeatures, seed: seed)
    if let engine, let rows = try calibrationRows() {
      // As in a run: waking a second thread costs small models more than it brings.
      context.calibration = EngineActivationSource(rows: rows, engine: engine, threads: 1)
      context.latencies = EngineLatencySource(rows: rows, engine: engine, threads: 1, batch: 1, seed: seed)
    }
    context.models = ModelFiles()
    context.progress = { [model, output] in
      progress.observe(.training(baseline: model, variant: output, seed: nil, $0))
    }
    if try steps.contains(where: { try $0.learns() }) { try prepareLearning(&context) }
    let source = try Model(contentsOf: model)
    let built: VariantBuilder.Built
    do {
      built = try VariantBuilder(context: context).build(source, steps)
    } catch let error as ONNXError {
      throw error.located(at: Place(file: model))
    }
    try built.model.write(to: output, isSynced: false)
    progress.finish()
    if !quiet {
      for report in built.reports { Console.print(StepText.describe(report)) }
      Console.print("wrote \(output)")
    }
    start?.wait()
    // Everything is said and written: what engine and library would take apart now goes with the process.
    _exit(ExitStatus.success.rawValue)
  }

  private static func foundEngine() -> (any Engine)? {
    EngineCatalog.engines.first { if case .found = $0.probe() { true } else { false } }
  }

  /// Finds the trainer and the rows.
  private func prepareLearning(_ context: inout MethodContext) throws {
    switch TrainerSearch.find() {
    case .found(let trainer, _): context.trainer = trainer
    case .missing(let reason, let remedy):
      throw PipelineError(.engineMissing, "a step learns, and \(reason)", remedy: remedy)
    }
    context.training = try train.map {
      try TrainingRows(try DatasetDescription(keys: try StepText.options($0)), name: "--train")
    }
  }

  private func calibrationRows() throws -> Tensor? {
    guard let calibration else { return nil }
    let description = try DatasetDescription(keys: try StepText.options(calibration))
    return try description.open().prepare(description.preparation)
  }
}
