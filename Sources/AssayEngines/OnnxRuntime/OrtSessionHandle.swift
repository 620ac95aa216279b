import AssayCore
import AssayRuntime
import COnnxRuntime
import Glibc

/// Everything a session is opened with.
struct OrtConfiguration {
  var path: String
  var settings: SessionSettings
  var cudaDevice: Int32?
  /// Where the profile's name begins; nil for no profile.
  var profilePrefix: String?
  /// Further session options by ONNX Runtime's own keys.
  var extra: [String: String] = [:]

  static let disabledOptimizers = "optimization.disable_specified_optimizers"

  /// Session options by ONNX Runtime's own keys; what is not named keeps the engine's default (memory arena and memory
  /// pattern among it, because that is what a deployed model runs with).
  var entries: [String: String] {
    var entries: [String: String] = [:]
    // By default pool threads spin for 16 to 38 ms after an inference and so take the core from whichever variant of a
    // group has its turn next; without spinning a second thread brings nothing (resnet8: 141 µs, one thread 137 µs).
    // Spinning for 200 µs keeps the full speed (78 µs) and ends soon enough. Figures: Benchmarks/bare-c/README.md.
    if settings.threads > 1 { entries["session.intra_op.spin_duration_us"] = "200" }
    if settings.flushesDenormals { entries["session.set_denormal_as_zero"] = "1" }
    // What was asked for is what runs: work that CUDA cannot take fails the session instead of moving to the CPU.
    if cudaDevice != nil { entries["session.disable_cpu_ep_fallback"] = "1" }
    // 1.31 fuses a convolution with the sum behind it although its result is an output, which is then missing
    // (blocks with more than 16 channels that are no multiple of 4).
    if settings.showsInnerValues { entries[Self.disabledOptimizers] = "ConvAddActivationFusion" }
    return entries.merging(extra) { _, new in new }
  }
}

/// One session of ONNX Runtime and what it says about the model.
final class OrtSession {
  let pointer: OpaquePointer
  let library: OrtLibrary
  let inputs: [TensorDescription]
  let outputs: [TensorDescription]
  /// Where a timed call leaves the text of its failure.
  let message = OrtMessage()

  init(_ configuration: OrtConfiguration, library: OrtLibrary) throws(EngineError) {
    let message = OrtMessage()
    let entries = configuration.entries.sorted { $0.key < $1.key }
    let keys = CStrings(entries.map(\.key))
    let values = CStrings(entries.map(\.value))
    let texts = CStrings([configuration.path, configuration.settings.optimizedModelPath, configuration.profilePrefix])
    var settings = AssayOrtSettings()
    settings.model_path = texts.pointer[0]
    settings.optimized_model_path = texts.pointer[1]
    settings.profile_prefix = texts.pointer[2]
    settings.threads = Int32(clamping: configuration.settings.threads)
    settings.optimization_level = configuration.settings.optimizesGraph ? 99 : 0
    settings.flushes_denormals = configuration.settings.flushesDenormals ? 1 : 0
    settings.cuda_device = configuration.cudaDevice ?? -1
    settings.config_keys = UnsafePointer(keys.pointer)
    settings.config_values = UnsafePointer(values.pointer)
    settings.config_count = entries.count
    var session: OpaquePointer?
    let code = withExtendedLifetime((keys, values, texts)) {
      assay_ort_session_open(library.pointer, &settings, &session, message.pointer)
    }
    guard code == 0, let session else {
      throw Self.failure(code, message.text, configuration)
    }
    pointer = session
    self.library = library
    do throws(EngineError) {
      inputs = try Self.descriptions(of: session, ASSAY_ORT_INPUTS)
      outputs = try Self.descriptions(of: session, ASSAY_ORT_OUTPUTS)
    } catch {
      assay_ort_session_close(session)
      throw error.located(at: Place(file: configuration.path))
    }
  }

  deinit { assay_ort_session_close(pointer) }

  /// Runs once on `inputs`; outputs are the engine's own.
  ///
  /// Several threads may call it at once: each has a buffer of its own for the text of a failure.
  func run(_ inputs: [OrtTensor]) throws(EngineError) -> [OrtTensor] {
    let message = OrtMessage()
    let pointers = inputs.map { Optional($0.pointer) }
    var results = [OpaquePointer?](repeating: nil, count: outputs.count)
    let code = assay_ort_run(pointer, pointers, &results, message.pointer)
    withExtendedLifetime(inputs) {}
    let owned = results.compactMap { $0.map { OrtTensor(owning: $0, library: library) } }
    guard code == 0 else { throw OrtFailure.inference(code, message.text) }
    guard owned.count == outputs.count else { throw EngineError(.inference, "onnxruntime left out an output") }
    return owned
  }

  /// Ends profiling and gives the path of the profile.
  func endProfile() throws(EngineError) -> String {
    var path = [CChar](repeating: 0, count: 4096)
    let code = assay_ort_profile_end(pointer, &path, path.count, message.pointer)
    guard code == 0 else { throw OrtFailure.inference(code, message.text) }
    return path.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }

  private static func failure(_ code: Int32, _ text: String, _ configuration: OrtConfiguration) -> EngineError {
    guard configuration.cudaDevice != nil else { return OrtFailure.load(code, text, path: configuration.path) }
    if text.contains("fallback to CPU EP has been explicitly disabled") {
      return EngineError(
        .placement, "onnxruntime would run some nodes on the CPU, not on \(configuration.settings.device)",
        at: Place(file: configuration.path), remedy: "measure it on cpu, or change the operators CUDA does not have")
    }
    if text.contains("CUDA") || text.contains("providers_cuda") {
      return EngineError(
        .missing, "device '\(configuration.settings.device)' cannot be used: \(OrtFailure.cleaned(text))",
        remedy: "install the CUDA and cuDNN libraries this onnxruntime was built for, or use cpu")
    }
    return OrtFailure.load(code, text, path: configuration.path)
  }

  private static func descriptions(
    of session: OpaquePointer, _ side: AssayOrtSide
  ) throws(EngineError) -> [TensorDescription] {
    var result: [TensorDescription] = []
    for index in 0..<assay_ort_session_count(session, side) {
      let raw = assay_ort_session_description(session, side, index)
      let name = raw.name.map { String(cString: $0) } ?? ""
      // Numbers above 23 mean different types in ONNX and in ONNX Runtime.
      guard raw.element_type != 0, raw.element_type <= 23, let type = ElementType(rawValue: raw.element_type) else {
        let kind = side == ASSAY_ORT_INPUTS ? "input" : "output"
        throw EngineError(
          .unsupported, "\(kind) '\(name)' is not a tensor of a type Assay knows", remedy: "cut the model before it")
      }
      let shape = (0..<raw.rank).map { axis -> Dimension in
        let extent = raw.shape[axis]
        if extent >= 0 { return .fixed(Int(extent)) }
        let symbol = raw.symbols[axis].map { String(cString: $0) } ?? ""
        return symbol.isEmpty ? .unknown : .symbolic(symbol)
      }
      result.append(TensorDescription(name: name, elementType: type, shape: shape))
    }
    return result
  }
}

/// Inputs and outputs bound in place.
final class OrtBinding {
  let pointer: OpaquePointer
  private let library: OrtLibrary
  private let tensors: [OrtTensor]

  init(inputs: [OrtTensor], outputs: [OrtTensor], session: OrtSession) throws(EngineError) {
    var binding: OpaquePointer?
    let code = assay_ort_binding_open(
      session.pointer, inputs.map { $0.pointer }, outputs.map { $0.pointer }, &binding, session.message.pointer)
    guard code == 0, let binding else { throw OrtFailure.input(session.message.text) }
    pointer = binding
    library = session.library
    tensors = inputs + outputs
  }

  deinit { assay_ort_binding_close(library.pointer, pointer) }
}

/// NUL-terminated copies of strings, nil kept as NULL.
private final class CStrings {
  let pointer: UnsafeMutablePointer<UnsafePointer<CChar>?>
  private let count: Int

  init(_ strings: [String?]) {
    count = strings.count
    pointer = .allocate(capacity: max(count, 1))
    for (index, string) in strings.enumerated() {
      (pointer + index).initialize(to: string.map { UnsafePointer(strdup($0)) })
    }
  }

  deinit {
    for index in 0..<count { free(UnsafeMutablePointer(mutating: pointer[index])) }
    pointer.deallocate()
  }
}
