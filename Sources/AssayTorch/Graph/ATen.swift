import AssayCore

/// The ATen operators that lowerings share, looked up once for a graph, with arguments by name.
///
/// Lowerings look up what only they need themselves (`NodePlan.operation`).
final class ATen {
  let library: TorchLibrary
  private let addOperator, subOperator, mulOperator, divOperator, divModeOperator, powOperator: TorchOperator
  private let maximumOperator, minimumOperator, whereOperator, clampOperator, toOperator, negOperator: TorchOperator
  private let lessOperator, equalOperator, sumOperator, meanOperator, roundOperator, sqrtOperator: TorchOperator
  private let reshapeOperator, permuteOperator, narrowOperator, sliceOperator, flipOperator, catOperator: TorchOperator
  private let expandOperator, indexSelectOperator, padOperator, matmulOperator, contiguousOperator: TorchOperator
  private let transposeOperator, cloneOperator: TorchOperator

  init(_ library: TorchLibrary) throws(TorchError) {
    self.library = library
    addOperator = try library.operator("aten::add.Tensor")
    subOperator = try library.operator("aten::sub.Tensor")
    mulOperator = try library.operator("aten::mul.Tensor")
    divOperator = try library.operator("aten::div.Tensor")
    divModeOperator = try library.operator("aten::div.Tensor_mode")
    powOperator = try library.operator("aten::pow.Tensor_Scalar")
    maximumOperator = try library.operator("aten::maximum")
    minimumOperator = try library.operator("aten::minimum")
    whereOperator = try library.operator("aten::where.self")
    clampOperator = try library.operator("aten::clamp")
    toOperator = try library.operator("aten::to.dtype")
    negOperator = try library.operator("aten::neg")
    lessOperator = try library.operator("aten::lt.Scalar")
    equalOperator = try library.operator("aten::eq.Scalar")
    sumOperator = try library.operator("aten::sum.dim_IntList")
    meanOperator = try library.operator("aten::mean.dim")
    roundOperator = try library.operator("aten::round")
    sqrtOperator = try library.operator("aten::sqrt")
    reshapeOperator = try library.operator("aten::reshape")
    permuteOperator = try library.operator("aten::permute")
    narrowOperator = try library.operator("aten::narrow")
    sliceOperator = try library.operator("aten::slice.Tensor")
    flipOperator = try library.operator("aten::flip")
    catOperator = try library.operator("aten::cat")
    expandOperator = try library.operator("aten::expand")
    indexSelectOperator = try library.operator("aten::index_select")
    padOperator = try library.operator("aten::constant_pad_nd")
    matmulOperator = try library.operator("aten::matmul")
    contiguousOperator = try library.operator("aten::contiguous")
    transposeOperator = try library.operator("aten::transpose.int")
    cloneOperator = try library.operator("aten::clone")
  }

  // MARK: Arithmetic; an operand may be a number

  func add(_ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try addOperator(.tensor(a), .tensor(b))
  }
  func add(_ a: TorchTensor, _ number: Double) throws(TorchError) -> TorchTensor {
    try addOperator(.tensor(a), .double(number))
  }
  func subtract(_ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try subOperator(.tensor(a), .tensor(b))
  }
  func multiply(_ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try mulOperator(.tensor(a), .tensor(b))
  }
  func multiply(_ a: TorchTensor, _ number: Double) throws(TorchError) -> TorchTensor {
    try mulOperator(.tensor(a), .double(number))
  }
  /// Integers stay integers.
  func multiply(_ a: TorchTensor, integer: Int) throws(TorchError) -> TorchTensor {
    try mulOperator(.tensor(a), .int(integer))
  }
  func add(_ a: TorchTensor, integer: Int) throws(TorchError) -> TorchTensor {
    try addOperator(.tensor(a), .int(integer))
  }
  func divide(_ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try divOperator(.tensor(a), .tensor(b))
  }
  /// Towards zero, as integers are divided.
  func divideTruncating(_ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try divModeOperator(.tensor(a), .tensor(b), "trunc")
  }
  func power(_ a: TorchTensor, _ exponent: Double) throws(TorchError) -> TorchTensor {
    try powOperator(.tensor(a), .double(exponent))
  }
  func negate(_ a: TorchTensor) throws(TorchError) -> TorchTensor { try negOperator(.tensor(a)) }
  func squareRoot(_ a: TorchTensor) throws(TorchError) -> TorchTensor { try sqrtOperator(.tensor(a)) }
  /// Ties to even.
  func round(_ a: TorchTensor) throws(TorchError) -> TorchTensor { try roundOperator(.tensor(a)) }
  func maximum(_ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try maximumOperator(.tensor(a), .tensor(b))
  }
  func minimum(_ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try minimumOperator(.tensor(a), .tensor(b))
  }
  func clamp(_ a: TorchTensor, _ low: Double?, _ high: Double?) throws(TorchError) -> TorchTensor {
    try clampOperator(.tensor(a), low.map { .double($0) } ?? .none, high.map { .double($0) } ?? .none)
  }
  func isLess(_ a: TorchTensor, than number: Int) throws(TorchError) -> TorchTensor {
    try lessOperator(.tensor(a), .int(number))
  }
  func isEqual(_ a: TorchTensor, to number: Int) throws(TorchError) -> TorchTensor {
    try equalOperator(.tensor(a), .int(number))
  }
  func choose(_ condition: TorchTensor, _ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try whereOperator(.tensor(condition), .tensor(a), .tensor(b))
  }
  func cast(_ a: TorchTensor, to type: ElementType) throws(TorchError) -> TorchTensor {
    a.elementType == type ? a : try toOperator(.tensor(a), .type(type))
  }

  // MARK: Reductions and products

  func sum(_ a: TorchTensor, _ axes: [Int], keep: Bool) throws(TorchError) -> TorchTensor {
    try sumOperator(.tensor(a), .ints(axes), .bool(keep))
  }
  func mean(_ a: TorchTensor, _ axes: [Int], keep: Bool) throws(TorchError) -> TorchTensor {
    try meanOperator(.tensor(a), .ints(axes), .bool(keep))
  }
  func matmul(_ a: TorchTensor, _ b: TorchTensor) throws(TorchError) -> TorchTensor {
    try matmulOperator(.tensor(a), .tensor(b))
  }

  // MARK: Shapes

  func reshape(_ a: TorchTensor, _ shape: [Int]) throws(TorchError) -> TorchTensor {
    try reshapeOperator(.tensor(a), .ints(shape))
  }
  func permute(_ a: TorchTensor, _ axes: [Int]) throws(TorchError) -> TorchTensor {
    try permuteOperator(.tensor(a), .ints(axes))
  }
  /// With two axes exchanged.
  func transpose(_ a: TorchTensor, _ first: Int, _ second: Int) throws(TorchError) -> TorchTensor {
    try transposeOperator(.tensor(a), .int(first), .int(second))
  }
  func narrow(_ a: TorchTensor, axis: Int, from start: Int, count: Int) throws(TorchError) -> TorchTensor {
    try narrowOperator(.tensor(a), .int(axis), .int(start), .int(count))
  }
  func slice(_ a: TorchTensor, axis: Int, from start: Int, to end: Int, step: Int) throws(TorchError) -> TorchTensor {
    try sliceOperator(.tensor(a), .int(axis), .int(start), .int(end), .int(step))
  }
  func flip(_ a: TorchTensor, axis: Int) throws(TorchError) -> TorchTensor {
    try flipOperator(.tensor(a), .ints([axis]))
  }
  func join(_ parts: [TorchTensor], axis: Int) throws(TorchError) -> TorchTensor {
    try catOperator(.tensors(parts), .int(axis))
  }
  func expand(_ a: TorchTensor, _ shape: [Int]) throws(TorchError) -> TorchTensor {
    try expandOperator(.tensor(a), .ints(shape))
  }
  /// Negative pads cut off; `before` and `after` name every axis.
  func pad(
    _ a: TorchTensor, before: [Int], after: [Int], with value: TorchValue = .int(0)
  ) throws(TorchError) -> TorchTensor {
    // ATen counts axes from the last.
    let pads = zip(before, after).reversed().flatMap { [$0, $1] }
    return try padOperator(.tensor(a), .ints(pads), value)
  }
  func select(_ a: TorchTensor, axis: Int, _ indices: TorchTensor) throws(TorchError) -> TorchTensor {
    try indexSelectOperator(.tensor(a), .int(axis), .tensor(indices))
  }
  /// The same elements in row-major order, themselves where they lie so.
  func contiguous(_ a: TorchTensor) throws(TorchError) -> TorchTensor { try contiguousOperator(.tensor(a)) }
  func copy(_ a: TorchTensor) throws(TorchError) -> TorchTensor { try cloneOperator(.tensor(a)) }

  // MARK: From the host

  /// 64-bit integers on `device`.
  func integers(_ values: [Int], shape: [Int]? = nil, on device: TorchDevice) throws(TorchError) -> TorchTensor {
    try TorchTensor(
      Tensor(values.map { Int64($0) }, shape: shape ?? [values.count]), on: device, library: library)
  }
}
