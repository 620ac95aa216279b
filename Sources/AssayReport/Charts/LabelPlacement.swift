import Glibc

/// A rectangle in pixels, y upwards.
struct PixelBox: Sendable, Hashable {
  var x: Double
  var y: Double
  var width: Double
  var height: Double

  /// Area common to both.
  func overlap(_ other: PixelBox) -> Double {
    let common = min(x + width, other.x + other.width) - max(x, other.x)
    let high = min(y + height, other.y + other.height) - max(y, other.y)
    return common > 0 && high > 0 ? common * high : 0
  }

  /// The rectangle grown by `margin` on each side.
  func grown(_ margin: Double) -> PixelBox {
    PixelBox(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
  }
}

/// Places one label beside each of several points so that labels cover neither each other nor what is drawn.
///
/// Every label has the same candidates: around its point, at growing distances, the right side first. The labels choose in
/// turn the candidate of least cost (overlap with labels, with obstacles, with the outside, and distance) until none
/// wants to move: deterministic, a local optimum, good for a few dozen points.
///
/// - Complexity: O(sweeps · n · candidates · (n + obstacles)).
struct LabelPlacement {
  struct Point: Sendable, Hashable {
    var x: Double
    var y: Double
  }

  struct Label: Sendable, Hashable {
    var box: PixelBox
    /// Whether it stands so far off that a line should join it to its point.
    var needsLeader: Bool
  }

  /// Within which every label must stay.
  var bounds: PixelBox
  /// What labels should not cover: marks, bars, lines.
  var obstacles: [PixelBox]

  private static let sweeps = 30
  private static let distances: [Double] = [8, 16, 28, 44, 64, 90, 120]

  /// One label for each point, of the size given.
  func place(_ points: [Point], sizes: [(width: Double, height: Double)]) -> [Label] {
    var chosen = points.indices.map { candidates(points[$0], sizes[$0])[0] }
    var settled: [PixelBox?] = points.map { _ in nil }
    for _ in 0..<Self.sweeps {
      var moved = false
      for index in points.indices {
        var best = chosen[index]
        var bestCost = Double.infinity
        for (rank, candidate) in candidates(points[index], sizes[index]).enumerated() {
          // A farther place must earn it; a line to the point is worth avoiding.
          var cost = Double(rank) * 1.2 + (candidate.needsLeader ? 30 : 0) + cost(candidate.box)
          for (other, box) in settled.enumerated() where other != index {
            guard let box else { continue }
            cost += 40 * candidate.box.grown(2).overlap(box)
          }
          if cost < bestCost - 1e-9 { (best, bestCost) = (candidate, cost) }
        }
        if settled[index] != best.box { moved = true }
        chosen[index] = best
        settled[index] = best.box
      }
      if !moved { break }
    }
    return chosen
  }

  private func cost(_ box: PixelBox) -> Double {
    let outside = box.width * box.height - box.overlap(bounds)
    return outside * 100 + obstacles.reduce(0) { $0 + 6 * box.grown(1).overlap($1) }
  }

  private func candidates(_ point: Point, _ size: (width: Double, height: Double)) -> [Label] {
    // The label's middle lies on the rim of a rectangle of the label's half size plus the distance.
    let directions: [(Double, Double)] = [
      (1, 0), (1, 1), (1, -1), (-1, 0), (-1, 1), (-1, -1), (0, 1), (0, -1), (1, 0.5), (1, -0.5), (-1, 0.5), (-1, -0.5),
      (0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1),
    ]
    return Self.distances.flatMap { distance in
      directions.map { direction in
        let x = point.x + direction.0 * (size.width / 2 + distance) - size.width / 2
        let y = point.y + direction.1 * (size.height / 2 + distance * 0.7) - size.height / 2
        return Label(
          box: PixelBox(x: x, y: y, width: size.width, height: size.height), needsLeader: distance > 20)
      }
    }
  }
}
