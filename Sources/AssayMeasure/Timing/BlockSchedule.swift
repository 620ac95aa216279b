import AssayCore

/// In which order the members of a group take their turns in one launch.
///
/// Each block round is a fresh random order of all members, so that no member always follows the same one and slow drifts
/// fall on all alike. A pure function of seed, launch, number of members and number of rounds.
public struct BlockSchedule: Sendable, Hashable {
  /// Seed of this launch's orders, to be recorded.
  public let seed: UInt64
  /// Members, 0..<`members`, in the order they work, for each block round.
  public let rounds: [[Int]]

  /// Draws the orders of launch number `launch` of a run with seed `runSeed`.
  public init(runSeed: UInt64, launch: Int, members: Int, rounds: Int) {
    var seeds = SeededGenerator(seed: runSeed, stream: UInt64(bitPattern: Int64(launch)))
    self.init(seed: seeds.next(), members: members, rounds: rounds)
  }

  /// Draws the orders that belong to a recorded launch seed.
  public init(seed: UInt64, members: Int, rounds: Int) {
    self.seed = seed
    var generator = SeededGenerator(seed: seed)
    self.rounds = (0..<max(0, rounds)).map { _ in generator.permutation(of: members) }
  }
}
