/// A dense, row-major array of one element type.
///
/// The bytes are little-endian, packed as ONNX packs `raw_data` (sub-byte types two or four to a byte, low bits first).
/// Strings are kept as values.
///
/// - Invariant: for fixed-width types `bytes.count == elementType.byteCount(of: count)`.
public struct Tensor: Sendable, Equatable {
  public let elementType: ElementType
  /// Extent of each axis; empty for a scalar.
  public let shape: [Int]
  /// The elements; empty for strings.
  public let bytes: Bytes
  /// The elements of a string tensor, each an arbitrary byte string; empty for other types.
  public let strings: [[UInt8]]

  /// Number of elements, the product of the shape.
  public var count: Int { shape.reduce(1, *) }

  /// Makes a tensor over existing bytes, or nil when their number does not fit the shape.
  public init?(_ elementType: ElementType, shape: [Int], bytes: Bytes) {
    guard let count = Self.count(shape), elementType.byteCount(of: count) == bytes.count else { return nil }
    self.init(unchecked: elementType, shape: shape, bytes: bytes)
  }

  /// Makes a tensor of strings, or nil when their number does not fit the shape.
  public init?(strings: [[UInt8]], shape: [Int]) {
    guard Self.count(shape) == strings.count else { return nil }
    self.elementType = .string
    self.shape = shape
    self.bytes = Bytes(copying: [UInt8]())
    self.strings = strings
  }

  /// The product of the shape; nil for a negative extent or a product that no memory could hold.
  private static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      // The widest element has 128 bits.
      guard extent >= 0, !overflow, product <= Int.max / 128 else { return nil }
      count = product
    }
    return count
  }

  private init(unchecked elementType: ElementType, shape: [Int], bytes: Bytes) {
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
    self.strings = []
  }

  /// Makes a tensor from Swift values.
  ///
  /// - Precondition: `values.count` is the product of `shape`.
  public init<Element: TensorElement>(_ values: [Element], shape: [Int]) {
    precondition(shape.reduce(1, *) == values.count, "\(values.count) values do not fill shape \(shape)")
    self.init(unchecked: Element.elementType, shape: shape, bytes: Bytes(copying: values))
  }

  /// Makes a one-element tensor of rank 0.
  public init<Element: TensorElement>(scalar value: Element) {
    self.init([value], shape: [])
  }

  /// The same elements under another shape.
  ///
  /// - Precondition: the shapes have the same number of elements.
  public func reshaped(_ newShape: [Int]) -> Tensor {
    precondition(newShape.reduce(1, *) == count)
    guard elementType != .string else { return Tensor(strings: strings, shape: newShape) ?? self }
    return Tensor(unchecked: elementType, shape: newShape, bytes: bytes)
  }

  /// Calls `body` with the elements in place (copied only when the memory is misaligned).
  ///
  /// - Precondition: `Element` is the Swift type of `elementType`.
  public func withElements<Element: TensorElement, R, E: Error>(
    _ type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws(E) -> R
  ) throws(E) -> R {
    precondition(Element.elementType == elementType, "tensor holds \(elementType), not \(Element.elementType)")
    return try bytes.withElements(as: Element.self, body)
  }

  /// The elements as an array.
  ///
  /// - Precondition: `Element` is the Swift type of `elementType`.
  public func elements<Element: TensorElement>(_ type: Element.Type) -> [Element] {
    withElements(type) { Array($0) }
  }
}

/// A Swift type that is the in-memory form of one ONNX element type.
public protocol TensorElement: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
}

extension Float: TensorElement { public static var elementType: ElementType { .float } }
extension Double: TensorElement { public static var elementType: ElementType { .double } }
extension Int8: TensorElement { public static var elementType: ElementType { .int8 } }
extension Int16: TensorElement { public static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension UInt16: TensorElement { public static var elementType: ElementType { .uint16 } }
extension UInt32: TensorElement { public static var elementType: ElementType { .uint32 } }
extension UInt64: TensorElement { public static var elementType: ElementType { .uint64 } }
extension Bool: TensorElement { public static var elementType: ElementType { .bool } }

/// Name, element type and shape of a model's input or output.
public struct TensorDescription: Sendable, Hashable {
  public var name: String
  public var elementType: ElementType
  /// The axes: a fixed extent, a name that a caller may choose a value for, or nothing known.
  public var shape: [Dimension]

  public init(name: String, elementType: ElementType, shape: [Dimension]) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
  }
}

/// The extent of one axis, as far as it is known before a run.
public enum Dimension: Sendable, Hashable {
  case fixed(Int)
  /// Equal symbols are equal extents.
  case symbolic(String)
  case unknown

  /// The extent where it is fixed.
  public var value: Int? {
    if case .fixed(let value) = self { value } else { nil }
  }
}

extension Dimension: CustomStringConvertible {
  /// `28`, `N` or `?`.
  public var description: String {
    switch self {
    case .fixed(let value): "\(value)"
    case .symbolic(let name): name
    case .unknown: "?"
    }
  }
}
