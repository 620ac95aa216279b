import AssayCore
import AssayMeasure
import Glibc

/// How far the control kernel, which never changes, seems to have moved: what the machine did to a comparison.
struct ControlMovement {
  /// ln of the ratio.
  var estimate: Double
  var interval: ConfidenceInterval?

  /// From one log ratio a launch; nil without any.
  init?(_ scores: [Double]) {
    guard let sorted = SortedValues(scores) else { return nil }
    estimate = sorted.median
    interval = medianInterval(sorted)
  }

  /// Whether it is beyond `tolerance` (as a log ratio), and shown to have moved at all.
  ///
  /// A movement whose interval holds zero is noise of the kernel's own blocks, no evidence.
  func isShown(beyond tolerance: Double) -> Bool {
    guard let interval else { return false }
    return abs(estimate) > tolerance && !interval.contains(0)
  }

  /// Between the blocks of two members that took turns: the kernel in rounds in which it ran nearer to the one against
  /// rounds in which it ran nearer to the other, as the median over launches.
  ///
  /// Orders are random, so the two sets differ by chance only unless the machine favoured one member's blocks.
  static func between(
    _ own: MemberLaunches, and other: MemberLaunches, control: MemberLaunches
  ) -> ControlMovement? {
    func positions(_ launches: MemberLaunches, _ launch: Int) -> [Int: Int] {
      Dictionary(
        (launches.records[launch]?.blocks ?? []).map { ($0.round, $0.position) }, uniquingKeysWith: { $1 })
    }
    let scores = control.samples.keys.sorted().compactMap { launch -> Double? in
      let (mine, theirs) = (positions(own, launch), positions(other, launch))
      let kernel = positions(control, launch)
      var near: [Double] = []
      var far: [Double] = []
      for block in control.samples[launch]?.medians ?? [] {
        guard let place = kernel[block.round], let a = mine[block.round], let b = theirs[block.round] else { continue }
        let (toOwn, toOther) = (distance(place, a), distance(place, b))
        if toOwn < toOther { near.append(block.value) } else if toOther < toOwn { far.append(block.value) }
      }
      guard let near = median(near), let far = median(far), near > 0, far > 0 else { return nil }
      return log(near / far)
    }
    return ControlMovement(scores)
  }

  /// Between two runs: the kernel against the same reference as the rows, or by itself where it is the reference.
  static func acrossRuns(
    _ control: MemberLaunches, to reference: MemberLaunches?, from baseControl: MemberLaunches,
    to baseReference: MemberLaunches?
  ) -> ControlMovement? {
    if let reference, let baseReference {
      let measure = LaunchMeasure.blockMedians
      return ControlMovement(
        LaunchDifferences(
          measure.scores(of: control, to: reference), from: measure.scores(of: baseControl, to: baseReference)
        ).scores)
    }
    func typical(_ launches: MemberLaunches) -> [Double] {
      launches.samples.keys.sorted().compactMap { launch in
        launches.samples[launch].flatMap { median($0.medians.map(\.value)) }.flatMap { $0 > 0 ? log($0) : nil }
      }
    }
    return ControlMovement(zip(typical(control), typical(baseControl)).map { $0 - $1 })
  }

  /// Without overflow, whatever a record edited by hand says.
  private static func distance(_ a: Int, _ b: Int) -> UInt {
    a > b ? UInt(bitPattern: a &- b) : UInt(bitPattern: b &- a)
  }
}
