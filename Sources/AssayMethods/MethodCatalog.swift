public import AssayCore

/// The methods Assay knows, one line each.
public enum MethodCatalog {
  /// Every method, in the order of `assay list methods`.
  public static let methods: [any Method.Type] = []

  /// Makes the method that `step` names.
  ///
  /// - Throws: `unknownMethod` with the nearest name, `unknownOption`, `badOption`; each located at the step.
  public static func method(for step: Step) throws(MethodError) -> any Method {
    guard let type = methods.first(where: { $0.description.name == step.method }) else {
      let names = methods.map { $0.description.name }
      let remedy = nearestName(to: step.method, among: names).map { "did you mean '\($0)'?" }
      throw MethodError(
        .unknownMethod, "there is no method '\(step.method)'", at: step.place,
        remedy: remedy ?? "the methods are \(names.joined(separator: ", "))")
    }
    do {
      return try type.init(try StepOptions(step, type.description.options))
    } catch {
      throw step.place.map(error.located) ?? error
    }
  }
}
