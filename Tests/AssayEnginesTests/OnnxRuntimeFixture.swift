import AssayCore
import AssayRuntime
import FoundationEssentials

@testable import AssayEngines

/// What the tests of this module share.
enum Fixture {
  /// Whether the library is found the way the program finds it.
  static let hasLibrary: Bool = {
    if case .found = OnnxRuntimeEngine().probe() { true } else { false }
  }()

  static let devices: [String] = {
    if case .found(_, let devices) = OnnxRuntimeEngine().probe() { devices } else { [] }
  }()

  /// The folder of larger models, named by the environment.
  static let modelFolder: String? = ProcessInfo.processInfo.environment["ASSAY_MODELS"]

  /// One of the small models kept beside these tests.
  static func model(_ name: String) -> String {
    let file = #filePath
    return String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]) + "/Models/\(name).onnx"
  }

  static func open(_ name: String, _ settings: SessionSettings = SessionSettings()) throws -> any Session {
    try OnnxRuntimeEngine().open(path: model(name), settings: settings)
  }

  /// The error `body` throws, or nil.
  static func error<T>(_ body: () throws(EngineError) -> T) -> EngineError? {
    do {
      _ = try body()
      return nil
    } catch { return error }
  }

  /// Calls `body` with a fresh folder, which is removed afterwards.
  static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.path + "/assay-test-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }
}

/// SplitMix64, for properties with a seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
