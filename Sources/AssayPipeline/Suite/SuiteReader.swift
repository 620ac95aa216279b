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
      ["suite", "baseline", "baselines", "data", "variants", "engines", "measure", "gates", "goal"])
    let name = try keys.require("suite", "a name").text("a name")
    let data = try SuiteData(try keys.require("data", "{ test: { FORMAT: PATH } }"), paths: paths)
    let baselines = try SuiteBaselines(paths: paths, data: data).read(keys)
    let variants = SuiteVariants(paths: paths, hasCalibration: data.calibration != nil)
    let engines = try keys.require("engines", "a list of names")
    let written = try keys["variants"].map { value throws(PipelineError) in try variants.read(value) } ?? []
    self.init(
      name: name, path: file.path, sha256: SuiteContent.sha256(root, without: ["gates", "goal"]),
      baselines: baselines, variants: written,
      engines: try engines.oneOrMore("a name") { value throws(PipelineError) in try value.text("the name of an engine")
      },
      enginesPlace: engines.place,
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
    try keys.refuseUnknown(
      key == nil ? ["name", "model", "data"] : ["model", "data"], future: ["train": "name a trained one: model: PATH"])
    let model = try keys.require("model", "PATH")
    let own = try data.overriding(with: keys["data"])
    let name =
      if let key { key } else if let written = keys["name"] { try written.text("a name") } else { try stem(of: model) }
    return SuiteBaseline(
      name: name,
      model: try paths.path(model), test: own.test, calibration: own.calibration, place: value.place)
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
