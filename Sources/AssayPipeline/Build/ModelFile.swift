public import AssayCore
import AssayONNX
import Glibc

/// Facts of a model file.
public enum ModelFile {
  /// Exact counts, with the bytes of the file and of the external data it names.
  public static func figures(_ path: String) throws -> ModelFigures {
    let model = try Model(contentsOf: path)
    return model.cost().figures(file_B: size_B(path, model))
  }

  /// Bytes of the file and of the external data beside it.
  static func size_B(_ path: String, _ model: Model) -> Int {
    var status = stat()
    let file = stat(path, &status) == 0 ? Int(status.st_size) : 0
    return file + model.graph.initializers.reduce(0) { $0 + ($1.isExternal ? $1.tensor?.bytes.count ?? 0 : 0) }
  }
}
