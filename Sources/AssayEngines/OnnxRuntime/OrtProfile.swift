import AssayCore
import FoundationEssentials

/// One execution of a node, as ONNX Runtime's profile tells it.
struct OrtNodeExecution: Sendable, Hashable {
  var name: String
  /// Operator type; the profile does not name the domain.
  var operatorType: String
  var provider: String
  /// Inputs that were there, in order; an optional input left out is not counted.
  var inputs: [Typed]
  var outputs: [Typed]

  struct Typed: Sendable, Hashable {
    /// `float`, `uint8`, `int8` ...
    var type: String
    var shape: [Int]

    /// Number of elements; nil when it does not fit an Int.
    var count: Int? {
      shape.reduce(1 as Int?) { product, extent in
        product.flatMap { $0.multipliedReportingOverflow(by: extent) }.flatMap { $0.overflow ? nil : $0.partialValue }
      }
    }
  }
}

/// Reads the profile that ONNX Runtime writes (Chrome trace format, one event a node execution).
enum OrtProfile {
  static func executions(in json: Data) throws -> [OrtNodeExecution] {
    try JSONDecoder().decode([Event].self, from: json).compactMap { event in
      guard event.cat == "Node", let arguments = event.args, let operatorType = arguments.op_name else { return nil }
      let suffix = "_kernel_time"
      guard event.name.hasSuffix(suffix) else { return nil }
      return OrtNodeExecution(
        name: String(event.name.dropLast(suffix.count)), operatorType: operatorType, provider: arguments.provider ?? "",
        inputs: typed(arguments.input_type_shape), outputs: typed(arguments.output_type_shape))
    }
  }

  private static func typed(_ entries: [[String: [Int]]]?) -> [OrtNodeExecution.Typed] {
    (entries ?? []).compactMap { entry in
      entry.first.map { OrtNodeExecution.Typed(type: $0.key, shape: $0.value) }
    }
  }

  private struct Event: Decodable {
    var cat: String
    var name: String
    var args: Arguments?
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct Arguments: Decodable {
    var op_name: String?
    var provider: String?
    var input_type_shape: [[String: [Int]]]?
    var output_type_shape: [[String: [Int]]]?
  }
}
