import AssayCore
import AssayMethods
import AssayONNX
import AssayPipeline
import AssayTorch
import AssayTraining

/// What can train on this machine.
enum TrainerSearch {
  /// Loads libtorch, which takes a moment: only for who trains.
  @Sendable static func find() -> TrainerFinding {
    do {
      let library = try TorchLibrary.load()
      return .found(TorchTrainer(), version: "libtorch \(library.version)")
    } catch {
      return .missing(reason: error.message, remedy: error.remedy ?? "run scripts/setup")
    }
  }
}

/// Models that steps name where there is no suite: files.
struct ModelFiles: ModelSource {
  func model(named name: String) throws(MethodError) -> Model {
    do {
      return try Model(contentsOf: name)
    } catch {
      throw MethodError(
        .training, "the model '\(name)' cannot be read", remedy: "give the path of a file", cause: error)
    }
  }
}
