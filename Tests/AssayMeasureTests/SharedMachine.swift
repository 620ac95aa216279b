import AssayCore
import AssayMeasure
import Glibc

/// A seeded model of a shared machine, as docs/statistics.md describes it; time passes only when something runs.
///
/// A neighbour on the sibling thread slows the core by a quarter for 0.1 to 0.5 s at a time, with 0.2 to 0.8 s between; a
/// process has a luck of its own for as long as it lives (layout, allocation), log-normal; the median of a 20 ms block
/// scatters, log-normal.
struct SharedMachine {
  /// Standard deviation of the logarithm of a process' luck.
  var luck = 0.003
  /// Standard deviation of the logarithm of a block's median.
  var noise = 0.006
  /// Shortest and longest time between two visits of the neighbour.
  var idle_s = (0.2, 0.8)
  var random: SeededGenerator
  private var now_s = 0.0
  private var nextChange_s = 0.0
  private var isSlow = false
  private var spare: Double?

  /// - Parameter spread: Factor on luck and noise: 0.6, 1 and 1.4 make launch scores scatter by 0.3, 0.5 and 0.7 %.
  init(seed: UInt64, spread: Double = 1) {
    random = SeededGenerator(seed: seed)
    luck *= spread
    noise *= spread
    isSlow = random.unit() < 0.375
    nextChange_s = random.unit() * (isSlow ? 0.5 : idle_s.1)
  }

  /// A standard normal number (G. Box, M. Muller, 1958).
  mutating func normal() -> Double {
    if let spare {
      self.spare = nil
      return spare
    }
    let radius = (-2 * log(1 - random.unit())).squareRoot()
    let angle = 2 * Double.pi * random.unit()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }

  /// Lets time pass.
  mutating func wait(_ seconds: Double) {
    now_s += seconds
    while nextChange_s < now_s {
      isSlow.toggle()
      nextChange_s += isSlow ? 0.1 + 0.4 * random.unit() : idle_s.0 + (idle_s.1 - idle_s.0) * random.unit()
    }
  }

  /// The median of one 20 ms block of a process, in units of the undisturbed baseline.
  mutating func block(_ time: Double) -> Double {
    wait(0.01)
    let median = time * (isSlow ? 1.25 : 1) * exp(noise * normal())
    wait(0.01)
    return median
  }

  /// Block medians of one process that runs alone, as a benchmark without a partner takes them.
  mutating func process(blocks: Int, time: Double = 1) -> [Double] {
    wait(0.5 + random.unit())
    let own = time * exp(luck * normal())
    return (0..<blocks).map { _ in block(own) }
  }

  /// Round log ratios of each member of a group to its baseline, member by member and launch by launch.
  ///
  /// - Parameter ratios: True ratio of each member to the baseline.
  mutating func group(ratios: [Double], launches: Int, rounds: Int = 15) -> [[[Double]]] {
    let runSeed = random.next()
    var result = [[[Double]]](repeating: [], count: ratios.count)
    for launch in 0..<launches {
      wait(0.5 + random.unit())
      let times = ([1] + ratios).map { $0 * exp(luck * normal()) }
      let schedule = BlockSchedule(runSeed: runSeed, launch: launch, members: times.count, rounds: rounds)
      var scores = [[BlockScore]](repeating: [], count: times.count)
      for (round, order) in schedule.rounds.enumerated() {
        for member in order { scores[member].append(BlockScore(round: round, value: block(times[member]))) }
      }
      for member in ratios.indices {
        result[member].append(roundLogRatios(of: scores[member + 1], to: scores[0]))
      }
    }
    return result
  }
}
