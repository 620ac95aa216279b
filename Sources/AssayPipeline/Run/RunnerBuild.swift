import AssayCore
import AssayData
import AssayMeasure
import AssayMethods
import AssayRuntime
import FoundationEssentials
import Glibc

/// Building the variants of a plan.
extension Runner {
  /// Builds every variant that the record does not have yet.
  ///
  /// - Throws: what is wrong with a baseline model; what is wrong with a variant is recorded instead.
  func build(_ plan: Plan, _ record: inout RunRecord) throws {
    for baseline in plan.suite.baselines {
      let planned = plan.variants.filter { $0.baseline.name == baseline.name }
      let calibration = try calibration(of: baseline, planned)
      let builder = VariantBuilder(
        context: MethodContext(
          cpu: record.environment.cpuFeatures, calibration: calibration?.source, seed: record.settings.seed))
      for variant in planned {
        let isKnown = record.variants.contains {
          $0.baseline == baseline.name && $0.name == variant.name && isUsable($0.build)
        }
        if isKnown { continue }
        if isInterrupted() { throw PipelineError(.interrupted, "interrupted while building variants") }
        observe(.building(baseline: baseline.name, variant: variant.name))
        let built = try build(variant, builder, calibrationKey: calibration?.key ?? "")
        record.variants.removeAll { $0.baseline == baseline.name && $0.name == variant.name }
        record.variants.append(built)
        observe(.built(built))
      }
    }
  }

  private func isUsable(_ build: BuildResult) -> Bool {
    build.built.map { access($0.path, R_OK) == 0 } ?? false
  }

  private func build(
    _ variant: Plan.PlannedVariant, _ builder: VariantBuilder, calibrationKey: String
  ) throws -> VariantRecord {
    var steps: [Step] = []
    let result: BuildResult
    do {
      switch variant.origin {
      case .model(let path):
        result = .built(try builder.take(source: try path.get()))
      case .steps(let list):
        steps = list
        let built = try builder.build(
          source: try variant.baseline.model.get(), list, cache: cache, calibrationKey: calibrationKey)
        result = .built(try publish(built, variant))
      }
    } catch  where !variant.isBaseline {
      result = .failed(message: "\(error)")
    }
    return VariantRecord(baseline: variant.baseline.name, name: variant.name, steps: steps, build: result)
  }

  /// Puts a built model into the folder of the run, where the user finds it, as a link to the cached file.
  private func publish(_ built: BuiltVariant, _ variant: Plan.PlannedVariant) throws -> BuiltVariant {
    let folder = "\(store.folder)/models/\(FileName.safe(variant.baseline.name))"
    let path = "\(folder)/\(FileName.safe(variant.name)).onnx"
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    unlink(path)
    if link(built.path, path) != 0 { try files.copyItem(atPath: built.path, toPath: path) }
    // External data are found by the name inside the model, which is that of the cached file.
    let data = built.path + ".data"
    if access(data, R_OK) == 0 {
      let beside = "\(folder)/\(data.split(separator: "/").last.map(String.init) ?? "model.data")"
      unlink(beside)
      if link(data, beside) != 0 { try files.copyItem(atPath: data, toPath: beside) }
    }
    var published = built
    published.path = path
    return published
  }

  // MARK: Calibration

  private struct Calibration {
    var source: EngineActivationSource
    var key: String
  }

  /// The calibration rows of a baseline, read only when a step needs them.
  private func calibration(
    of baseline: SuiteBaseline, _ variants: [Plan.PlannedVariant]
  ) throws(PipelineError) -> Calibration? {
    guard let dataset = baseline.calibration, variants.contains(where: usesCalibration) else { return nil }
    guard let engine = engines.first(where: { if case .found = $0.probe() { $0.name != "null" } else { false } }) else {
      return nil
    }
    do {
      let description = try dataset.get()
      let rows = try description.open()
      let key =
        [String(decoding: try JSONEncoder().encode(description), as: UTF8.self)]
        + rows.files.map { ContentHash.sha256(file: $0) ?? $0 }
      return Calibration(
        source: EngineActivationSource(rows: try rows.prepare(description.preparation), engine: engine, threads: 1),
        key: ContentHash.sha256(text: key.joined(separator: "\n")))
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError(.suiteInvalid, "the calibration data of '\(baseline.name)' cannot be used", cause: error)
    }
  }

  private func usesCalibration(_ variant: Plan.PlannedVariant) -> Bool {
    guard case .steps(let steps) = variant.origin else { return false }
    return steps.contains { step in
      let use = try? MethodCatalog.calibrationUse(step)
      return use != nil && use != CalibrationUse.none
    }
  }
}

/// File names made from the names users give.
enum FileName {
  /// The name itself where a file may have it, or else one made from it, with what a file name cannot hold replaced by
  /// `_`, cut to 100 bytes, and ended by a part of its hash: different names are different files.
  static func safe(_ name: String) -> String {
    let kept = name.unicodeScalars.map { scalar -> Character in
      scalar.value < 0x20 || scalar == "/" || scalar == "\\" || scalar.value == 0x7f ? "_" : Character(scalar)
    }
    var text = String(kept)
    while text.utf8.count > 100 { text.removeLast() }
    guard text != name || text.isEmpty || text == "." || text == ".." else { return text }
    return text + "-" + ContentHash.sha256(text: name).prefix(8)
  }
}
