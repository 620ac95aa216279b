import Synchronization

/// libtorch's random numbers, of which the process has one sequence: tests that draw from it take turns.
public enum LibraryRandomNumbers {
  private static let turn = Mutex<Void>(())

  /// Runs `body` while no other test draws.
  public static func alone<Result>(_ body: () throws -> sending Result) rethrows -> sending Result {
    try turn.withLock { _ in try body() }
  }
}
