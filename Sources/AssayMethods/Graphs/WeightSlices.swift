import AssayCore

/// What large weights go through on their way to integers, side by side and without copies of misaligned memory.
extension Tensor {
  /// The extents before, along and after `axis`.
  private func extents(around axis: Int) -> (outer: Int, slices: Int, inner: Int) {
    (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
  }

  /// The largest magnitude of each slice along `axis`.
  ///
  /// - Precondition: finite float elements.
  func largestMagnitudes(along axis: Int) -> [Float] {
    let (outer, slices, inner) = extents(around: axis)
    guard count > 0 else { return [Float](repeating: 0, count: slices) }
    // The bits of a magnitude order as the magnitude does.
    var largest = [Int32](repeating: 0, count: slices)
    if inner == 1 {
      let pieces = Piece.list([outer], length: max(1, Piece.length / slices))
      var byPiece = [Int32](repeating: 0, count: pieces.count * slices)
      byPiece.withUnsafeMutableBufferPointer { byPiece in
        guard let first = byPiece.baseAddress else { return }
        // Each call writes the slices of its own piece.
        nonisolated(unsafe) let target = first
        sideBySide(pieces.count) { index in
          bytes.withUnsafeBytes { source in
            guard let source = source.baseAddress else { return }
            let largest = target + index * slices
            for row in pieces[index].start..<(pieces[index].start + pieces[index].count) {
              raise(largest, by: source + row * slices * 4, count: slices)
            }
          }
        }
        for index in 0..<(pieces.count * slices) {
          largest[index % slices] = max(largest[index % slices], byPiece[index])
        }
      }
    } else {
      let runs = resultsSideBySide(outer * slices) { run -> Int32 in
        bytes.withUnsafeBytes { source in
          source.baseAddress.map { largestBits($0 + run * inner * 4, count: inner) } ?? 0
        }
      }
      for run in runs.indices { largest[run % slices] = max(largest[run % slices], runs[run]) }
    }
    return largest.map { Float(bitPattern: UInt32(bitPattern: $0)) }
  }

  /// Σw² of a float tensor, the sum of parts that do not depend on the number of threads.
  func sumOfSquares() -> Double {
    let pieces = Piece.list([count], length: 4096)
    return resultsSideBySide(pieces.count) { index -> Double in
      bytes.withUnsafeBytes { source in
        guard let start = source.baseAddress.map({ $0 + pieces[index].start * 4 }) else { return 0 }
        var sums = SIMD8<Float>(repeating: 0)
        let whole = pieces[index].count & ~7
        for offset in stride(from: 0, to: whole, by: 8) {
          let values = start.loadUnaligned(fromByteOffset: offset &* 4, as: SIMD8<Float>.self)
          sums += values * values
        }
        var sum = Double(sums.sum())
        for offset in whole..<pieces[index].count {
          let value = Double(start.loadUnaligned(fromByteOffset: offset &* 4, as: Float.self))
          sum += value * value
        }
        return sum
      }
    }.reduce(0, +)
  }

  @inline(__always)
  private func raise(_ largest: UnsafeMutablePointer<Int32>, by source: UnsafeRawPointer, count: Int) {
    for index in 0..<count {
      let bits = source.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self) & Int32.max
      largest[index] = bits > largest[index] ? bits : largest[index]
    }
  }

  @inline(__always)
  private func largestBits(_ source: UnsafeRawPointer, count: Int) -> Int32 {
    var largest: Int32 = 0
    for index in 0..<count {
      let bits = source.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self) & Int32.max
      largest = bits > largest ? bits : largest
    }
    return largest
  }

  /// clamp(round(w/scale), ±limit), halves to even, as integers of 8 or 16 bits.
  ///
  /// - Precondition: finite float elements; one positive scale, or as many as `axis` is long; a limit that the type holds.
  func roundedIntegers<Integer: FixedWidthInteger & TensorElement>(
    along axis: Int, scales: [Float], limit: Int, as: Integer.Type
  ) -> Tensor {
    let (outer, slices, inner) = extents(around: axis)
    let (tensor, elements) = Tensor.unwritten(Integer.elementType, shape: shape)
    guard count > 0, let elements else { return tensor }
    nonisolated(unsafe) let target = elements.assumingMemoryBound(to: Integer.self)
    let limit = Float(limit)
    /// Rows of `length` elements, by one scale each or by one for each element.
    func round(rows: Int, length: Int, _ scale: (_ row: Int) -> Float?) {
      let pieces = Piece.list([rows], length: max(1, Piece.length / length))
      sideBySide(pieces.count) { index in
        bytes.withUnsafeBytes { source in
          scales.withUnsafeBufferPointer { scales in
            guard let source = source.baseAddress, let scales = scales.baseAddress else { return }
            for row in pieces[index].start..<(pieces[index].start + pieces[index].count) {
              let (from, to) = (source + row * length * 4, target + row * length)
              if let scale = scale(row) {
                for index in 0..<length { to[index] = rounded(from, index, scale, limit) }
              } else {
                for index in 0..<length { to[index] = rounded(from, index, scales[index], limit) }
              }
            }
          }
        }
      }
    }
    if scales.count == 1 {
      let length = min(count, 4096)
      round(rows: count / length, length: length) { _ in scales[0] }
      let rest = count % length
      bytes.withUnsafeBytes { source in
        guard let source = source.baseAddress else { return }
        for index in (count - rest)..<count { target[index] = rounded(source, index, scales[0], limit) }
      }
    } else if inner == 1 {
      round(rows: outer, length: slices) { _ in nil }
    } else {
      round(rows: outer * slices, length: inner) { scales[$0 % slices] }
    }
    return tensor
  }

  /// Adding 1.5·2²³ leaves no bits for a fraction, and the integer in the low bits; unlike a conversion this cannot trap,
  /// so that the compiler uses vectors.
  @inline(__always)
  private func rounded<Integer: FixedWidthInteger>(
    _ source: UnsafeRawPointer, _ index: Int, _ scale: Float, _ limit: Float
  ) -> Integer {
    let quotient = source.loadUnaligned(fromByteOffset: index &* 4, as: Float.self) / scale
    let below = quotient < limit ? quotient : limit
    let clamped = below > -limit ? below : -limit
    return Integer(
      truncatingIfNeeded: Int32(bitPattern: (clamped + 12_582_912).bitPattern &- Float(12_582_912).bitPattern))
  }

  /// The float matrix with rows and columns exchanged, in tiles that the cache holds.
  func transposedMatrix() -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    let (tensor, elements) = Tensor.unwritten(.float, shape: [columns, rows])
    guard let elements else { return tensor }
    nonisolated(unsafe) let target = elements.assumingMemoryBound(to: UInt32.self)
    let tile = 32
    sideBySide((columns + tile - 1) / tile) { strip in
      bytes.withUnsafeBytes { source in
        guard let source = source.baseAddress else { return }
        let last = min(columns, strip * tile + tile)
        for top in stride(from: 0, to: rows, by: tile) {
          let bottom = min(rows, top + tile)
          for column in (strip * tile)..<last {
            for row in top..<bottom {
              target[column &* rows &+ row] = source.loadUnaligned(
                fromByteOffset: (row &* columns &+ column) &* 4, as: UInt32.self)
            }
          }
        }
      }
    }
    return tensor
  }
}
