import CLinux
import Glibc

/// CPUs the calling thread may run on, ascending; empty when the kernel does not tell.
public func allowedCPUs() -> [Int] {
  var cpus = [Int32](repeating: 0, count: 16_384)
  let count = assay_get_affinity(&cpus, Int32(cpus.count))
  return count > 0 ? cpus.prefix(Int(count)).map { Int($0) } : []
}

/// Restricts the calling thread, and the threads and processes it starts from now on, to `cpus`; whether the kernel
/// granted it.
public func pin(to cpus: [Int]) -> Bool {
  let list = cpus.compactMap { Int32(exactly: $0) }
  guard !list.isEmpty, list.count == cpus.count else { return false }
  return assay_set_affinity(0, list, Int32(list.count)) == 0
}

/// Which CPUs the workers of a group share and where their parent waits.
public struct CPUAssignment: Sendable, Hashable {
  /// Threads an engine may use: what was asked for, or fewer where the machine does not grant as many.
  public var threads: Int
  /// CPUs every worker is pinned to, ascending, one a thread; empty when the allowed CPUs are not known.
  public var workers: [Int]
  /// CPU of the parent; one of the workers' where there is no other, nil when the allowed CPUs are not known.
  public var parent: Int?
  /// What a reader should know: fewer threads than asked for, a parent that shares a CPU. Empty when all went well.
  public var remarks: [String]

  /// Gives the last `threads` allowed CPUs to the workers (the first ones serve interrupts more often) and the first of
  /// the others to the parent.
  ///
  /// Never more threads than CPUs allowed, nor than whole CPUs the cgroup grants (at least one): an engine with more
  /// would be throttled in the middle of a block.
  public init(threads asked: Int, allowed: [Int], cgroupCPUs: Double?) {
    let cpus = Set(allowed).sorted()
    var threads = max(1, asked)
    remarks = []
    if !cpus.isEmpty, threads > cpus.count {
      remarks.append("\(asked) threads asked for, \(cpus.count) used: no more CPUs are allowed to this process")
      threads = cpus.count
    }
    if let granted = cgroupCPUs, granted < Double(threads) {
      threads = max(1, Int(max(0, granted)))
      remarks.append("\(asked) threads asked for, \(threads) used: the cgroup grants \(rounded(granted)) CPUs")
    }
    self.threads = threads
    workers = Array(cpus.suffix(threads))
    parent = cpus.dropLast(threads).first ?? cpus.first
    if let parent, workers.contains(parent) {
      remarks.append("the parent shares CPU \(parent) with the workers: no other is allowed")
    }
  }
}

private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
