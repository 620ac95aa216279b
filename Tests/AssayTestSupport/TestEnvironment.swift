import FoundationEssentials

/// Where tests find what is not in the repository; each is nil when it is not there, and its tests are then skipped.
///
/// Use as `@Test(.enabled(if: TestEnvironment.models != nil, TestEnvironment.modelsAreMissing))`.
public enum TestEnvironment {
  /// The folder of data sets, from the environment variable `ASSAY_DATA`.
  public static let data = folder(named: "ASSAY_DATA")
  /// The folder of models that may not be copied, from the environment variable `ASSAY_MODELS`.
  public static let models = folder(named: "ASSAY_MODELS")
  /// The ONNX project's own test models, with folders `node`, `simple` and `real`: from the environment variable
  /// `ASSAY_ONNX_TESTS`, or where Debian's package libonnx-testdata puts them.
  public static let onnxTests = folder(named: "ASSAY_ONNX_TESTS", otherwise: "/usr/share/libonnx-testdata/data")

  public static let dataAreMissing = "ASSAY_DATA does not name a folder of data sets"
  public static let modelsAreMissing = "ASSAY_MODELS does not name a folder of models"
  public static let onnxTestsAreMissing = "neither ASSAY_ONNX_TESTS nor the package libonnx-testdata is there"

  /// The path of a model in `models`, when both are there.
  public static func model(_ name: String) -> String? { existing(name, in: models) }

  /// The path of a file in `data`, when both are there: `mnist/t10k-images-idx3-ubyte.gz`.
  public static func dataFile(_ name: String) -> String? { existing(name, in: data) }

  /// Every file under `folder` with that suffix, sorted by path.
  public static func files(under folder: String, suffix: String) -> [String] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return paths.filter { $0.hasSuffix(suffix) }.sorted().map { "\(folder)/\($0)" }
  }

  private static func folder(named variable: String, otherwise fallback: String? = nil) -> String? {
    guard let path = ProcessInfo.processInfo.environment[variable] ?? fallback else { return nil }
    return isFolder(path) ? path : nil
  }

  private static func isFolder(_ path: String) -> Bool {
    var isDirectory = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
  }

  private static func existing(_ name: String, in folder: String?) -> String? {
    guard let folder, FileManager.default.fileExists(atPath: "\(folder)/\(name)") else { return nil }
    return "\(folder)/\(name)"
  }
}

/// Calls `body` with a new empty folder, which is removed afterwards.
public func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.path + "/assay-test-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}
