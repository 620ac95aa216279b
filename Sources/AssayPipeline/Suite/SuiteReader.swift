public import AssayCore
import AssayData

extension Suite {
  /// Reads and checks a suite file.
  ///
  /// Engine names and the existence of models and data are checked by who uses them. A variable that is not set is no
  /// error here, see `SuitePath.missingVariable`.
  ///
  /// - Parameters:
  ///   - path: The file; paths in it are relative to its folder.
  ///   - environment: Where `${NAME}` is looked up.
  /// - Throws: `suiteUnreadable` for a file that cannot be read or is not YAML, `suiteInvalid` for everything that is
  ///   wrong in it; with the line and what to do.
  public static func read(path: String, environment: [String: String]) throws(PipelineError) -> Suite {
    try Suite(SuiteFile(path: path), environment: environment)
  }

  init(_ file: SuiteFile, environment: [String: String]) throws(PipelineError) {
    let paths = SuitePaths(suite: file.path, environment: environment)
    let root = try file.root()
    let keys = try SuiteValue(root, path: "", key: Place(file: file.path, line: 1)).mapping()
    try keys.refuseUnknown(
      ["suite", "baseline", "baselines", "data", "variants", "seeds", "engines", "measure", "gates", "goal"])
    let name = try keys.require("suite", "a name").text("a name")
    let data = try SuiteData(try keys.require("data", "{ test: { FORMAT: PATH } }"), paths: paths)
    let seeds = try keys["seeds"]?.seeds() ?? 1
    let trainings = SuiteTrainings(paths: paths, hasRows: data.train != nil)
    let baselines = try SuiteBaselines(paths: paths, data: data, trainings: trainings, seeds: seeds).read(keys)
    let variants = SuiteVariants(
      paths: paths, trainings: trainings, hasCalibration: data.calibration != nil, hasTraining: data.train != nil)
    let engines = try keys.require("engines", "a list of names")
    let written = try keys["variants"].map { value throws(PipelineError) in try variants.read(value) } ?? []
    try trainings.check(written, over: baselines)
    self.init(
      name: name, path: file.path, sha256: SuiteContent.sha256(root, without: ["gates", "goal"]),
      baselines: baselines, variants: written,
      engines: try engines.oneOrMore("a name") { value throws(PipelineError) in try value.text("the name of an engine")
      },
      enginesPlace: engines.place, seeds: seeds,
      measure: try keys["measure"].map { value throws(PipelineError) in try SuiteMeasure(value) } ?? SuiteMeasure(),
      gates: try keys["gates"].map { value throws(PipelineError) in
        try SuiteGates(variants: written.map(\.name)).read(value)
      } ?? [],
      goal: try keys["goal"].map { value throws(PipelineError) in try SuiteGoal(value) })
  }
}

/// The key `baseline:` or `baselines:`.
struct SuiteBaselines {
  let paths: SuitePaths
  let data: SuiteData
  let trainings: SuiteTrainings
  /// Those of the suite, for baselines that are trained and do not say it.
  let seeds: Int

  func read(_ suite: SuiteMapping) throws(PipelineError) -> [SuiteBaseline] {
    switch (suite["baseline"], suite["baselines"]) {
    case (let one?, nil):
      return [try baseline(one, named: nil)]
    case (nil, let several?):
      var baselines: [SuiteBaseline] = []
      for entry in try several.mapping("a mapping of names to models").entries {
        try checkName(entry.key, called: "the name of a baseline", at: entry.place)
        baselines.append(try baseline(entry.value, named: entry.key))
      }
      guard !baselines.isEmpty else { throw several.wrong(takes: "a mapping of names to models") }
      return baselines
    case (nil, nil):
      throw PipelineError(
        .suiteInvalid, "the suite has no baseline", at: suite.owner.place, remedy: "add baseline: { model: PATH }")
    case (let one?, let several?):
      throw PipelineError(
        .suiteInvalid, "the suite has both 'baseline' and 'baselines', in lines \(lines(one, several))",
        at: several.place, remedy: "put them all under 'baselines'")
    }
  }

  private func lines(_ one: SuiteValue, _ several: SuiteValue) -> String {
    [one, several].compactMap(\.place.line).sorted().map(String.init).joined(separator: " and ")
  }

  private func baseline(_ value: SuiteValue, named key: String?) throws(PipelineError) -> SuiteBaseline {
    let keys = try value.mapping("a mapping, like { model: PATH }")
    try keys.refuseUnknown((key == nil ? ["name"] : []) + ["model", "train", "seeds", "data"])
    let own = try data.overriding(with: keys["data"])
    let (origin, stem) = try origin(keys)
    let name = if let key { key } else if let written = keys["name"] { try written.text("a name") } else { stem }
    return SuiteBaseline(
      name: name, origin: origin, seeds: try repetitions(keys), test: own.test, calibration: own.calibration,
      train: own.train, place: value.place)
  }

  /// The model and the name it gives the baseline.
  private func origin(_ keys: SuiteMapping) throws(PipelineError) -> (SuiteBaseline.Origin, String) {
    guard let train = keys["train"] else {
      let model = try keys.require("model", "PATH")
      return (.model(try paths.path(model)), try stem(of: model))
    }
    guard keys["model"] == nil else {
      throw PipelineError(
        .suiteInvalid, "\(keys.owner.name) has both 'model' and 'train'", at: train.place,
        remedy: "to start the training from a file, write train: { model: PATH }")
    }
    let training = try trainings.read(train)
    let start = try train.mapping()["model"]
    let name: String? = if let start { try stem(of: start) } else { training.step.options["architecture"]?.description }
    return (.trained(training), name ?? "trained")
  }

  private func repetitions(_ keys: SuiteMapping) throws(PipelineError) -> Int {
    guard let written = keys["seeds"] else { return keys["train"] == nil ? 1 : seeds }
    guard keys["train"] != nil else {
      throw PipelineError(
        .suiteInvalid, "\(keys.owner.name) has seeds, but its model is a file", at: written.place,
        remedy: "seeds repeat a training: put them beside train, or at the top of the suite")
    }
    return try written.seeds()
  }

  /// The file's name without folder and extension.
  private func stem(of model: SuiteValue) throws(PipelineError) -> String {
    let text = try model.text("a path")
    let file = text.split(separator: "/").last ?? ""
    let stem = file.lastIndex(of: ".").map { $0 == file.startIndex ? file : file[..<$0] } ?? file
    guard !stem.isEmpty else { throw model.wrong(takes: "the path of a model file") }
    return String(stem)
  }
}
