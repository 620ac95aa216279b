import AssayCore
import AssayONNX

/// Which indices of the axes of all values of a graph can only be cut together, and which cannot be cut.
///
/// Every index of every axis of known extent is an element of one union–find structure. The rule of an operator ties
/// elements: output channel 3 of a convolution to row 3 of its weights, a channel before Flatten to the run of features
/// after it, the two operands of a residual sum. What a rule does not tie is frozen, so that an operator without a
/// rule is always safe.
///
/// - Complexity: O(n·α(n)) for n indices in all.
struct ChannelAxes {
  /// One axis of one value.
  struct Axis {
    var value: String
    var position: Int
    /// Indices; 0 where the extent is not fixed, and then nothing is ever cut.
    var extent: Int
    /// Element of index 0.
    var first: Int
  }

  /// A constant weight whose slices along `axis` each make one output.
  struct Producer {
    var node: Int
    var weight: String
    var axis: Int
    var isConvolution: Bool
  }

  /// A constant weight that is multiplied with, and summed over, an axis of a value.
  struct Consumer {
    var node: Int
    var input: String
    var inputAxis: Int
    var weight: String
    var weightAxis: Int
    /// The axis of the weight along which the outputs lie.
    var outputAxis: Int
  }

  /// The factors γ of a batch normalization, one for each channel.
  struct Scale {
    var weight: String
    var axis: Int
  }

  private(set) var axes: [Axis] = []
  private(set) var producers: [Producer] = []
  private(set) var consumers: [Consumer] = []
  private(set) var scales: [Scale] = []
  private var firstAxes: [String: Range<Int>] = [:]
  private var parent: [Int32] = []
  /// By root: the position in `reasons` of why it cannot be cut, −1 while it can.
  private var frozen: [Int32] = []
  private var heads: Set<Int> = []
  private var reasons: [String] = []
  private var currentReason: (text: String, position: Int32?) = ("", nil)
  private var touched: Set<Int> = []

  /// Longer axes are no channels.
  static let largestExtent = 1 << 18
  private static let mostElements = 1 << 28

  /// Every axis on its own.
  ///
  /// - Parameter values: Names in a fixed order, which decides nothing but makes results reproducible.
  /// - Throws: `model` when there are more indices than memory could hold.
  init(_ shapes: InferredShapes, values: [String]) throws(MethodError) {
    var count = 0
    for name in values where firstAxes[name] == nil {
      guard let shape = shapes[name].shape else { continue }
      let start = axes.count
      for (position, dimension) in shape.enumerated() {
        let known = dimension.value ?? 0
        let extent = 1...Self.largestExtent ~= known ? known : 0
        axes.append(Axis(value: name, position: position, extent: extent, first: count))
        count += extent
        guard count <= Self.mostElements else {
          throw MethodError(.model, "the axes of the model's values are too long to be followed")
        }
      }
      firstAxes[name] = start..<axes.count
    }
    parent = (0..<Int32(count)).map { $0 }
    frozen = [Int32](repeating: -1, count: count)
  }

  /// The axes of a value, first to last; nil when its rank is not known.
  func axes(of value: String?) -> [Int]? { value.flatMap { firstAxes[$0] }.map { Array($0) } }

  func extent(_ axis: Int) -> Int { axes[axis].extent }

  // MARK: Asking

  /// The element that stands for all that is tied to index `index` of `axis`.
  mutating func root(_ axis: Int, _ index: Int) -> Int { find(axes[axis].first + index) }

  /// Why the elements of a root cannot be cut; nil when they can.
  func reason(_ root: Int) -> String? { frozen[root] < 0 ? nil : reasons[Int(frozen[root])] }

  /// Whether no index of the axis can be cut.
  mutating func isFrozen(_ axis: Int) -> Bool {
    for index in 0..<axes[axis].extent where frozen[root(axis, index)] < 0 { return false }
    return true
  }

  /// The roots that are heads of an attention.
  mutating func headRoots() -> Set<Int> {
    var roots: Set<Int> = []
    for element in heads { roots.insert(find(element)) }
    return roots
  }

  // MARK: Tying

  /// Starts the rule of a node; what it freezes is frozen for `reason`.
  mutating func begin(reason: String) {
    currentReason = (reason, nil)
    touched.removeAll(keepingCapacity: true)
  }

  /// Ends the rule of a node: what it did not tie is frozen.
  mutating func end(values: [String]) {
    for value in values {
      for axis in firstAxes[value] ?? 0..<0 where !touched.contains(axis) { freeze(axis) }
    }
  }

  /// Says that an axis is taken care of.
  mutating func touch(_ axis: Int) { touched.insert(axis) }

  /// Ties each index of one axis to the same index of the other; axes that do not fit are frozen.
  mutating func tie(_ a: Int?, _ b: Int?) {
    guard let a, let b, axes[a].extent == axes[b].extent else { return [a, b].forEach { freeze($0) } }
    tie(a, from: 0, b, from: 0, count: axes[a].extent)
  }

  /// Ties `count` indices of one axis to as many of another; the axes are then taken care of.
  mutating func tie(_ a: Int, from startA: Int, _ b: Int, from startB: Int, count: Int) {
    guard startA >= 0, startB >= 0, startA + count <= axes[a].extent, startB + count <= axes[b].extent else {
      return [a, b].forEach { freeze($0) }
    }
    touch(a)
    touch(b)
    for offset in 0..<count { unite(axes[a].first + startA + offset, axes[b].first + startB + offset) }
  }

  /// Ties index c of `coarse` to every index s of `fine` with (s / `run`) mod extent = c.
  mutating func tie(coarse: Int, fine: Int, run: Int) {
    let extent = axes[coarse].extent
    guard extent > 0, run > 0, axes[fine].extent > 0 else { return [coarse, fine].forEach { freeze($0) } }
    touch(coarse)
    touch(fine)
    for index in 0..<axes[fine].extent {
      unite(axes[coarse].first + index / run % extent, axes[fine].first + index)
    }
  }

  /// Divides each axis into `groups` runs of equal length and ties the runs of equal number to one unit each.
  mutating func tieRuns(_ members: [Int?], groups: Int) {
    let members = members.compactMap { $0 }
    guard let anchor = members.first, groups > 0,
      members.allSatisfy({ axes[$0].extent > 0 && axes[$0].extent % groups == 0 })
    else { return members.forEach { freeze($0) } }
    for axis in members {
      touch(axis)
      let (run, anchorRun) = (axes[axis].extent / groups, axes[anchor].extent / groups)
      for index in 0..<axes[axis].extent {
        unite(axes[anchor].first + index / run * anchorRun, axes[axis].first + index)
      }
    }
  }

  /// Ties an operand to the result that it is broadcast to (ONNX, "Broadcasting"): axes from the last, extent 1 repeated.
  mutating func tieBroadcast(_ operand: [Int], _ result: [Int]) {
    guard operand.count <= result.count else { return (operand + result).forEach { freeze($0) } }
    for (a, b) in zip(operand.reversed(), result.reversed()) {
      if axes[a].extent == 1, axes[b].extent != 1 { touch(a) } else { tie(a, b) }
    }
  }

  mutating func freeze(_ axis: Int?) {
    guard let axis else { return }
    touch(axis)
    freeze(elements: axes[axis].first..<(axes[axis].first + axes[axis].extent))
  }

  mutating func freezeAll(_ value: String) {
    for axis in firstAxes[value] ?? 0..<0 { freeze(axis) }
  }

  /// Says that the indices of these axes are heads of an attention.
  mutating func markHeads(_ axis: Int) {
    for index in 0..<axes[axis].extent { heads.insert(axes[axis].first + index) }
  }

  mutating func add(_ producer: Producer) { producers.append(producer) }
  mutating func add(_ consumer: Consumer) { consumers.append(consumer) }
  mutating func add(_ scale: Scale) { scales.append(scale) }

  private mutating func freeze(elements: Range<Int>) {
    guard !elements.isEmpty else { return }
    let position: Int32
    if let known = currentReason.position {
      position = known
    } else {
      position = Int32(reasons.count)
      reasons.append(currentReason.text)
      currentReason.position = position
    }
    for element in elements {
      let root = find(element)
      if frozen[root] < 0 { frozen[root] = position }
    }
  }

  private mutating func find(_ element: Int) -> Int {
    var element = element
    while Int(parent[element]) != element {
      parent[element] = parent[Int(parent[element])]
      element = Int(parent[element])
    }
    return element
  }

  /// The smaller element becomes the root, so that results do not depend on the order of ties; the earlier reason stays.
  private mutating func unite(_ a: Int, _ b: Int) {
    let (x, y) = (find(a), find(b))
    guard x != y else { return }
    let (low, high) = (min(x, y), max(x, y))
    parent[high] = Int32(low)
    let reasons = [frozen[low], frozen[high]].filter { $0 >= 0 }
    frozen[low] = reasons.min() ?? -1
  }
}
