import AssayCore

/// Arithmetic on float tensors whose shapes broadcast as in ONNX.
enum WeightArrays {
  /// The shape that two shapes broadcast to; nil when they do not.
  static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    let (a, b) = (padded(a, to: rank), padded(b, to: rank))
    var shape: [Int] = []
    for (x, y) in zip(a, b) {
      guard x == y || x == 1 || y == 1 else { return nil }
      shape.append(x == 1 ? y : x)
    }
    return shape
  }

  private static func padded(_ shape: [Int], to rank: Int) -> [Int] {
    [Int](repeating: 1, count: rank - shape.count) + shape
  }

  /// Elements from one place to the next along each axis of `shape`, 0 where the tensor has one for all.
  private static func steps(_ tensor: [Int], in shape: [Int]) -> [Int] {
    let extents = padded(tensor, to: shape.count)
    var steps = [Int](repeating: 0, count: shape.count)
    var step = 1
    for axis in shape.indices.reversed() {
      if extents[axis] != 1 { steps[axis] = step }
      step *= extents[axis]
    }
    return steps
  }

  /// `operation` of every pair of elements; nil when the shapes do not broadcast.
  @inline(__always)
  static func combined(_ a: Tensor, _ b: Tensor, _ operation: (Float, Float) -> Float) -> Tensor? {
    guard let shape = broadcast(a.shape, b.shape) else { return nil }
    return a.withElements(Float.self) { a_ in
      b.withElements(Float.self) { b_ in
        Tensor.floats(shape: shape) { target in
          if a.count == target.count, b.count == target.count {
            for index in target.indices { target[index] = operation(a_[index], b_[index]) }
            return
          }
          guard let width = shape.last, !target.isEmpty else { return }
          let (aSteps, bSteps) = (steps(a.shape, in: shape), steps(b.shape, in: shape))
          let (aStep, bStep) = (aSteps[shape.count - 1], bSteps[shape.count - 1])
          var place = [Int](repeating: 0, count: shape.count - 1)
          var (aOffset, bOffset) = (0, 0)
          for start in stride(from: 0, to: target.count, by: width) {
            for index in 0..<width {
              target[start + index] = operation(a_[aOffset + index * aStep], b_[bOffset + index * bStep])
            }
            var axis = place.count - 1
            while axis >= 0 {
              place[axis] += 1
              (aOffset, bOffset) = (aOffset + aSteps[axis], bOffset + bSteps[axis])
              if place[axis] < shape[axis] { break }
              (aOffset, bOffset) = (aOffset - aSteps[axis] * shape[axis], bOffset - bSteps[axis] * shape[axis])
              place[axis] = 0
              axis -= 1
            }
          }
        }
      }
    }
  }

  @inline(__always)
  static func mapped(_ tensor: Tensor, _ operation: (Float) -> Float) -> Tensor {
    tensor.withElements(Float.self) { source in
      Tensor.floats(shape: tensor.shape) { target in
        for index in source.indices { target[index] = operation(source[index]) }
      }
    }
  }

  /// Elements at the places of int64 `indices`; nil for one that is not there.
  static func gathered(_ source: Tensor, _ indices: Tensor) -> Tensor? {
    var isInside = true
    let result = source.withElements(Float.self) { source in
      indices.withElements(Int64.self) { indices_ in
        Tensor.floats(shape: indices.shape) { target in
          for index in indices_.indices {
            guard let place = Int(exactly: indices_[index]), source.indices.contains(place) else {
              isInside = false
              return
            }
            target[index] = source[place]
          }
        }
      }
    }
    return isInside ? result : nil
  }

  /// The product of two matrices; nil for other ranks and for extents that do not fit.
  static func product(_ a: Tensor, _ b: Tensor) -> Tensor? {
    guard a.shape.count == 2, b.shape.count == 2, a.shape[1] == b.shape[0] else { return nil }
    let (rows, inner, columns) = (a.shape[0], a.shape[1], b.shape[1])
    return a.withElements(Float.self) { a in
      b.withElements(Float.self) { b in
        Tensor.floats(shape: [rows, columns]) { target in
          for row in 0..<rows {
            for k in 0..<inner {
              let factor = a[row * inner + k]
              for column in 0..<columns { target[row * columns + column] += factor * b[k * columns + column] }
            }
          }
        }
      }
    }
  }

  /// Means over axes, which stay with extent 1; nil for an axis that is not there.
  static func mean(_ tensor: Tensor, axes: [Int]) -> Tensor? {
    guard axes.allSatisfy(tensor.shape.indices.contains) else { return nil }
    let shape = tensor.shape.enumerated().map { axes.contains($0) ? 1 : $1 }
    let steps = steps(shape, in: tensor.shape)
    var sums = [Double](repeating: 0, count: shape.reduce(1, *))
    tensor.withElements(Float.self) { source in
      var place = [Int](repeating: 0, count: shape.count)
      var offset = 0
      for value in source {
        sums[offset] += Double(value)
        var axis = place.count - 1
        while axis >= 0 {
          place[axis] += 1
          offset += steps[axis]
          if place[axis] < tensor.shape[axis] { break }
          offset -= steps[axis] * tensor.shape[axis]
          place[axis] = 0
          axis -= 1
        }
      }
    }
    let size = Double(max(tensor.count / max(sums.count, 1), 1))
    return Tensor(sums.map { Float($0 / size) }, shape: shape)
  }
}
