public import AssayCore

/// What is known of a value without running the model.
public struct InferredValue: Sendable, Hashable {
  public var elementType: ElementType?
  /// nil when not even the rank is known.
  public var shape: [Dimension]?
  /// The elements in row-major order of a small integer value that follows from constants and shapes: the operand of a
  /// Reshape, for example. An element may be a symbol or unknown. nil when nothing is known.
  public var integers: [Dimension]?
  /// The elements of a small constant of real numbers: scales of a Resize, factors in shape arithmetic.
  var numbers: [Float]?

  public init(_ elementType: ElementType? = nil, _ shape: [Dimension]? = nil, integers: [Dimension]? = nil) {
    self.elementType = elementType
    self.shape = shape
    self.integers = integers
  }

  /// The shape when every extent is fixed.
  public var fixedShape: [Int]? { shape?.fixedExtents }

  /// The integers when every one is known.
  public var fixedIntegers: [Int]? { integers?.fixedExtents }

  /// Number of elements, when every extent is fixed.
  public var count: Int? { fixedShape.flatMap(checkedProduct) }
}

/// The result of shape inference over a graph.
public struct InferredShapes: Sendable {
  /// By name of the value: inputs, initializers and what the nodes make.
  public let values: [String: InferredValue]
  /// Nodes whose operator has no rule, with its name (`domain:type` outside ONNX's own set); what depends on them is
  /// unknown too.
  public let unknownOperators: [(node: String, operatorName: String)]
  /// Where the graph contradicts itself.
  public let contradictions: [ONNXError]

  /// What is known of the value of that name; nothing for a name that is not there.
  public subscript(name: String) -> InferredValue { values[name] ?? InferredValue() }
}

extension [Dimension] {
  /// The extents when all are fixed.
  var fixedExtents: [Int]? {
    let values = compactMap(\.value)
    return values.count == count ? values : nil
  }

  /// As in error messages: `[N, 3, ?]`.
  var text: String { "[\(map(\.description).joined(separator: ", "))]" }
}

/// The product, nil when it overflows.
func checkedProduct(_ factors: [Int]) -> Int? {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return nil }
    product = next
  }
  return product
}
