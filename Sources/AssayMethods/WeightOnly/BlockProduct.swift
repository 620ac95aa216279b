import AssayCore
import AssayONNX

/// The operator `MatMulNBits` of ONNX Runtime (com.microsoft, version 1): what it takes and how its weights lie.
///
/// B is [N, blocks, block·bits/8] of uint8, codes low bits first; scales [N·blocks]; zero points packed like B with the
/// codes of each row filled up to whole bytes. ONNX Runtime 1.31.1 runs 2, 4 and 8 bits with blocks of 16, 32, 64, 128 and
/// 256 (tried for each).
enum BlockProduct {
  static let widths: Set<Int> = [2, 4, 8]
  static let blocks: Set<Int> = [16, 32, 64, 128, 256]

  /// Why a product cannot be written as `MatMulNBits`; nil when it can.
  static func obstacle(
    _ use: WeightOnlyTarget.Use, columns: Int, rows: Int, _ graph: Graph, _ shapes: InferredShapes
  )
    -> String?
  {
    guard columns >= 16 else { return "fewer than 16 inputs" }
    if let rank = shapes[use.input].shape?.count, rank < 2 { return "the input is no matrix" }
    guard use.node.opType == "Gemm" else { return nil }
    guard use.node.int("transA") ?? 0 == 0 else { return "transA" }
    guard use.node.float("alpha") ?? 1 == 1, use.node.float("beta") ?? 1 == 1 else { return "alpha or beta is not 1" }
    guard let bias = use.node.input(2) else { return nil }
    guard let tensor = graph.constant(bias), tensor.shape.count <= 2, tensor.shape.dropLast().allSatisfy({ $0 == 1 }),
      tensor.broadcastVector(count: rows) != nil
    else { return "the bias is no constant vector" }
    return nil
  }

  /// The block that a product of so many inputs gets: that asked for, or a smaller one that is nearly filled.
  static func block(_ asked: Int, columns: Int) -> Int {
    var block = asked
    while block > 16, block >= 2 * columns { block /= 2 }
    return block
  }

  /// Codes and zero points as the operator wants them.
  static func packed(_ weight: QuantizedWeight, block: Int, bits: Int) -> (codes: Tensor, zeros: Tensor?) {
    let layout = weight.layout
    let (perRow, perByte) = (layout.groupsPerRow, 8 / bits)
    let rowBytes = perRow * block / perByte
    let codes = Tensor.filled(.uint8, shape: [layout.rows, perRow, block / perByte], as: UInt8.self) { target in
      weight.codes.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress, let start = target.baseAddress else { return }
        // Each call writes rows of its own.
        nonisolated(unsafe) let (from, to) = (source, start)
        let pieces = Piece.list([layout.rows], length: max(1, Piece.length / layout.columns))
        sideBySide(pieces.count) { index in
          for row in pieces[index].start..<(pieces[index].start + pieces[index].count) {
            // What fills up the last block counts as zero.
            let zero = UInt8(weight.zero(ofGroup: layout.group(row: row, column: layout.columns - 1)))
            pack(
              UnsafeBufferPointer(start: from + row * layout.columns, count: layout.columns), to + row * rowBytes,
              rowBytes, perByte: perByte, zero: zero)
          }
        }
      }
    }
    guard let zeros = weight.zeros else { return (codes, nil) }
    let zeroBytes = (perRow + perByte - 1) / perByte
    let packed = Tensor.filled(.uint8, shape: [layout.rows * zeroBytes], as: UInt8.self) { target in
      for row in 0..<layout.rows {
        for place in 0..<perRow {
          target[row * zeroBytes + place / perByte] |= zeros[row * perRow + place] << UInt8(place % perByte * bits)
        }
      }
    }
    return (codes, packed)
  }

  /// Writes a row of codes, `perByte` to a byte, low bits first.
  private static func pack(
    _ codes: UnsafeBufferPointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int, perByte: Int, zero: UInt8
  ) {
    let whole = codes.count / perByte
    switch perByte {
    case 1: for index in 0..<whole { target[index] = codes[index] }
    case 2: for index in 0..<whole { target[index] = codes[2 &* index] | codes[2 &* index &+ 1] << 4 }
    default:
      for index in 0..<whole {
        let first = codes[4 &* index] | codes[4 &* index &+ 1] << 2
        target[index] = first | codes[4 &* index &+ 2] << 4 | codes[4 &* index &+ 3] << 6
      }
    }
    let bits = UInt8(8 / perByte)
    for index in whole..<count {
      var byte: UInt8 = 0
      for place in 0..<perByte {
        let position = index * perByte + place
        byte |= (position < codes.count ? codes[position] : zero) << (UInt8(place) * bits)
      }
      target[index] = byte
    }
  }
}
