public import AssayCore
import AssayFiles
public import AssayMethods
public import AssayONNX
import AssayTorch

/// Trains on libtorch.
public struct TorchTrainer: Trainer {
  /// Least seconds between two checkpoints.
  private let saveInterval_s: Double

  /// - Parameter saveInterval_s: Least time between two checkpoints; an epoch is never cut.
  public init(saveInterval_s: Double = 5) { self.saveInterval_s = saveInterval_s }

  public func train(
    _ request: TrainingRequest, data: any TrainingData, progress: @escaping @Sendable (TrainingProgress) -> Void
  ) throws(MethodError) -> TrainingOutcome {
    try explained(request) { () throws -> TrainingOutcome in try loop(request, data, progress: progress).run() }
  }

  public func sensitivities(
    of model: Model, weights: [String], criterion: GradientCriterion, settings: TrainingSettings,
    data: any TrainingData
  ) throws(MethodError) -> [String: Tensor] {
    let request = TrainingRequest(model: model, settings: settings)
    return try explained(request) { () throws -> [String: Tensor] in
      try loop(request, data, progress: { _ in }).sums(of: weights, criterion)
    }
  }

  private func loop(
    _ request: TrainingRequest, _ data: any TrainingData, progress: @escaping (TrainingProgress) -> Void
  ) throws -> TrainingLoop {
    let library = try TorchLibrary.load()
    library.keepFreedMemory()
    library.setThreads(request.settings.threads)
    let device = try library.device(named: request.settings.device)
    return try TrainingLoop(
      request, data: data, device: device, library: library, saveInterval_s: saveInterval_s, progress: progress)
  }

  /// Errors of libtorch and of files as errors of methods.
  private func explained<Result>(
    _ request: TrainingRequest, _ body: () throws -> Result
  ) throws(MethodError) -> Result {
    do {
      return try body()
    } catch let error as MethodError {
      throw error
    } catch let error as TorchError where error.code == .memory {
      let kept = request.checkpoint == nil ? "" : "; the last saved epoch is kept for a run with these settings"
      throw MethodError(
        .memory, "training ran out of memory: \(error.message)", at: error.place,
        remedy: "lower batch (\(request.settings.batch) now), or train on fewer rows or a smaller model\(kept)",
        cause: error.cause)
    } catch let error as TorchError {
      throw MethodError(Self.code(error.code), error.message, at: error.place, remedy: error.remedy, cause: error.cause)
    } catch let error as FileError {
      throw MethodError(.underlying, "training could not save its state", cause: error)
    } catch {
      throw MethodError(.underlying, "training failed", cause: error)
    }
  }

  private static func code(_ code: TorchErrorCode) -> MethodErrorCode {
    switch code {
    case .missing, .library: .trainer
    case .graph, .operator, .unsupported: .model
    case .argument, .device: .training
    case .memory: .memory
    case .failed: .underlying
    }
  }
}
