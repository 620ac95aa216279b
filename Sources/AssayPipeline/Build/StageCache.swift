import AssayCore
import AssayMethods
import AssayONNX
import FoundationEssentials

/// Models in the middle of a list of steps, kept behind every step that learns.
///
/// A run that was killed in a later step does not train the earlier ones again, and variants that begin with the same steps
/// train once.
struct StageCache {
  let cache: VariantCache
  /// What the steps look at besides the steps before them.
  let key: String

  /// A model after some steps.
  struct Stage {
    var model: Model
    var reports: [StepReport]
    var forms: WeightForms
  }

  private struct Notes: Codable {
    var reports: [StepReport]
    var forms: [String: StoredForm]
    var masked: [String]
    var sha256: String
  }

  private struct StoredForm: Codable {
    var name: String
    var bytes: Data
  }

  /// The longest beginning of `steps` that is kept, and how many steps it has; nil when none is.
  func longest(_ steps: [Step]) -> (count: Int, stage: Stage)? {
    for count in stride(from: steps.count, to: 0, by: -1) where Self.isKept(steps[count - 1]) {
      if let stage = stage(steps[..<count]) { return (count, stage) }
    }
    return nil
  }

  /// Keeps a stage behind a step that learns.
  ///
  /// - Throws: what writing a model throws.
  func keep(_ stage: Stage, after steps: ArraySlice<Step>) throws {
    guard let last = steps.last, Self.isKept(last) else { return }
    let (model, notes) = paths(steps)
    try stage.model.write(to: model)
    var forms: [String: StoredForm] = [:]
    for initializer in stage.forms.names {
      guard let form = stage.forms[initializer] else { continue }
      var bytes: [UInt8] = []
      form.encode(into: &bytes)
      forms[initializer] = StoredForm(name: type(of: form).name, bytes: Data(bytes))
    }
    try AtomicJSON.write(
      Notes(
        reports: stage.reports, forms: forms, masked: stage.forms.maskedNames,
        sha256: ContentHash.sha256(file: model) ?? ""), to: notes)
  }

  /// What is damaged or of another version is as good as not there.
  private func stage(_ steps: ArraySlice<Step>) -> Stage? {
    let (path, notesPath) = paths(steps)
    guard let data = FileManager.default.contents(atPath: notesPath),
      let notes = try? JSONDecoder().decode(Notes.self, from: data), notes.sha256 == ContentHash.sha256(file: path),
      let model = try? Model(contentsOf: path)
    else { return nil }
    var forms: [String: any WeightForm] = [:]
    for (initializer, stored) in notes.forms {
      var reader = FormReader(Array(stored.bytes))
      guard let type = WeightFormCatalog.forms.first(where: { $0.name == stored.name }),
        let form = try? type.init(decoding: &reader)
      else { return nil }
      forms[initializer] = form
    }
    return Stage(
      model: model, reports: notes.reports, forms: WeightForms(forms, masked: Set(notes.masked)))
  }

  private func paths(_ steps: ArraySlice<Step>) -> (model: String, notes: String) {
    let own = ContentHash.sha256(text: ([key] + steps.map(\.description)).joined(separator: "\u{1}"))
    return (
      cache.path(kind: "stage", key: own, extension: "onnx"), cache.path(kind: "stage", key: own, extension: "json")
    )
  }

  private static func isKept(_ step: Step) -> Bool { (try? step.learns()) == true }
}
