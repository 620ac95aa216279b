/// Memory for the latencies of one block, allocated and touched before anything is timed.
public struct LatencyBuffer: ~Copyable {
  @usableFromInline let start: UnsafeMutablePointer<UInt64>
  /// Latencies that fit; a block ends when they are reached.
  public let capacity: Int

  /// Allocates room for `capacity` latencies, at least one.
  public init(capacity: Int) {
    self.capacity = max(1, capacity)
    start = .allocate(capacity: self.capacity)
    // Writing every page now keeps page faults out of the timed region.
    start.initialize(repeating: 1, count: self.capacity)
  }

  deinit { start.deallocate() }

  /// The first `count` latencies, in nanoseconds, copied.
  public func prefix(_ count: Int) -> [UInt64] {
    Array(UnsafeBufferPointer(start: start, count: min(max(0, count), capacity)))
  }
}

/// What a block of inferences took.
@frozen
public struct BlockTiming: Sendable, Hashable {
  /// Inferences made, the number of latencies written.
  public var count: Int
  /// From the start of the first inference to the end of the last one, in nanoseconds; the sum of the latencies.
  public var elapsed_ns: UInt64

  @inlinable
  public init(count: Int, elapsed_ns: UInt64) {
    self.count = count
    self.elapsed_ns = elapsed_ns
  }
}

/// Runs inferences one after another for about a given time and keeps the latency of each.
///
/// The clock is read once between two inferences: the end of one is the start of the next. A latency so holds the
/// inference, one clock reading, the store of the previous latency and the choice of the next input slot (about two
/// nanoseconds more than the inference between two readings of its own), and the latencies of a block add up to its
/// elapsed time exactly. Nothing is allocated and nothing is called but the clock and the body.
///
/// The input slot goes on rotating from block to block, so that a pool larger than the cache is really walked through.
public struct BlockTimer<Clock: MonotonicClock> {
  @usableFromInline let clock: Clock
  @usableFromInline let slotCount: Int
  @usableFromInline var slot = 0

  /// Times with `clock`, giving the body the slots 0..<`slotCount` in turn.
  public init(clock: Clock, slotCount: Int) {
    self.clock = clock
    self.slotCount = max(1, slotCount)
  }

  /// Runs `body` at least once and until `block_ns` have passed or the buffer is full.
  ///
  /// - Parameters:
  ///   - block_ns: Aimed length; the block ends with the inference that reaches it.
  ///   - buffer: Receives the latencies, in nanoseconds, in order.
  ///   - body: One inference on the given input slot. What it throws ends the block and is passed on.
  @inlinable
  public mutating func run<Failure: Error>(
    block_ns: UInt64, into buffer: borrowing LatencyBuffer, _ body: (Int) throws(Failure) -> Void
  ) throws(Failure) -> BlockTiming {
    let latencies = buffer.start
    let capacity = buffer.capacity
    var count = 0
    let begin = clock.now_ns()
    var previous = begin
    repeat {
      try body(slot)
      let now = clock.now_ns()
      latencies[count] = now &- previous
      previous = now
      count &+= 1
      slot &+= 1
      if slot == slotCount { slot = 0 }
    } while previous &- begin < block_ns && count < capacity
    return BlockTiming(count: count, elapsed_ns: previous &- begin)
  }

  /// Runs `body` until `rule` calls the model warm, and returns every latency.
  ///
  /// - Parameters:
  ///   - rule: Decides after each inference.
  ///   - body: One inference on the given input slot. What it throws is passed on.
  @inlinable
  public mutating func warmUp<Failure: Error>(
    until rule: WarmUpRule, _ body: (Int) throws(Failure) -> Void
  ) throws(Failure) -> WarmUp {
    var progress = WarmUpProgress(rule)
    var latencies_ns: [UInt64] = []
    while true {
      let begin = clock.now_ns()
      try body(slot)
      let latency_ns = clock.now_ns() &- begin
      slot &+= 1
      if slot == slotCount { slot = 0 }
      latencies_ns.append(latency_ns)
      if let end = progress.record(latency_ns) { return WarmUp(latencies_ns: latencies_ns, end: end) }
    }
  }
}
