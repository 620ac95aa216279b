import AssayCore
public import AssayMethods
import AssayONNX

/// What `train:` of a suite asks for: a network and how it learns.
public struct TrainRecipe: Sendable {
  /// Name of the step in records and messages.
  public static let name = "train"

  /// What `assay list` shows.
  public static let description = MethodDescription(
    name: name,
    summary:
      "trains a model, in a suite as baseline: { train: {...} } or as a variant { train: {...} }; from an architecture with "
      + "fresh weights, or from model: PATH",
    source: "each option names its own", options: options, learns: { _ in true })

  /// The keys of `train:` but for `model`.
  public static let options: [OptionDescription] = ArchitectureOptions.options + TrainingSettings.options(epochs: 10)

  let architecture: String?
  let network: ArchitectureOptions
  let settings: TrainingSettings

  /// - Parameter rowCount: Training rows, where they are known.
  /// - Throws: `unknownOption` with the nearest name, `badOption`.
  init(_ step: Step, seed: UInt64, rowCount: Int = 1) throws(MethodError) {
    let options = try StepOptions(step, Self.options)
    architecture = options.text("architecture")
    network = try ArchitectureOptions(options)
    settings = try TrainingSettings(options, seed: seed, rowCount: rowCount)
  }

  /// The model that the training starts from.
  ///
  /// - Parameter file: The model to start from; nil builds the architecture.
  /// - Throws: `training` when examples do not fit the architecture.
  func start(from file: Model?, _ data: any TrainingData) throws(MethodError) -> Model {
    if let file { return file }
    guard let architecture else {
      throw MethodError(.badOption, "'train' names neither an architecture nor a model to start from")
    }
    return try ArchitectureCatalog.model(
      architecture, network, example: data.exampleShape, outputs: data.targets.classCount ?? 1, seed: settings.seed)
  }
}
