extension BlockTimer {
  /// Runs queries of several inferences, one after another, for about a given time and keeps the latency of each query.
  ///
  /// The multi-stream scenario (MLPerf Inference, inference_rules, "Scenarios"): the samples of a query are issued
  /// together and the query is answered when all are. Here one session makes its inferences back to back, which is what a
  /// single device without concurrency does. The clock is read once between two queries.
  ///
  /// - Parameters:
  ///   - inferences: Inferences of a query, at least 1.
  ///   - block_ns: Aimed length; the block ends with the query that reaches it, or when the buffer is full.
  ///   - buffer: Receives the latencies of the queries, in nanoseconds, in order.
  ///   - body: One inference on the given input slot. What it throws ends the block and is passed on.
  /// - Returns: Number of queries and elapsed time.
  @inlinable
  public mutating func runQueries<Failure: Error>(
    of inferences: Int, block_ns: UInt64, into buffer: borrowing LatencyBuffer,
    _ body: (Int) throws(Failure) -> Void
  ) throws(Failure) -> BlockTiming {
    let latencies = buffer.start
    let capacity = buffer.capacity
    var count = 0
    let begin = clock.now_ns()
    var previous = begin
    repeat {
      var left = max(1, inferences)
      repeat {
        try body(slot)
        slot &+= 1
        if slot == slotCount { slot = 0 }
        left &-= 1
      } while left > 0
      let now = clock.now_ns()
      latencies[count] = now &- previous
      previous = now
      count &+= 1
    } while previous &- begin < block_ns && count < capacity
    return BlockTiming(count: count, elapsed_ns: previous &- begin)
  }
}
