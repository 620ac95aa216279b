public import AssayCore
import AssayONNX
public import AssayRuntime
import AssayTorch

/// libtorch, through the bridge that `scripts/setup` compiles: an ONNX graph run as ATen operators, on CPU and CUDA.
///
/// Operators run one after the other, as PyTorch runs them without a compiler: nothing is fused, so it shows what a model
/// costs where nobody optimizes the graph.
public struct LibTorchEngine: Engine {
  /// Loads nothing yet.
  public init() {}

  /// `libtorch`.
  public var name: String { "libtorch" }
  /// What it is, where it comes from, what it reads.
  public var summary: String {
    "libtorch, a shared library found at run time; runs ONNX as ATen operators; CPU and CUDA"
  }

  /// Loads the library (a tenth of a second or more) and asks for version and devices.
  public func probe() -> EngineAvailability {
    do throws(TorchError) {
      let library = try TorchLibrary.load()
      let identity = EngineIdentity(name: name, version: library.version, library: library.path)
      return .found(identity, devices: library.devices.map(\.description))
    } catch {
      var reason = error.message
      if let place = error.place { reason = "\(place): \(reason)" }
      return .missing(reason: reason, remedy: error.remedy ?? "run scripts/setup")
    }
  }

  /// Loads the library, which the process then keeps.
  public func start() throws(EngineError) {
    do throws(TorchError) { _ = try TorchLibrary.load() } catch { throw EngineError(error) }
  }

  /// Reads a model and prepares its operators on the device that is asked for.
  ///
  /// - Throws: `missing` without the library or the device, `load` for a file that is no model, `unsupported` with the node
  ///   for an operator that is not run here, and for what libtorch cannot be asked to do.
  public func open(path: String, settings: SessionSettings) throws(EngineError) -> any Session {
    guard settings.threads >= 1, settings.threads <= Int(Int32.max) else {
      throw EngineError(.input, "\(settings.threads) threads were asked for", remedy: "ask for 1 or more")
    }
    guard !settings.flushesDenormals else {
      throw EngineError(
        .unsupported, "libtorch does not flush denormal numbers on all of its threads",
        remedy: "leave flush-denormals off, or use onnxruntime")
    }
    let library: TorchLibrary
    let device: TorchDevice
    do throws(TorchError) {
      library = try TorchLibrary.load()
      device = try library.device(named: settings.device)
    } catch {
      throw EngineError(error)
    }
    let model: Model
    do {
      model = try Model(contentsOf: path)
    } catch {
      throw EngineError(.load, "cannot load the model", at: Place(file: path), cause: error)
    }
    do throws(TorchError) {
      library.setThreads(settings.threads)
      let graph = try TorchGraph(model, library: library, device: device)
      return LibTorchSession(graph, settings: settings)
    } catch {
      throw EngineError(error).located(at: Place(file: path))
    }
  }
}

extension EngineError {
  /// What libtorch, or the reading of a graph for it, reported.
  init(_ error: TorchError) {
    let code: EngineErrorCode =
      switch error.code {
      case .missing, .library, .device: .missing
      case .graph, .operator, .unsupported: .unsupported
      case .argument: .input
      case .memory, .failed: .inference
      }
    self.init(code, error.message, at: error.place, remedy: error.remedy, cause: error.cause)
  }
}
