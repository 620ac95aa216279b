public import AssayCore
import AssayONNX

/// Runs models in plain Swift: slow and exact, the oracle that other engines are checked against.
///
/// Floating point operators compute in `Double` and round once to the element type of their output; integer operators
/// wrap as ONNX Runtime's do. The operators are those of `OperatorTable`.
public struct ReferenceEngine: Engine {
  public init() {}

  public var name: String { "reference" }
  public var summary: String { "pure Swift, slow and exact; the oracle of the tests" }

  public func probe() -> EngineAvailability {
    .found(EngineIdentity(name: name, version: "1", library: nil), devices: ["cpu"])
  }

  /// Loads the model file at `path`.
  ///
  /// - Throws: `load` for a file that is no model or a graph that contradicts itself, `unsupported` for an operator that
  ///   is not in the table, `placement` for a device other than `cpu`.
  public func open(path: String, settings: SessionSettings) throws(EngineError) -> any Session {
    guard settings.device == "cpu" else {
      throw EngineError(
        .placement, "the reference engine runs on the CPU, not on '\(settings.device)'", remedy: "use device: cpu")
    }
    let model: Model
    do {
      model = try Model(contentsOf: path)
    } catch {
      throw EngineError(.load, "cannot load the model", at: Place(file: path), cause: error)
    }
    do {
      return try ReferenceSession(model)
    } catch {
      throw error.located(at: Place(file: path))
    }
  }

  /// Every operator it has, as `Conv` or `com.microsoft:QGemm`, sorted.
  public static var operators: [String] { OperatorTable.operators.keys.sorted() }
}
