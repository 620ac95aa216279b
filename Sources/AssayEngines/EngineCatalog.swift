public import AssayRuntime

/// The engines Assay knows, one line each; the first is the default.
public enum EngineCatalog {
  /// Every engine, whether its library is here or not.
  public static let engines: [any Engine] = [
    OnnxRuntimeEngine(),
    LibTorchEngine(),
    ReferenceEngine(),
    NullEngine(),
  ]
}
