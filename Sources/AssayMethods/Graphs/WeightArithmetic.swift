import AssayCore

extension Tensor {
  /// A float tensor whose elements `fill` writes.
  ///
  /// - Precondition: the shape's product does not overflow.
  static func floats(shape: [Int], fill: (UnsafeMutableBufferPointer<Float>) -> Void) -> Tensor {
    filled(.float, shape: shape, as: Float.self, fill)
  }

  /// A tensor of `type` whose elements, of the Swift type `Element`, `fill` writes; they are zero before.
  static func filled<Element: TensorElement>(
    _ type: ElementType, shape: [Int], as: Element.Type, _ fill: (UnsafeMutableBufferPointer<Element>) -> Void
  ) -> Tensor {
    let count = shape.reduce(1, *)
    let bytes = Bytes(weightCount: count * MemoryLayout<Element>.stride) { target in
      fill(target.bindMemory(to: Element.self))
    }
    guard let tensor = Tensor(type, shape: shape, bytes: bytes) else {
      preconditionFailure("\(Element.self) is not the type of \(type)")
    }
    return tensor
  }

  /// The float tensor with every slice along `axis` multiplied by its factor.
  ///
  /// - Precondition: float elements; as many factors as the axis is long.
  func scaled(along axis: Int, by factors: [Float]) -> Tensor {
    let inner = shape[(axis + 1)...].reduce(1, *)
    let slices = shape[axis]
    return withElements(Float.self) { source in
      Tensor.floats(shape: shape) { target in
        guard !source.isEmpty else { return }
        for start in stride(from: 0, to: source.count, by: inner) {
          let factor = factors[start / inner % slices]
          for index in start..<(start + inner) { target[index] = source[index] * factor }
        }
      }
    }
  }

  /// The tensor with its axes in another order, for any element type of whole bytes; nil for others.
  ///
  /// - Parameter order: For each axis of the result, the axis it was.
  func transposed(_ order: [Int]) -> Tensor? {
    guard let width = elementType.bitWidth, width % 8 == 0, order.count == shape.count,
      order.sorted() == Array(shape.indices)
    else { return nil }
    let size = width / 8
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let newShape = order.map { shape[$0] }
    let steps = order.map { strides[$0] }
    let total = count
    let moved = bytes.withUnsafeBytes { source in
      Bytes(count: source.count) { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        var position = [Int](repeating: 0, count: newShape.count)
        var offset = 0
        for index in 0..<total {
          (to + index * size).copyMemory(from: from + offset * size, byteCount: size)
          var axis = newShape.count - 1
          while axis >= 0 {
            position[axis] += 1
            offset += steps[axis]
            if position[axis] < newShape[axis] { break }
            offset -= steps[axis] * newShape[axis]
            position[axis] = 0
            axis -= 1
          }
        }
      }
    }
    return Tensor(elementType, shape: newShape, bytes: moved)
  }

  /// The elements of a float tensor as a vector of `count`: given as such, or one number for all; nil when it is neither.
  func broadcastVector(count: Int) -> [Float]? {
    guard elementType == .float else { return nil }
    let values = elements(Float.self)
    if values.count == 1 { return [Float](repeating: values[0], count: count) }
    guard values.count == count, shape.last == count else { return nil }
    return values
  }
}
