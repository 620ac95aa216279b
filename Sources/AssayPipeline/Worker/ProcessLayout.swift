import AssayCore
import CLinux
import Glibc

/// Where a worker's stack, heap and libraries lie: drawn for each launch, and the same for all members of it.
///
/// Speed depends on addresses, by 1 to 2 % for small models (T. Mytkowicz et al., Producing Wrong Data Without Doing
/// Anything Obviously Wrong, ASPLOS 2009). With the kernel's address randomization each process draws its own luck, which
/// stands between two members like a difference of the models. So randomization is switched off for workers, and the
/// layout is moved by amounts drawn from the launch's seed: within a launch it cancels, over launches it varies.
struct ProcessLayout: Sendable, Hashable {
  /// Environment added, which moves the stack.
  var stack_B = 0
  /// Pages of address space taken before the engine is loaded, which moves libraries and large allocations.
  var mapped_pages = 0
  /// Bytes allocated before the engine is loaded, which move what lies in the heap.
  var heap_B = 0

  private static let variable = "ASSAY_LAYOUT"

  /// Nothing moved.
  init() {}

  /// The layout of the launch with this seed.
  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed, stream: 1)
    stack_B = generator.index(below: 4096)
    mapped_pages = generator.index(below: 4096)
    heap_B = 16 * generator.index(below: 4096)
  }

  /// Variables that a worker is started with.
  var environment: [String] {
    ["ASSAY_PADDING=" + String(repeating: "x", count: stack_B), "\(Self.variable)=\(mapped_pages):\(heap_B)"]
  }

  /// In the worker, before anything is loaded: moves what comes after as the parent asked.
  static func apply() {
    guard let text = getenv(variable).map({ String(cString: $0) }) else { return }
    let parts = text.split(separator: ":").map { Int($0) ?? 0 }
    guard parts.count == 2 else { return }
    assay_shift_layout(min(max(0, parts[0]), 1 << 20), min(max(0, parts[1]), 1 << 20))
  }
}
