import AssayCore
import AssayONNX

/// The zeros of a model's weights before a step, to be compared with what the step leaves of them.
///
/// Whatever the method: zeros that a mask made are lost when a step writes them as something else, and nothing in the
/// result shows it. Only weights that look sparse are counted, so that dense models cost almost nothing.
struct SparsityLedger {
  /// Less than this share of zeros is no mask.
  private static let leastShare = 0.1

  private struct Entry {
    var name: String
    var tensor: Tensor
    var zeros: Int

    var share: Double { Double(zeros) / Double(max(tensor.count, 1)) }
  }

  private let entries: [Entry]

  /// - Complexity: O(n) in the number of nodes, and in the elements of sparse weights.
  init(_ model: Model) {
    entries = model.graph.weights().found.compactMap { weight in
      guard weight.tensor.mayHaveZeros(share: Self.leastShare), let zeros = weight.tensor.countOfZeros else {
        return nil
      }
      let entry = Entry(name: weight.name, tensor: weight.tensor, zeros: zeros)
      return entry.share >= Self.leastShare ? entry : nil
    }
  }

  /// What the step made of the zeros: a warning for every weight that lost some, and how many survived a rewriting.
  func notes(after rewrite: Rewrite) -> [String] {
    guard !entries.isEmpty else { return [] }
    let successors = Successors(rewrite)
    var lost: [String] = []
    var (kept, weights, tensors) = (0, 0, 0)
    for entry in entries {
      guard let (tensor, isRewritten) = successors.values(of: entry.name, entry.tensor), let zeros = tensor.countOfZeros
      else { continue }
      let share = Double(zeros) / Double(max(tensor.count, 1))
      if share < entry.share - 0.0005 {
        lost.append(
          "warning: the sparsity of '\(entry.name)' fell from \(percent(entry.share)) to \(percent(share)): this step "
            + "does not keep the zeros of a mask")
      } else if isRewritten, tensor.count == entry.tensor.count {
        (kept, weights, tensors) = (kept + min(zeros, entry.zeros), weights + tensor.count, tensors + 1)
      }
    }
    var notes = Array(lost.prefix(Self.longestList))
    if lost.count > notes.count { notes.append("warning: so did that of \(lost.count - notes.count) more weights") }
    if tensors > 0 { notes.append("zeros of the mask stay zero: \(kept) of \(weights) weights in \(tensors) tensors") }
    return notes
  }

  private static let longestList = 8

  private func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}

extension Tensor {
  /// Elements that are zero, negative zeros too; nil for types that weights do not have.
  var countOfZeros: Int? {
    switch elementType {
    case .float: zeros(UInt32.self, mask: 0x7fff_ffff)
    case .float16, .bfloat16: zeros(UInt16.self, mask: 0x7fff)
    case .int8, .uint8: zeros(UInt8.self, mask: 0xff)
    default: nil
    }
  }

  private func zeros<Bits: FixedWidthInteger & BitwiseCopyable>(_: Bits.Type, mask: Bits) -> Int {
    let pieces = Piece.list([count])
    let width = MemoryLayout<Bits>.stride
    return resultsSideBySide(pieces.count) { index -> Int in
      bytes.withUnsafeBytes { source in
        guard let start = source.baseAddress.map({ $0 + pieces[index].start * width }) else { return 0 }
        var zeros = 0
        for index in 0..<pieces[index].count {
          zeros &+= start.loadUnaligned(fromByteOffset: index &* width, as: Bits.self) & mask == 0 ? 1 : 0
        }
        return zeros
      }
    }.reduce(0, +)
  }

  /// Whether about that share of a float weight may be zero: a look at some elements spares reading large dense weights.
  fileprivate func mayHaveZeros(share: Double) -> Bool {
    let samples = 1024
    guard elementType == .float, count > samples * 64 else { return elementType == .float }
    // Chosen by chance: evenly spaced ones would see one column of a pattern only.
    var generator = SeededGenerator(seed: 1, stream: UInt64(count))
    var zeros = 0
    bytes.withUnsafeBytes { source in
      for _ in 0..<samples {
        let position = generator.index(below: count)
        if source.loadUnaligned(fromByteOffset: position * 4, as: Float.self) == 0 { zeros += 1 }
      }
    }
    return Double(zeros) > share / 2 * Double(samples)
  }
}
