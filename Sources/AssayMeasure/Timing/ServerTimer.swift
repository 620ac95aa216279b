/// How a block of the server scenario went.
@frozen
public struct ServerTiming: Sendable, Hashable {
  /// Requests, the number of latencies written.
  public var count: Int
  /// From the begin of the block to the end of the arrivals or of the last inference, whichever is later, in nanoseconds.
  public var elapsed_ns: UInt64
  /// Time in inferences, in nanoseconds.
  public var busy_ns: UInt64
  /// Requests not answered when the arrivals ended.
  public var backlog: Int
  /// Requests given up at the limit.
  public var unanswered: Int

  @inlinable
  public init(count: Int, elapsed_ns: UInt64, busy_ns: UInt64, backlog: Int, unanswered: Int) {
    self.count = count
    self.elapsed_ns = elapsed_ns
    self.busy_ns = busy_ns
    self.backlog = backlog
    self.unanswered = unanswered
  }
}

/// Answers requests in the order of their scheduled arrivals and keeps the latency of each from that time on.
///
/// One server, first come first served. A request that arrives while another is answered waits, and its waiting counts:
/// nothing that is slow can thin out the requests that would have shown it (no coordinated omission). So latencies obey
/// Lindley's recursion, W₍ᵢ₊₁₎ = max(0, Wᵢ + Sᵢ − gapᵢ), latency = W + S (D. V. Lindley, "The theory of queues with a single
/// server", 1952).
public struct ServerTimer<Clock: WaitingClock> {
  @usableFromInline let clock: Clock
  @usableFromInline let slotCount: Int
  @usableFromInline var slot = 0

  /// Times with `clock`, giving the body the slots 0..<`slotCount` in turn.
  public init(clock: Clock, slotCount: Int) {
    self.clock = clock
    self.slotCount = max(1, slotCount)
  }

  /// Answers every arrival, also those that are still waiting when the arrivals end.
  ///
  /// - Parameters:
  ///   - arrivals: At most as many as the buffer holds; the rest is left out.
  ///   - limit_ns: From the begin of the block; requests whose turn comes later are given up, and their sample is their age
  ///     at that time, a lower bound of their latency.
  ///   - buffer: Receives the latencies, in nanoseconds, in order of arrival.
  ///   - body: One inference on the given input slot. What it throws ends the block and is passed on.
  @inlinable
  public mutating func run<Failure: Error>(
    _ arrivals: PoissonArrivals, limit_ns: UInt64, into buffer: borrowing LatencyBuffer,
    _ body: (Int) throws(Failure) -> Void
  ) throws(Failure) -> ServerTiming {
    let offsets_ns = arrivals.offsets_ns
    let count = min(offsets_ns.count, buffer.capacity)
    var timing = ServerTiming(count: count, elapsed_ns: arrivals.window_ns, busy_ns: 0, backlog: 0, unanswered: 0)
    let begin = clock.now_ns()
    var now = begin
    for index in 0..<count {
      let scheduled = begin &+ offsets_ns[index]
      if now < scheduled { now = clock.wait(until: scheduled) }
      if now &- begin >= limit_ns, now > scheduled {
        timing.unanswered &+= 1
        timing.backlog &+= 1
        buffer.start[index] = now &- scheduled
        continue
      }
      let start = now
      try body(slot)
      now = clock.now_ns()
      buffer.start[index] = now &- scheduled
      timing.busy_ns &+= now &- start
      if now &- begin > arrivals.window_ns { timing.backlog &+= 1 }
      slot &+= 1
      if slot == slotCount { slot = 0 }
    }
    timing.elapsed_ns = max(arrivals.window_ns, now &- begin)
    return timing
  }
}
