import AssayCore
import AssayONNX

enum ModelTable {
  static func text(_ model: Model, path: String) -> String { path }
}
