public import AssayCore
import CTorch

/// An ATen operator, looked up once and called often.
///
///     let linear = try library.operator("aten::linear")
///     let y = try linear(.tensor(x), .tensor(weight), .tensor(bias))
///
/// Arguments are positional, in the order of `schema`; those left out at the end have its defaults. A number is taken where
/// a tensor is declared.
public final class TorchOperator: Sendable {
  /// `aten::add.Tensor`.
  public let name: String
  public let library: TorchLibrary
  // The bridge's operators never change once made.
  private nonisolated(unsafe) let pointer: OpaquePointer

  init(_ name: String, library: TorchLibrary) throws(TorchError) {
    var out: OpaquePointer?
    try attempt(name) { message in library.functions.operator_find(name, &out, message) }
    guard let out else { throw TorchError(.operator, "libtorch has no operator '\(name)'") }
    self.name = name
    self.library = library
    pointer = out
  }

  deinit { library.functions.operator_release(pointer) }

  /// The declaration: `aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`.
  public var schema: String { String(cString: library.functions.operator_schema(pointer)) }

  /// Runs it; results in order, lists of tensors one by one, numbers as tensors of rank 0.
  ///
  /// - Throws: `argument` when the arguments do not fit, `unsupported`, `memory`, `device`.
  public func call(_ arguments: [TorchValue]) throws(TorchError) -> [TorchTensor] {
    var arena = ArgumentArena()
    return try library.collecting(name) { sink, context, message in
      withUnsafeTemporaryAllocation(of: AssayTorchValue.self, capacity: max(arguments.count, 1)) { values in
        for (index, argument) in arguments.enumerated() {
          values.initializeElement(at: index, to: arena.value(of: argument))
        }
        return withExtendedLifetime(arguments) {
          functions.operator_call(pointer, values.baseAddress, arguments.count, sink, context, message)
        }
      }
    }
  }

  /// Runs an operator of one result.
  public func callAsFunction(_ arguments: TorchValue...) throws(TorchError) -> TorchTensor {
    let results = try call(arguments)
    guard let first = results.first else {
      throw TorchError(.argument, "\(name): it has no result", remedy: "use call(_:)")
    }
    return first
  }

  private var functions: AssayTorchFunctions { library.functions }
}

/// The lists of one call, in memory that stays where it is until the call is over.
private struct ArgumentArena: ~Copyable {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  mutating func value(of argument: TorchValue) -> AssayTorchValue {
    switch argument {
    case .tensor(let tensor): made(ASSAY_TORCH_TENSOR, pointer: UnsafeRawPointer(tensor.pointer))
    case .tensors(let tensors): list(ASSAY_TORCH_TENSORS, tensors.map { Optional($0.pointer) })
    case .optionalTensors(let tensors): list(ASSAY_TORCH_TENSORS, tensors.map { $0?.pointer })
    case .int(let value): made(ASSAY_TORCH_INTEGER, integer: Int64(value))
    case .ints(let values): list(ASSAY_TORCH_INTEGERS, values)
    case .double(let value): made(ASSAY_TORCH_REAL, real: value)
    case .doubles(let values): list(ASSAY_TORCH_REALS, values)
    case .bool(let value): made(ASSAY_TORCH_BOOLEAN, integer: value ? 1 : 0)
    case .bools(let values): list(ASSAY_TORCH_BOOLEANS, values)
    case .string(let value): list(ASSAY_TORCH_TEXT, Array(value.utf8))
    case .type(let type): made(ASSAY_TORCH_ELEMENT_TYPE, integer: Int64(type.rawValue))
    case .device(let device): made(ASSAY_TORCH_DEVICE_NUMBER, integer: Int64(device.number))
    case .none: made(ASSAY_TORCH_NONE)
    }
  }

  private func made(
    _ kind: AssayTorchKind, integer: Int64 = 0, real: Double = 0, pointer: UnsafeRawPointer? = nil, count: Int = 0
  ) -> AssayTorchValue {
    AssayTorchValue(kind: Int64(kind.rawValue), integer: integer, real: real, pointer: pointer, count: count)
  }

  private mutating func list<Element: BitwiseCopyable>(_ kind: AssayTorchKind, _ values: [Element]) -> AssayTorchValue {
    let byteCount = values.count * MemoryLayout<Element>.stride
    let block = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 16)
    values.withUnsafeBytes { block.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(block), byteCount: byteCount) }
    blocks.append(block)
    return made(kind, pointer: UnsafeRawPointer(block), count: values.count)
  }
}
