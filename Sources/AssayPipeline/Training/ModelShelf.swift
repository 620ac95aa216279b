import AssayCore
import AssayMethods
import AssayONNX

/// The models built so far, where steps find the others that they name.
struct ModelShelf {
  /// Name of a baseline and of one of its variants.
  struct Key: Hashable {
    var baseline: String
    var variant: String
  }

  /// Path of each seed's model; the key nil is that of a variant that is built once.
  private var paths: [Key: [UInt64?: String]] = [:]
  private var failures: [Key: String] = [:]
  let files: [String: SuitePath]
  private let suiteFolder: SuitePaths
  private let suitePlace: Place

  init(_ plan: Plan, environment: [String: String]) {
    files = plan.files
    suiteFolder = SuitePaths(suite: plan.suite.path, environment: environment)
    suitePlace = Place(file: plan.suite.path)
  }

  mutating func put(_ result: BuildResult, _ key: Key, seed: UInt64?) {
    switch result {
    case .built(let built): paths[key, default: [:]][seed] = built.path
    case .failed(let message): failures[key] = message
    }
  }

  /// The model of `seed`, or else the only one, or else that of the smallest seed.
  func path(_ key: Key, seed: UInt64?) -> String? {
    guard let models = paths[key] else { return nil }
    if let path = models[seed] ?? models[nil] { return path }
    return models.min { ($0.key ?? 0) < ($1.key ?? 0) }?.value
  }

  /// The model of exactly this seed, or the only one.
  func member(_ key: Key, seed: UInt64?) -> String? { paths[key].flatMap { $0[seed] ?? $0[nil] } }

  func failure(_ key: Key) -> String? { failures[key] }

  /// Where a name in a step of a variant of `baseline` leads.
  ///
  /// - Throws: `suiteInvalid` for what is no variant, no baseline and no file; `variableMissing`.
  func path(named name: String, baseline: String, seed: UInt64?) throws(PipelineError) -> String {
    for key in [Key(baseline: baseline, variant: name), Key(baseline: name, variant: Trial.baselineVariant)] {
      if let path = path(key, seed: seed) { return path }
      if let failure = failures[key] {
        throw PipelineError(.suiteInvalid, "the model \(quoted(name)) was not built: \(failure)")
      }
    }
    if let file = files[name] { return try file.get() }
    let known = paths.keys.filter { $0.baseline == baseline }.map(\.variant) + files.keys
    let path = try suiteFolder.path(text: name, at: suitePlace, called: quoted(name)).get()
    guard FileAccess.isReadable(path) else {
      throw PipelineError(
        .suiteInvalid, "\(quoted(name)) is no variant or baseline of the suite, and there is no file \(quoted(path))",
        remedy: nearestName(to: name, among: known.sorted()).map { "did you mean '\($0)'?" }
          ?? "name a variant, a baseline, or a file relative to the suite")
    }
    return path
  }

  /// The shelf as steps of one variant see it.
  func source(baseline: String, seed: UInt64?) -> Source { Source(shelf: self, baseline: baseline, seed: seed) }

  struct Source: ModelSource {
    let shelf: ModelShelf
    let baseline: String
    let seed: UInt64?

    func model(named name: String) throws(MethodError) -> Model {
      let path: String
      do {
        path = try shelf.path(named: name, baseline: baseline, seed: seed)
      } catch {
        throw MethodError(.training, error.message, at: error.place, remedy: error.remedy)
      }
      do {
        return try Model(contentsOf: path)
      } catch {
        throw MethodError(.underlying, "the model \(quoted(name)) cannot be read", cause: error)
      }
    }
  }
}
