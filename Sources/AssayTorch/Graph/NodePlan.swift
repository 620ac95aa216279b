import AssayCore
import AssayONNX

/// Computes a node's outputs, in order, at every run.
typealias NodeFunction = (NodeCall) throws(TorchError) -> [TorchTensor]

/// Reads a node once and gives what computes it.
typealias Lowering = @Sendable (NodePlan) throws(TorchError) -> NodeFunction

/// One node while its graph is prepared: attributes, and the inputs whose values are known before any run.
struct NodePlan {
  let node: Node
  /// Version of the node's operator set.
  let opset: Int
  let aten: ATen
  let device: TorchDevice
  /// The type that stands for ONNX's float: float, or double where a graph is computed in double precision.
  let precision: ElementType
  let constants: KnownConstants

  func failure(_ message: String, remedy: String? = nil) -> TorchError {
    TorchError(.graph, "\(node.opType): \(message)", at: Place(node: node.label), remedy: remedy)
  }

  func unsupported(_ what: String) -> TorchError {
    TorchError(
      .graph, "\(what) (operator \(node.opType)) cannot be run on libtorch here", at: Place(node: node.label),
      remedy: "use another engine for this model, or export it without")
  }

  /// An ATen operator by name.
  func operation(_ name: String) throws(TorchError) -> TorchOperator { try aten.library.operator(name) }

  func hasInput(_ index: Int) -> Bool { node.input(index) != nil }

  /// The value of input `index`, where it is known; its name can then no longer be replaced.
  func known(_ index: Int) -> Tensor? { node.input(index).flatMap { constants.read($0) } }

  /// Whether the attribute is there and not 0.
  func flag(_ name: String, otherwise value: Bool = false) -> Bool { node.int(name).map { $0 != 0 } ?? value }

  func double(_ name: String, otherwise value: Double) -> Double { node.float(name).map { Double($0) } ?? value }

  /// The attribute `name`, of values that cannot overflow in products of two.
  func moderateInts(_ name: String) throws(TorchError) -> [Int]? {
    guard let values = node.ints(name) else { return nil }
    guard values.allSatisfy({ $0.magnitude <= Int(Int32.max) }) else { throw failure("\(name) \(values) is too large") }
    return values
  }

  /// The integers of attribute `name` or, where the operator's newer versions have it as an input, of input `index`.
  func integers(_ name: String, orInput index: Int) throws(TorchError) -> Integers? {
    if hasInput(index) { return try integers(input: index) }
    return node.ints(name).map { .known($0) }
  }

  func integers(input index: Int) throws(TorchError) -> Integers {
    guard let tensor = known(index) else { return .input(index) }
    guard let values = tensor.intValues(), !tensor.elementType.isFloatingPoint else {
      throw failure("input \(index) is \(tensor.elementType) where integers are needed")
    }
    return .known(values)
  }

  /// The one number of input `index`; nil where it is left out.
  func number(input index: Int) throws(TorchError) -> Number? {
    guard hasInput(index) else { return nil }
    guard let tensor = known(index) else { return .input(index) }
    guard tensor.count == 1, let value = tensor.realValues()?.first else {
      throw failure("input \(index) of shape \(tensor.shape) is no number")
    }
    return .known(value)
  }

  /// The element type as it is computed with: float and double by the graph's precision, narrow integers in wider ones.
  func storage(_ type: ElementType) throws(TorchError) -> ElementType {
    guard let stored = StorageType.of(type, precision: precision) else { throw unsupported("elements of type \(type)") }
    return stored
  }
}

/// Integers that are known before a run, or read from an input in it.
enum Integers {
  case known([Int])
  case input(Int)

  func callAsFunction(_ call: NodeCall) throws(TorchError) -> [Int] {
    switch self {
    case .known(let values): values
    case .input(let index): try call.integers(index)
    }
  }
}

/// A number that is known before a run, or read from an input in it.
enum Number {
  case known(Double)
  case input(Int)

  func callAsFunction(_ call: NodeCall) throws(TorchError) -> Double {
    switch self {
    case .known(let value): value
    case .input(let index): try call.input(index).number()
    }
  }
}

/// One application of a node in a run: its arguments, and what all nodes of the run share.
struct NodeCall {
  /// nil for an optional input left out.
  let inputs: [TorchTensor?]
  let state: RunState

  /// The required input `index`.
  func input(_ index: Int) throws(TorchError) -> TorchTensor {
    guard index < inputs.count, let tensor = inputs[index] else {
      throw TorchError(.graph, "input \(index) is missing")
    }
    return tensor
  }

  /// The input `index`, nil when it is left out.
  func optional(_ index: Int) -> TorchTensor? { index < inputs.count ? inputs[index] : nil }

  /// The whole numbers of a small integer tensor, read from the device.
  func integers(_ index: Int) throws(TorchError) -> [Int] {
    let tensor = try input(index).values()
    guard !tensor.elementType.isFloatingPoint, let values = tensor.intValues() else {
      throw TorchError(.graph, "input \(index) is \(tensor.elementType) where integers are needed")
    }
    return values
  }
}

/// What the nodes of one run share.
final class RunState {
  /// Whether batch statistics and dropout are used.
  let isTraining: Bool
  /// New running statistics, by the name of the value they stand for.
  var statistics: [String: TorchTensor] = [:]

  /// Whether results may be differentiated.
  let isRecorded: Bool

  init(isTraining: Bool, isRecorded: Bool) {
    self.isTraining = isTraining
    self.isRecorded = isRecorded
  }
}

/// Values known while a graph is prepared, and which of them were looked at.
final class KnownConstants {
  private var values: [String: Tensor] = [:]
  private var declared: [String: ElementType] = [:]
  /// Names of the values that lowerings have built upon.
  private(set) var read: Set<String> = []

  func set(_ name: String, _ tensor: Tensor) { values[name] = tensor }
  func declare(_ name: String, _ type: ElementType) { declared[name] = type }

  func read(_ name: String) -> Tensor? {
    guard let tensor = values[name] else { return nil }
    read.insert(name)
    return tensor
  }

  /// Says that what was made of the value cannot change any more.
  func markRead(_ name: String) { read.insert(name) }

  /// The value, without building upon it.
  func peek(_ name: String) -> Tensor? { values[name] }

  /// The element type that the model gives the value, where it says so.
  func type(_ name: String) -> ElementType? { declared[name] }
}

extension TorchError {
  /// A mistake found in a run; the node is filled in by the graph.
  static func run(_ message: String) -> TorchError { TorchError(.graph, message) }
}

/// A negative axis counted from the end, checked.
func checkedAxis(_ axis: Int, rank: Int) throws(TorchError) -> Int {
  guard axis >= -rank, axis < rank else { throw .run("axis \(axis) is outside rank \(rank)") }
  return axis < 0 ? axis + rank : axis
}

/// Distinct axes, each checked, ascending.
func checkedAxes(_ axes: [Int], rank: Int) throws(TorchError) -> [Int] {
  var checked: Set<Int> = []
  for axis in axes {
    guard checked.insert(try checkedAxis(axis, rank: rank)).inserted else { throw .run("axis \(axis) occurs twice") }
  }
  return checked.sorted()
}

/// More numbers are never made on the host for one axis; beyond it an extent is taken for a mistake before memory is asked
/// for.
let largestMade = 1 << 24

/// The product of extents, refused where it overflows.
func elementCount(_ shape: some Sequence<Int>) throws(TorchError) -> Int {
  var (count, overflows) = (1, false)
  for extent in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    guard extent >= 0 else { throw .run("an extent is negative") }
    (count, overflows) = (product, overflows || overflow)
  }
  guard !overflows else { throw .run("a shape has more elements than can be counted") }
  return count
}

/// Numpy's broadcasting: aligned at the last axis, an extent of 1 stretches.
func broadcastShape(_ a: [Int], _ b: [Int]) throws(TorchError) -> [Int] {
  let rank = max(a.count, b.count)
  var result = [Int](repeating: 1, count: rank)
  for shape in [a, b] {
    for (offset, extent) in shape.reversed().enumerated() where extent != 1 {
      let axis = rank - 1 - offset
      guard result[axis] == 1 || result[axis] == extent else { throw .run("shapes \(a) and \(b) do not broadcast") }
      result[axis] = extent
    }
  }
  return result
}
