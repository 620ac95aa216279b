public import AssayCore
public import AssayMethods
import AssayONNX
import Glibc

/// Facts of a model file.
public enum ModelFile {
  /// Exact counts, with the bytes of the file and of the external data it names.
  ///
  /// - Parameter forms: How its weights are stored in the packed file; those without a form as they are.
  public static func figures(_ path: String, forms: WeightForms = WeightForms()) throws -> ModelFigures {
    let model = try Model(contentsOf: path)
    var figures = model.cost().figures(file_B: size_B(path, model))
    figures.packed = forms.packedFigures(of: model, file_B: figures.file_B)
    return figures
  }

  /// Bytes of the file and of the external data beside it.
  static func size_B(_ path: String, _ model: Model) -> Int {
    var status = stat()
    let file = stat(path, &status) == 0 ? Int(status.st_size) : 0
    return file + model.graph.initializers.reduce(0) { $0 + ($1.isExternal ? $1.tensor?.bytes.count ?? 0 : 0) }
  }
}
