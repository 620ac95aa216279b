import AssayCore
import AssayONNX
import Glibc

/// What units put out on calibration data: for each row one number, the mean over the places of the unit, and the mean
/// magnitude over everything.
struct UnitStatistics {
  /// By member: rows × units, row after row.
  private var rowMeans: [[Float]]
  private var magnitudes: [[Double]]
  private var rowCounts: [Int]

  /// Histogram bins between the least and the greatest number that any unit of a value gives.
  static let bins = 64

  /// - Throws: `calibration` when there are no rows, `notFinite` naming a value.
  init(
    _ members: [UnitGroup.Member], in model: Model, from source: any ActivationSource
  ) throws(MethodError) {
    var statistics: [Accumulated] = members.map { Accumulated(units: $0.indices.count) }
    try source.observe(model, values: members.map(\.tensor)) { batch throws(MethodError) in
      guard batch.count == members.count else {
        throw MethodError(.calibration, "\(batch.count) values were observed instead of \(members.count)")
      }
      for (number, tensor) in batch.enumerated() { try statistics[number].add(tensor, members[number]) }
    }
    guard statistics.allSatisfy({ $0.rows > 0 }) else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
    rowMeans = statistics.map(\.rowMeans)
    rowCounts = statistics.map(\.rows)
    magnitudes = statistics.map { item in item.magnitudes.map { $0 / Double(max(item.rows, 1)) } }
  }

  private struct Accumulated {
    var rowMeans: [Float] = []
    var magnitudes: [Double]
    var rows = 0

    init(units: Int) { magnitudes = [Double](repeating: 0, count: units) }

    /// Adds a batch whose first axis counts the rows.
    mutating func add(_ tensor: Tensor, _ member: UnitGroup.Member) throws(MethodError) {
      let place = Place(node: member.tensor)
      guard tensor.elementType == .float else {
        throw MethodError(.calibration, "the value is \(tensor.elementType), not float", at: place)
      }
      let (shape, axis) = (tensor.shape, member.axis)
      guard axis > 0, shape.indices.contains(axis), member.indices.allSatisfy({ $0.allSatisfy { $0 < shape[axis] } })
      else {
        throw MethodError(.calibration, "the value has the shape \(shape), in which its channels do not lie", at: place)
      }
      let inner = shape[(axis + 1)...].reduce(1, *)
      let middle = shape[1..<axis].reduce(1, *)
      let perIndex = max(middle * inner, 1)
      var isFinite = true
      tensor.withElements(Float.self) { values in
        for row in 0..<shape[0] {
          for (unit, indices) in member.indices.enumerated() {
            var (sum, magnitude) = (0.0, 0.0)
            for index in indices {
              for block in 0..<middle {
                let start = ((row * middle + block) * shape[axis] + index) * inner
                for offset in start..<(start + inner) {
                  let value = Double(values[offset])
                  sum += value
                  magnitude += value.magnitude
                }
              }
            }
            let count = Double(max(indices.count * perIndex, 1))
            isFinite = isFinite && magnitude.isFinite
            rowMeans.append(Float(sum / count))
            magnitudes[unit] += magnitude / count
          }
        }
      }
      rows += shape[0]
      guard isFinite else {
        throw MethodError(
          .notFinite, "the value is NaN or infinite on the calibration data", at: place,
          remedy: "check the preparation of the data (scale, mean, standard deviation)")
      }
    }
  }

  /// Mean |x| of each unit of member `number`.
  func meanMagnitudes(_ number: Int) -> [Double] { magnitudes[number] }

  /// H = −Σ p·ln p of each unit's histogram over the rows, in nats.
  func entropies(_ number: Int) -> [Double] {
    let values = rowMeans[number]
    let units = magnitudes[number].count
    guard let lowest = values.min(), let highest = values.max(), highest > lowest else {
      return [Double](repeating: 0, count: units)
    }
    let scale = Double(Self.bins) / (Double(highest) - Double(lowest))
    return (0..<units).map { unit in
      var counts = [Int](repeating: 0, count: Self.bins)
      for index in stride(from: unit, to: values.count, by: units) {
        counts[min(Int((Double(values[index]) - Double(lowest)) * scale), Self.bins - 1)] += 1
      }
      let rows = Double(max(rowCounts[number], 1))
      return counts.reduce(0.0) { sum, count in
        count == 0 ? sum : sum - Double(count) / rows * log(Double(count) / rows)
      }
    }
  }
}
