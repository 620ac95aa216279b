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
/// turn the candidate of least cost (overlap with labels, with obstacles, with the outside; lines that cross; distance) until none
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

    /// The place on the label's rim nearest to the point.
    func anchor(for point: Point) -> Point {
      Point(
        x: min(max(point.x, box.x), box.x + box.width), y: min(max(point.y, box.y), box.y + box.height))
    }
  }

  private struct Segment {
    var a: Point
    var b: Point

    /// Whether the line touches the rectangle, looked at in a few places.
    func meets(_ box: PixelBox) -> Bool {
      (0...12).contains { step in
        let share = Double(step) / 12
        let (x, y) = (a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
        return x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height
      }
    }

    /// Whether the two have a point in common that is an end of neither.
    func crosses(_ other: Segment) -> Bool {
      func side(_ p: Point, _ q: Point, _ r: Point) -> Double { (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x) }
      return side(a, b, other.a) * side(a, b, other.b) < 0 && side(other.a, other.b, a) * side(other.a, other.b, b) < 0
    }
  }

  /// Within which every label must stay.
  var bounds: PixelBox
  /// What labels should not cover: marks, bars, lines.
  var obstacles: [PixelBox]

  private static let sweeps = 30
  private static let distances: [Double] = [8, 16, 28, 44, 64, 90, 120, 160, 210]

  /// A place for a label, and what it costs by itself.
  private struct Choice {
    var label: Label
    var cost: Double
  }

  /// One label for each point, of the size given.
  func place(_ points: [Point], sizes: [(width: Double, height: Double)]) -> [Label] {
    // What a place costs whatever the other labels do is the same in every sweep.
    var choices: [[Choice]] = []
    for index in points.indices {
      var own: [Choice] = []
      for (rank, candidate) in candidates(points[index], sizes[index]).enumerated() {
        // A farther place must earn it; a line to the point is worth avoiding.
        var price = Double(rank) * 1.2 + (candidate.needsLeader ? 30 : 0) + cost(candidate.box)
        price += confusion(candidate, of: index, among: points)
        own.append(Choice(label: candidate, cost: price))
      }
      choices.append(own)
    }
    var chosen = choices.map { $0[0].label }
    var settled: [Label?] = points.map { _ in nil }
    for _ in 0..<Self.sweeps {
      var moved = false
      for index in points.indices {
        var best = chosen[index]
        var bestCost = Double.infinity
        for choice in choices[index] where choice.cost < bestCost - 1e-9 {
          let candidate = choice.label
          var cost = choice.cost
          for (other, label) in settled.enumerated() where other != index {
            guard let label else { continue }
            cost += conflict(candidate, at: points[index], with: label, at: points[other])
            if cost >= bestCost { break }
          }
          if cost < bestCost - 1e-9 { (best, bestCost) = (candidate, cost) }
        }
        if settled[index] != best { moved = true }
        chosen[index] = best
        settled[index] = best
      }
      if !moved { break }
    }
    return chosen
  }

  /// The line that joins a label to its point, where it has one.
  private func leader(of label: Label, from point: Point) -> Segment? {
    label.needsLeader ? Segment(a: point, b: label.anchor(for: point)) : nil
  }

  /// What it costs that two labels or their lines are in each other's way.
  private func conflict(_ own: Label, at point: Point, with other: Label, at otherPoint: Point) -> Double {
    let (line, otherLine) = (leader(of: own, from: point), leader(of: other, from: otherPoint))
    var cost = 40 * own.box.grown(2).overlap(other.box)
    if let line, let otherLine, line.crosses(otherLine) { cost += 150 }
    if let line, line.meets(other.box) { cost += 150 }
    if let otherLine, otherLine.meets(own.box) { cost += 150 }
    return cost
  }

  /// What it costs that a label without a line lies nearer to another point than to its own.
  private func confusion(_ label: Label, of index: Int, among points: [Point]) -> Double {
    guard !label.needsLeader else { return 0 }
    func distance(_ point: Point) -> Double {
      let anchor = label.anchor(for: point)
      return abs(anchor.x - point.x) + abs(anchor.y - point.y)
    }
    let own = distance(points[index])
    return points.indices.contains { $0 != index && distance(points[$0]) < own + 6 } ? 60 : 0
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
