import AssayMeasure

/// What waiting for workers has cost their parent.
struct WaitedTime: Sendable, Hashable {
  /// Time waited, in nanoseconds.
  private(set) var wall_ns: UInt64 = 0
  /// CPU time that all threads of this process used meanwhile, in nanoseconds.
  private(set) var cpu_ns: UInt64 = 0

  /// CPU time as a share of one core; nil when nothing was waited for.
  var share: Double? { wall_ns > 0 ? Double(cpu_ns) / Double(wall_ns) : nil }

  /// Adds what `body` waits.
  mutating func measure<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    let clock = MachineClock()
    let (begin_ns, before) = (clock.now_ns(), ResourceUsage.now().cpu_ns)
    defer {
      wall_ns &+= clock.now_ns() &- begin_ns
      cpu_ns &+= ResourceUsage.now().cpu_ns &- before
    }
    try body()
  }

  /// The two times together.
  static func + (left: WaitedTime, right: WaitedTime) -> WaitedTime {
    var sum = left
    sum.wall_ns &+= right.wall_ns
    sum.cpu_ns &+= right.cpu_ns
    return sum
  }

  /// What was added since `earlier`.
  func since(_ earlier: WaitedTime) -> WaitedTime {
    var difference = self
    difference.wall_ns &-= earlier.wall_ns
    difference.cpu_ns &-= earlier.cpu_ns
    return difference
  }
}
