import AssayCore

/// Row-major strides, in elements.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  return strides
}

/// For every element of a grid, the sum of one offset per axis; -1 where one of them is negative (outside the source).
///
/// All movement of elements (transposing, slicing, padding, gathering, repeating ...) is such a grid of source positions.
func gridPositions(_ offsets: [[Int]]) -> [Int] {
  let count = offsets.reduce(1) { $0 * $1.count }
  return [Int](unsafeUninitializedCapacity: count) { positions, initialized in
    initialized = count
    guard count > 0 else { return }
    positions.initialize(repeating: 0)
    var size = 1
    // From the innermost axis outwards: the block so far is repeated once per offset, the first copy last, in place.
    for axis in offsets.reversed() {
      for step in axis.indices.reversed() {
        let offset = axis[step]
        let target = step * size
        var index = 0
        while index < size {
          let inner = positions[index]
          positions[target + index] = offset < 0 || inner < 0 ? -1 : inner + offset
          index += 1
        }
      }
      size *= axis.count
    }
  }
}

extension OperatorCall {
  /// A tensor made of the elements of `tensor` at `positions`; -1 takes `fill`, or zero.
  ///
  /// - Precondition: every position is -1 or below `tensor.count`, and there are as many as `shape` has elements.
  func picking(_ tensor: Tensor, _ positions: [Int], shape: [Int], fill: Tensor? = nil) throws(EngineError) -> Tensor {
    if let fill, fill.elementType != tensor.elementType || fill.count != 1 {
      throw failure("the fill value is \(fill.elementType) of shape \(fill.shape) in a tensor of \(tensor.elementType)")
    }
    switch tensor.elementType.bitWidth {
    case nil:
      let filler = fill?.strings.first ?? []
      guard let result = Tensor(strings: positions.map { $0 < 0 ? filler : tensor.strings[$0] }, shape: shape) else {
        throw failure("\(positions.count) strings do not fill shape \(shape)")
      }
      return result
    case 2?, 4?:
      let width = tensor.elementType.bitWidth ?? 4
      let source = unpacked(tensor, width: width)
      let filler = fill.map { unpacked($0, width: width)[0] } ?? 0
      let bytes = packed(positions.map { $0 < 0 ? filler : source[$0] }, width: width)
      return try self.tensor(tensor.elementType, shape: shape, bytes: bytes)
    case 8?: return try pick(UInt8.self, 0, tensor, positions, shape, fill)
    case 16?: return try pick(UInt16.self, 0, tensor, positions, shape, fill)
    case 32?: return try pick(UInt32.self, 0, tensor, positions, shape, fill)
    case 64?: return try pick(UInt64.self, 0, tensor, positions, shape, fill)
    default: return try pick(SIMD2<UInt64>.self, .zero, tensor, positions, shape, fill)
    }
  }

  private func pick<Cell: BitwiseCopyable>(
    _: Cell.Type, _ zero: Cell, _ tensor: Tensor, _ positions: [Int], _ shape: [Int], _ fill: Tensor?
  ) throws(EngineError) -> Tensor {
    let filler = fill.map { $0.bytes.withElements(as: Cell.self) { $0[0] } } ?? zero
    let cells = tensor.bytes.withElements(as: Cell.self) { source in
      [Cell](unsafeUninitializedCapacity: positions.count) { target, count in
        positions.withUnsafeBufferPointer { positions in
          var index = 0
          while index < positions.count {
            let position = positions[index]
            target.initializeElement(at: index, to: position < 0 ? filler : source[position])
            index += 1
          }
          count = index
        }
      }
    }
    return try self.tensor(tensor.elementType, shape: shape, bytes: Bytes(copying: cells))
  }

  /// `tensor` stretched to `shape`, to which it must broadcast.
  func expanded(_ tensor: Tensor, to shape: [Int]) throws(EngineError) -> Tensor {
    guard tensor.shape != shape else { return tensor }
    guard try broadcast([tensor.shape, shape]) == shape else {
      throw failure("shape \(tensor.shape) does not stretch to \(shape)")
    }
    let padding = shape.count - tensor.shape.count
    let strides = rowMajorStrides(tensor.shape)
    var offsets: [[Int]] = []
    for (axis, extent) in shape.enumerated() {
      let stretches = axis < padding || tensor.shape[axis - padding] == 1
      offsets.append(stretches ? [Int](repeating: 0, count: extent) : (0..<extent).map { $0 * strides[axis - padding] })
    }
    return try picking(tensor, gridPositions(offsets), shape: shape)
  }

  /// `tensor` with its axes in the order `permutation`.
  func transposed(_ tensor: Tensor, _ permutation: [Int]) throws(EngineError) -> Tensor {
    if permutation.elementsEqual(tensor.shape.indices) { return tensor }
    let strides = rowMajorStrides(tensor.shape)
    let offsets = permutation.map { axis in (0..<tensor.shape[axis]).map { $0 * strides[axis] } }
    return try picking(tensor, gridPositions(offsets), shape: permutation.map { tensor.shape[$0] })
  }
}

/// The permutation that undoes `permutation`.
func inverse(_ permutation: [Int]) -> [Int] {
  var result = permutation
  for (place, axis) in permutation.enumerated() { result[axis] = place }
  return result
}
