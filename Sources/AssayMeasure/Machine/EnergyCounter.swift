/// The energy counters of the processor packages (RAPL, through Linux' powercap; Intel's, and AMD's since Linux 5.8).
///
/// What they count is everything that runs on a package, idle time included, not only this process. They step about once a
/// millisecond.
public struct EnergyCounter: Sendable {
  /// One package.
  struct Domain: Sendable, Hashable {
    var path: String
    /// The counter begins again at zero beyond this, in microjoules.
    var range_uJ: UInt64?
  }

  /// Readings of all packages, in microjoules.
  public struct Reading: Sendable, Hashable {
    var values_uJ: [UInt64]
  }

  /// Why there is no energy to read.
  public enum Missing: Error, Sendable, Hashable {
    /// The machine has no such counters; virtual machines hide them.
    case noCounter
    /// They are there but may not be read by this user, who needs read access to this file.
    case notReadable(path: String)

    /// As a reader sees it.
    public var words: String {
      switch self {
      case .noCounter: "not available: the machine shows no energy counter (RAPL)"
      case .notReadable(let path): "not available: \(path) may not be read by this user"
      }
    }
  }

  let domains: [Domain]
  private let files: MachineFiles

  private static let root = "/sys/class/powercap"
  /// `mmio` shows the same packages again; it is looked at last, and a name counts once.
  private static let kinds = ["intel-rapl", "amd-rapl", "intel-rapl-mmio"]

  /// Finds the domains named `package-N`.
  ///
  /// Cores, graphics and memory controllers are parts of a package (`intel-rapl:0:0`), the whole platform (`psys`) holds
  /// it: neither is added.
  public init(files: MachineFiles = .real) throws(Missing) {
    self.files = files
    var names: Set<String> = []
    var domains: [Domain] = []
    for kind in Self.kinds {
      for index in 0..<64 {
        let folder = "\(Self.root)/\(kind):\(index)"
        guard let name = files.word("\(folder)/name") else { continue }
        guard name.hasPrefix("package"), names.insert(name).inserted else { continue }
        let path = "\(folder)/energy_uj"
        guard files.word(path).flatMap({ UInt64($0) }) != nil else { throw .notReadable(path: path) }
        let range_uJ = files.word("\(folder)/max_energy_range_uj").flatMap { UInt64($0) }
        domains.append(Domain(path: path, range_uJ: range_uJ))
      }
    }
    guard !domains.isEmpty else { throw .noCounter }
    self.domains = domains
  }

  /// The present readings; nil when one of them fails.
  public func now() -> Reading? {
    var values_uJ: [UInt64] = []
    for domain in domains {
      guard let value = files.word(domain.path).flatMap({ UInt64($0) }) else { return nil }
      values_uJ.append(value)
    }
    return Reading(values_uJ: values_uJ)
  }

  /// Energy of all packages between two readings, in microjoules; nil when a counter went back and its range is not known.
  ///
  /// A counter that begins again is taken to have done so once.
  public func energy_uJ(from earlier: Reading, to later: Reading) -> UInt64? {
    guard earlier.values_uJ.count == domains.count, later.values_uJ.count == domains.count else { return nil }
    var total: UInt64 = 0
    for (index, domain) in domains.enumerated() {
      let (before, after) = (earlier.values_uJ[index], later.values_uJ[index])
      if after >= before {
        total &+= after - before
      } else {
        guard let range = domain.range_uJ, range >= before else { return nil }
        total &+= range - before &+ after
      }
    }
    return total
  }
}
