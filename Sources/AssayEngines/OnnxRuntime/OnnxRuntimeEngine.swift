public import AssayCore
public import AssayRuntime
import FoundationEssentials
import Glibc

/// ONNX Runtime through its C API, found with `dlopen`: CPU, and CUDA where the provider is installed.
public struct OnnxRuntimeEngine: Engine {
  /// Loads nothing yet.
  public init() {}

  /// `onnxruntime`.
  public var name: String { "onnxruntime" }
  /// What it is, where it comes from, what it reads.
  public var summary: String { "ONNX Runtime, a shared library found at run time; reads ONNX; CPU and CUDA" }

  /// Maps the library and asks for its version and providers; no environment is made and no thread started.
  public func probe() -> EngineAvailability {
    do throws(EngineError) {
      let library = try LibrarySearch.current().open()
      let identity = EngineIdentity(name: name, version: library.version, library: library.path)
      return .found(identity, devices: OrtDevices.offered(by: library))
    } catch {
      var reason = error.message
      if let place = error.place { reason = "\(place): \(reason)" }
      return .missing(reason: reason, remedy: error.remedy ?? LibrarySearch.remedy)
    }
  }

  /// Maps the library and makes its environment (about 17 ms), which the process then keeps.
  public func start() throws(EngineError) { try LibrarySearch.current().open().start() }

  /// Loads a model on the device that is asked for, or fails: nothing is placed elsewhere.
  ///
  /// - Throws: `missing` without the library or the device, `load` and `unsupported` when the model is refused, `placement`
  ///   when the device cannot take every node.
  public func open(path: String, settings: SessionSettings) throws(EngineError) -> any Session {
    let library = try LibrarySearch.current().open()
    let device = try OrtDevices.index(of: settings.device, library: library)
    guard settings.threads >= 1, settings.threads <= Int(Int32.max) else {
      throw EngineError(.input, "\(settings.threads) threads were asked for", remedy: "ask for 1 or more")
    }
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path), access(path, R_OK) == 0 else {
      throw EngineError(
        .load, "the model file is not there or cannot be read", at: Place(file: path), remedy: "check the path")
    }
    guard attributes[.type] as? FileAttributeType != .typeDirectory else {
      throw EngineError(.load, "it is a folder, not a model file", at: Place(file: path), remedy: "name the file in it")
    }
    let configuration = OrtConfiguration(path: path, settings: settings, cudaDevice: device)
    return try OnnxRuntimeSession(configuration: configuration, library: library)
  }
}

/// Devices by the names that suites use.
enum OrtDevices {
  static let cudaProvider = "CUDAExecutionProvider"

  /// `cpu`, and one `cuda:N` for each device when the provider's library and the driver are there too.
  ///
  /// A provider that is built in but lacks its own library or a driver is not offered.
  static func offered(by library: OrtLibrary) -> [String] {
    var devices = ["cpu"]
    let folder = library.path.lastIndex(of: "/").map { String(library.path[..<$0]) } ?? "."
    if library.providers.contains(cudaProvider), access(folder + "/libonnxruntime_providers_cuda.so", R_OK) == 0 {
      var index = 0
      while access("/dev/nvidia\(index)", F_OK) == 0 {
        devices.append("cuda:\(index)")
        index += 1
      }
    }
    return devices
  }

  /// The CUDA device that `name` asks for, nil for the CPU.
  static func index(of name: String, library: OrtLibrary) throws(EngineError) -> Int32? {
    let devices = offered(by: library)
    let full = name == "cuda" ? "cuda:0" : name
    guard devices.contains(full) else {
      var reason = "it offers \(devices.joined(separator: ", "))"
      if full.hasPrefix("cuda:") {
        reason =
          library.providers.contains(cudaProvider)
          ? "its CUDA provider is there, but not the provider's library or the device" : "it was built without CUDA"
      }
      throw EngineError(
        .missing, "onnxruntime has no device '\(name)': \(reason)",
        remedy: "use \(devices.joined(separator: " or ")), or set \(LibrarySearch.variable) to a build that has it")
    }
    return full == "cpu" ? nil : Int32(full.dropFirst("cuda:".count))
  }
}
