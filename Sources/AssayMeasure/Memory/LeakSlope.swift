public import AssayCore

/// How fast a process grows in its steady state.
public struct LeakSlope: Sendable, Hashable {
  /// Bytes an inference: the median of the slopes between all pairs of blocks.
  public var slope_B: Double
  /// The slope times the inferences between the first and the last block, in bytes.
  public var growth_B: Double

  /// Growth that counts as one, in bytes; less is within what the kernel's own counting may be off by.
  public static let noticed_B = 256.0 * 1024

  /// Fits memory against inferences by Theil and Sen: the median of the slopes of all pairs of points.
  ///
  /// What concerns less than 29 % of the points, such as an arena that grows once early on, does not move it (P. K. Sen,
  /// JASA 63, 1968). Of more than 300 points evenly spaced ones are taken.
  ///
  /// - Parameters:
  ///   - inferences: Made before each reading, ascending.
  ///   - memory_B: Readings, as many.
  /// - Returns: Nil without two points of different inferences.
  /// - Complexity: O(n² log n) for n points.
  public init?(inferences: [Double], memory_B: [Double]) {
    let all = Array(zip(inferences, memory_B))
    let step = max(1, (all.count + 299) / 300)
    let points = stride(from: 0, to: all.count, by: step).map { all[$0] }
    var slopes: [Double] = []
    slopes.reserveCapacity(points.count * max(0, points.count - 1) / 2)
    for (index, first) in points.enumerated() {
      for second in points[(index + 1)...] where second.0 > first.0 {
        slopes.append((second.1 - first.1) / (second.0 - first.0))
      }
    }
    guard let slope = median(slopes), let begin = points.first, let end = points.last else { return nil }
    slope_B = slope
    growth_B = slope * (end.0 - begin.0)
  }

  /// The course of one launch; nil where fewer than three of its blocks have a reading.
  public init?(_ launch: LaunchRecord) {
    var total = 0.0
    var inferences: [Double] = []
    var memory_B: [Double] = []
    for block in launch.blocks {
      total += Double(block.answered) * Double(launch.inferencesPerSample ?? 1)
      guard let reading_B = block.anonymous_B else { continue }
      inferences.append(total)
      memory_B.append(Double(reading_B))
    }
    guard inferences.count >= 3 else { return nil }
    self.init(inferences: inferences, memory_B: memory_B)
  }

  /// Whether launches together look like a leak: every one grows, and by more than `noticed_B`.
  public static func suspectsLeak(_ launches: [LeakSlope]) -> Bool {
    !launches.isEmpty && launches.allSatisfy { $0.slope_B > 0 && $0.growth_B > noticed_B }
  }
}
