import AssayCore
import AssayRuntime
import COnnxRuntime

/// A buffer for the text of a failure, made once so that a timed call allocates nothing.
final class OrtMessage {
  let pointer: UnsafeMutablePointer<AssayOrtMessage>

  init() {
    let capacity = 4096
    pointer = .allocate(capacity: 1)
    let text = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
    text.initialize(repeating: 0, count: capacity)
    pointer.initialize(to: AssayOrtMessage(text: text, capacity: capacity))
  }

  var text: String { pointer.pointee.text.map { String(cString: $0) } ?? "" }

  deinit {
    pointer.pointee.text?.deallocate()
    pointer.deallocate()
  }
}

/// The loaded library; sessions and tensors keep it alive.
final class OrtLibrary {
  let pointer: OpaquePointer
  let version: String
  let path: String
  /// Execution providers built into the library.
  let providers: [String]

  init(path: String) throws(EngineError) {
    let message = OrtMessage()
    var library: OpaquePointer?
    let code = assay_ort_open(path, &library, message.pointer)
    guard code == 0, let library else { throw Self.failure(code, message.text, path: path) }
    pointer = library
    version = String(cString: assay_ort_version(library))
    self.path = assay_ort_path(library).map { String(cString: $0) } ?? path
    let names = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
      assay_ort_providers(library, buffer.baseAddress, buffer.count, nil) == 0
        ? buffer.baseAddress.map { String(cString: $0) } : nil
    }
    providers = (names ?? "").split(separator: "\n").map(String.init)
  }

  deinit { assay_ort_close(pointer) }

  /// Makes the environment that the sessions of this process share.
  func start() throws(EngineError) {
    let message = OrtMessage()
    let code = assay_ort_start(pointer, message.pointer)
    guard code == 0 else { throw Self.failure(code, message.text, path: path) }
  }

  /// A `place` marks a file that could not be loaded at all.
  private static func failure(_ code: Int32, _ text: String, path: String) -> EngineError {
    switch Int(code) {
    case Int(ASSAY_ORT_NOT_A_LIBRARY.rawValue):
      let reason = text.hasPrefix(path + ": ") ? String(text.dropFirst(path.count + 2)) : text
      return EngineError(
        .missing, "it is not a shared library that can be loaded here: \(reason)", at: Place(file: path),
        remedy: LibrarySearch.remedy)
    default:
      return EngineError(.missing, "'\(path)' is not usable as onnxruntime: \(text)", remedy: LibrarySearch.remedy)
    }
  }
}

/// One tensor of ONNX Runtime, over memory that this object keeps alive.
final class OrtTensor {
  let pointer: OpaquePointer
  let library: OrtLibrary
  private let memory: AnyObject?

  /// Takes over a tensor that the engine made.
  init(owning pointer: OpaquePointer, library: OrtLibrary) {
    self.pointer = pointer
    self.library = library
    memory = nil
  }

  /// A tensor over `data`, which `memory` keeps valid.
  init(
    _ elementType: ElementType, shape: [Int], data: UnsafeMutableRawPointer?, byteCount: Int, memory: AnyObject,
    library: OrtLibrary
  ) throws(EngineError) {
    let message = OrtMessage()
    var tensor: OpaquePointer?
    let code = assay_ort_tensor_over(
      library.pointer, elementType.rawValue, shape.map { Int64($0) }, shape.count, data, byteCount, &tensor,
      message.pointer)
    guard code == 0, let tensor else { throw OrtFailure.input(message.text) }
    pointer = tensor
    self.library = library
    self.memory = memory
  }

  /// A tensor of strings, copied.
  init(strings: [[UInt8]], shape: [Int], library: OrtLibrary) throws(EngineError) {
    let message = OrtMessage()
    var tensor: OpaquePointer?
    let joined = Array(strings.joined())
    let code = joined.withUnsafeBytes { bytes in
      assay_ort_tensor_of_strings(
        library.pointer, shape.map { Int64($0) }, shape.count, bytes.bindMemory(to: CChar.self).baseAddress,
        strings.map(\.count), strings.count, &tensor, message.pointer)
    }
    guard code == 0, let tensor else { throw OrtFailure.input(message.text) }
    pointer = tensor
    self.library = library
    memory = nil
  }

  /// A tensor over the elements of `tensor`, which are copied only when they are not aligned to 64 bytes.
  ///
  /// All inputs then begin at the start of a cache line, so that variants do not differ by where a file put theirs.
  convenience init(_ tensor: Tensor, library: OrtLibrary) throws(EngineError) {
    guard tensor.elementType != .string else {
      try self.init(strings: tensor.strings, shape: tensor.shape, library: library)
      return
    }
    let kept = Kept(tensor.bytes)
    try self.init(
      tensor.elementType, shape: tensor.shape, data: kept.start, byteCount: tensor.bytes.count, memory: kept,
      library: library)
  }

  deinit { assay_ort_tensor_close(library.pointer, pointer) }

  /// Element type and shape.
  func description() throws(EngineError) -> OrtTensorDescription {
    try OrtTensorDescription(pointer, library: library)
  }

  /// The elements where the engine put them; `owner` keeps them, and what they belong to, valid.
  func elements(owner: AnyObject) throws(EngineError) -> Tensor {
    let description = try self.description()
    guard let data = description.raw.data,
      let byteCount = description.elementType.byteCount(of: description.raw.count), byteCount > 0,
      let tensor = Tensor(
        description.elementType, shape: description.shape,
        bytes: Bytes(unsafe: UnsafeRawPointer(data), count: byteCount, owner: owner))
    else { return try copy() }
    return tensor
  }

  /// The elements, copied out.
  func copy() throws(EngineError) -> Tensor { try Self.copy(pointer, library: library) }

  /// The elements of a tensor that someone else keeps, copied out.
  static func copy(_ pointer: OpaquePointer, library: OrtLibrary) throws(EngineError) -> Tensor {
    let description = try OrtTensorDescription(pointer, library: library)
    let shape = description.shape
    let tensor: Tensor?
    if let byteCount = description.elementType.byteCount(of: description.raw.count) {
      let bytes = Bytes(count: byteCount) { target in
        guard byteCount > 0, let data = description.raw.data else { return }
        target.copyMemory(from: UnsafeRawBufferPointer(start: data, count: byteCount))
      }
      tensor = Tensor(description.elementType, shape: shape, bytes: bytes)
    } else {
      tensor = Tensor(strings: try strings(pointer, description.raw, library: library), shape: shape)
    }
    guard let tensor else { throw EngineError(.inference, "an output of shape \(shape) does not fit its own size") }
    return tensor
  }

  private static func strings(
    _ pointer: OpaquePointer, _ raw: AssayOrtTensorDescription, library: OrtLibrary
  ) throws(EngineError) -> [[UInt8]] {
    let message = OrtMessage()
    var bytes = [CChar](repeating: 0, count: max(raw.string_byte_count, 1))
    var offsets = [Int](repeating: 0, count: raw.count)
    let code = assay_ort_tensor_strings(
      library.pointer, pointer, &bytes, raw.string_byte_count, &offsets, raw.count, message.pointer)
    guard code == 0 else { throw OrtFailure.inference(code, message.text) }
    offsets.append(raw.string_byte_count)
    return (0..<raw.count).map { i in bytes[offsets[i]..<offsets[i + 1]].map { UInt8(bitPattern: $0) } }
  }
}

/// What ONNX Runtime says about one of its tensors.
struct OrtTensorDescription {
  let elementType: ElementType
  let shape: [Int]
  let raw: AssayOrtTensorDescription

  init(_ pointer: OpaquePointer, library: OrtLibrary) throws(EngineError) {
    let message = OrtMessage()
    var raw = AssayOrtTensorDescription()
    var extents = [Int64](repeating: 0, count: 64)
    let code = assay_ort_tensor_describe(library.pointer, pointer, &raw, &extents, extents.count, message.pointer)
    guard code == 0 else { throw OrtFailure.inference(code, message.text) }
    guard let elementType = ElementType(rawValue: raw.element_type), raw.rank <= extents.count else {
      throw EngineError(.unsupported, "an output is not a tensor of a type Assay knows")
    }
    self.elementType = elementType
    self.raw = raw
    shape = extents.prefix(raw.rank).map { Int($0) }
  }
}

/// Input bytes at an aligned address that does not move.
private final class Kept {
  let start: UnsafeMutableRawPointer?
  private let bytes: Bytes

  init(_ given: Bytes) {
    func address(_ bytes: Bytes) -> UnsafeRawPointer? { bytes.withUnsafeBytes { $0.baseAddress } }
    let isAligned = UInt(bitPattern: address(given)) % 64 == 0
    bytes = isAligned ? given : Bytes(count: given.count) { to in given.withUnsafeBytes { to.copyMemory(from: $0) } }
    // The address stays valid for as long as `bytes` is kept, and inputs are only read.
    start = UnsafeMutableRawPointer(mutating: address(bytes))
  }
}

/// Memory that outputs are written to, aligned to 64 bytes.
final class OutputMemory {
  let start: UnsafeMutableRawPointer

  init(byteCount: Int) {
    start = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    start.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 1))
  }

  deinit { start.deallocate() }
}
