/// A fixed piece of work whose duration tells what the machine was like: the control member of every group.
///
/// One run is a chain of dependent integer steps (the clock frequency) and sweeps over memory (the caches and their
/// neighbours), about half each; together they took 0.9 to 1.0 ms on the server core they were chosen on. The work never
/// changes; its duration is what is reported.
public struct ControlKernel: ~Copyable {
  /// Dependent xorshift steps of a run.
  public static let integerSteps = 340_000
  /// Words of 64 bits that a sweep reads and writes: 1 MiB, beyond most first and second level caches.
  public static let sweepWords = 131_072
  /// Sweeps of a run.
  public static let sweeps = 20

  private let words: UnsafeMutablePointer<UInt64>
  private let integerSteps: Int
  private let wordCount: Int

  /// Allocates and fills the memory of the sweep.
  public init() { self.init(integerSteps: Self.integerSteps, wordCount: Self.sweepWords) }

  /// A smaller kernel, for tests.
  init(integerSteps: Int, wordCount: Int) {
    self.integerSteps = integerSteps
    self.wordCount = wordCount
    words = .allocate(capacity: max(1, wordCount))
    for index in 0..<wordCount { words[index] = UInt64(index) &* 0x9e37_79b9_7f4a_7c15 }
  }

  deinit { words.deallocate() }

  /// Does the fixed work once; the result only keeps the compiler from leaving it out.
  @inline(never)
  @discardableResult
  public borrowing func run() -> UInt64 {
    var state: UInt64 = 0x2545_f491_4f6c_dd1d
    for _ in 0..<integerSteps {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
    }
    var sum: UInt64 = 0
    for sweep in 0..<Self.sweeps {
      let key = state &+ UInt64(sweep)
      for index in 0..<wordCount {
        let word = words[index] ^ key
        words[index] = word
        sum &+= word
      }
    }
    return sum ^ state
  }
}
