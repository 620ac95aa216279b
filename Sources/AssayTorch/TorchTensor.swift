public import AssayCore
import CTorch

/// A handle of one libtorch tensor, given back when the object is.
///
/// Several handles may share elements (views, `detached`), and elements can change in place; a tensor therefore belongs to
/// one thread or task at a time and is not `Sendable`.
public final class TorchTensor {
  let pointer: OpaquePointer
  /// The library it belongs to.
  public let library: TorchLibrary

  /// Takes over a handle that the bridge made.
  init(owning pointer: OpaquePointer, library: TorchLibrary) {
    self.pointer = pointer
    self.library = library
    library.count(1)
  }

  deinit {
    library.functions.tensor_release(pointer)
    library.count(-1)
  }

  /// Copies a tensor to `device`.
  ///
  /// - Throws: `unsupported` for strings and types libtorch does not have, `device`, `memory`.
  public convenience init(
    _ tensor: Tensor, on device: TorchDevice = .cpu, library: TorchLibrary
  ) throws(TorchError) {
    guard tensor.elementType != .string else {
      throw TorchError(.unsupported, "libtorch has no tensors of strings")
    }
    var out: OpaquePointer?
    try attempt("a tensor of \(tensor.elementType) \(tensor.shape)") { message in
      tensor.bytes.withUnsafeBytes { bytes in
        library.functions.tensor_make(
          tensor.elementType.rawValue, tensor.shape.map { Int64($0) }, tensor.shape.count, bytes.baseAddress,
          bytes.count, device.number, &out, message)
      }
    }
    try self.init(out, library)
  }

  /// Makes a tensor of zeros.
  ///
  /// - Throws: `argument` for a negative extent, `unsupported`, `device`, `memory`.
  public convenience init(
    zeros shape: [Int], type: ElementType = .float, on device: TorchDevice = .cpu, library: TorchLibrary
  ) throws(TorchError) {
    var out: OpaquePointer?
    try attempt("a tensor of \(type) \(shape)") { message in
      library.functions.tensor_make(
        type.rawValue, shape.map { Int64($0) }, shape.count, nil, 0, device.number, &out, message)
    }
    try self.init(out, library)
  }

  /// A tensor on the CPU over the memory of `tensor`, which is not copied where it is aligned to 64 bytes.
  ///
  /// For what is only read: nothing may change it in place.
  public convenience init(viewing tensor: Tensor, library: TorchLibrary) throws(TorchError) {
    let address = tensor.bytes.withUnsafeBytes { $0.baseAddress }
    guard tensor.elementType != .string, let address, tensor.count > 0, UInt(bitPattern: address) % 64 == 0 else {
      try self.init(tensor, library: library)
      return
    }
    let owner = Unmanaged.passRetained(KeptBytes(tensor.bytes))
    var out: OpaquePointer?
    try attempt("a tensor of \(tensor.elementType) \(tensor.shape)") { message in
      library.functions.tensor_over(
        tensor.elementType.rawValue, tensor.shape.map { Int64($0) }, tensor.shape.count,
        UnsafeMutableRawPointer(mutating: address), tensor.bytes.count,
        { context in if let context { Unmanaged<KeptBytes>.fromOpaque(context).release() } }, owner.toOpaque(), &out,
        message)
    }
    try self.init(out, library)
  }

  private convenience init(_ pointer: OpaquePointer?, _ library: TorchLibrary) throws(TorchError) {
    guard let pointer else { throw TorchError(.failed, "libtorch made no tensor and named no reason") }
    self.init(owning: pointer, library: library)
  }

  /// One result of a call that gives a tensor back.
  func made(
    _ what: @autoclosure () -> String,
    _ body: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<AssayTorchMessage>) -> Int32
  ) throws(TorchError) -> TorchTensor? {
    var out: OpaquePointer?
    try attempt(what()) { message in body(&out, message) }
    return out.map { TorchTensor(owning: $0, library: library) }
  }
}

/// Bytes that a tensor of libtorch looks at.
private final class KeptBytes {
  let bytes: Bytes
  init(_ bytes: Bytes) { self.bytes = bytes }
}

// MARK: - What it is

extension TorchTensor {
  private var about: AssayTorchDescription { library.functions.tensor_describe(pointer) }

  /// Extent of each axis; empty for a scalar.
  public var shape: [Int] {
    let rank = about.rank
    return withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(rank, 1)) { extents in
      guard let start = extents.baseAddress else { return [] }
      library.functions.tensor_shape(pointer, start, rank)
      return extents.prefix(rank).map { Int($0) }
    }
  }

  /// Number of axes.
  public var rank: Int { about.rank }
  /// Number of elements.
  public var count: Int { about.count }
  /// nil where ONNX has no such type.
  public var elementType: ElementType? { ElementType(rawValue: about.element_type) }
  public var device: TorchDevice { TorchDevice(number: about.device) }
  /// Whether there is a tensor at all: operators return undefined ones for results that were not asked for.
  public var isDefined: Bool { about.is_defined != 0 }
}

// MARK: - Elements

extension TorchTensor {
  /// The elements, copied to the host.
  ///
  /// - Throws: `unsupported` for an element type ONNX does not have, `device`.
  public func values() throws(TorchError) -> Tensor {
    let shape = shape
    guard let elementType, let byteCount = elementType.byteCount(of: count) else {
      throw TorchError(.unsupported, "a tensor of a type that ONNX does not have cannot be read")
    }
    let bytes = try Bytes(count: byteCount) { target throws(TorchError) in try read(into: target) }
    guard let tensor = Tensor(elementType, shape: shape, bytes: bytes) else {
      throw TorchError(.failed, "a tensor of shape \(shape) does not fit its own size")
    }
    return tensor
  }

  /// Copies the elements, row-major, to `target`, which must have exactly their size.
  public func read(into target: UnsafeMutableRawBufferPointer) throws(TorchError) {
    try attempt("reading a tensor") { message in
      library.functions.tensor_read(pointer, target.baseAddress, target.count, message)
    }
  }

  /// Overwrites the elements in place with those of `tensor`, which has the same type and number of elements.
  public func write(_ tensor: Tensor) throws(TorchError) {
    guard tensor.elementType == elementType else {
      throw TorchError(.argument, "a tensor cannot take elements of type \(tensor.elementType)")
    }
    try attempt("writing a tensor") { message in
      tensor.bytes.withUnsafeBytes { library.functions.tensor_write(pointer, $0.baseAddress, $0.count, message) }
    }
  }

  /// The one element as a number.
  ///
  /// - Throws: `argument` when there is not exactly one.
  public func number() throws(TorchError) -> Double {
    var result = 0.0
    try attempt("reading a number") { message in library.functions.tensor_number(pointer, &result, message) }
    return result
  }

  /// The tensor on `device`: itself where it is there already.
  public func moved(to device: TorchDevice) throws(TorchError) -> TorchTensor {
    try made("moving a tensor to \(device)") { out, message in
      library.functions.tensor_to(pointer, device.number, out, message)
    } ?? self
  }

  /// Sets every element to zero, in place.
  public func zero() throws(TorchError) { _ = try library.call("aten::zero_", .tensor(self)) }
}
