import AssayCore
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Cuts by sorting each group, in the plainest way.
private func sorted(
  _ weights: [Float], _ scores: [Float], columns: Int, stride: Int, group: Int, kept: Int
) -> [Float] {
  var result = weights.map { $0 == 0 ? 0 : $0 }
  for row in 0..<(weights.count / columns) {
    for start in Swift.stride(from: 0, to: columns, by: group) {
      let places = (start..<min(start + group, columns)).map {
        row / stride * columns * stride + $0 * stride + row % stride
      }
      let order = places.sorted {
        (scores[$0].magnitude, $0) < (scores[$1].magnitude, $1)
      }
      for place in order.dropLast(kept) { result[place] = 0 }
    }
  }
  return result
}

@Test("Groups side by side are cut as groups sorted one by one, whatever the layout", arguments: UInt64(1)...60)
func groupsSideBySide(seed: UInt64) {
  var generator = SeededGenerator(seed: seed)
  let group = [2, 3, 4, 8, 16, 32][generator.integer(in: 0...5)]
  let kept = generator.integer(in: 1...(group - 1))
  let columns = generator.integer(in: 1...(3 * group + 1))
  let stride = [1, 1, 2, 7, 15, 16, 17, 40][generator.integer(in: 0...7)]
  let count = columns * stride * generator.integer(in: 1...40)
  // Few different values, so that there are ties and zeros of both signs.
  let weights = (0..<count).map { _ in
    Float(generator.integer(in: -3...3)) * (generator.integer(in: 0...1) == 0 ? -1 : 1)
  }
  let scores = seed % 2 == 0 ? weights : weights.map { $0 == 0 ? 0 : Float(generator.integer(in: 1...4)) }
  let layout = WeightLayout(columns: columns, stride: stride)
  let weight = Tensor(weights, shape: [count])
  // A weight's own magnitudes are the score where both are the same memory.
  let judged = seed % 4 == 0 ? weight : Tensor(scores, shape: [count])
  let (pruned, zeros) = RowCut.keeping(kept, of: group).apply(to: weight, scores: judged, layout)
  let wanted = sorted(weights, scores, columns: columns, stride: stride, group: group, kept: kept)
  let comment: Comment = "seed \(seed): \(kept) of \(group), \(columns) columns, stride \(stride), \(count) weights"
  #expect(pruned.elements(Float.self) == wanted, comment)
  #expect(zeros == wanted.count { $0 == 0 }, comment)
}
