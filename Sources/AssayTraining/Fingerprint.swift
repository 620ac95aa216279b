import AssayCore
import AssayMethods
import AssayONNX

/// Tells whether two trainings, or two sets of soft targets, are the same; 64 bits, for that alone.
struct Fingerprint: Hashable, Sendable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// FNV-1a over words of eight bytes, each stirred so that high bits reach low ones.
  mutating func combine(_ word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01b3
    value ^= value >> 29
  }

  mutating func combine(_ text: String) {
    combine(UInt64(text.utf8.count))
    for byte in text.utf8 { combine(UInt64(byte)) }
  }

  mutating func combine(_ bytes: Bytes) {
    combine(UInt64(bytes.count))
    bytes.withUnsafeBytes { buffer in
      let words = buffer.count / 8
      for index in 0..<words { combine(buffer.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) }
      for index in (words * 8)..<buffer.count { combine(UInt64(buffer[index])) }
    }
  }

  mutating func combine(_ tensor: Tensor) {
    combine("\(tensor.elementType) \(tensor.shape)")
    combine(tensor.bytes)
  }

  mutating func combine(_ model: Model) {
    for node in model.graph.nodes {
      combine("\(node.domain) \(node.opType) \(node.inputs) \(node.outputs)")
      for attribute in node.attributes {
        combine(attribute.name)
        if case .tensor(let stored) = attribute.value {
          stored.tensor.map { combine($0) }
        } else {
          combine(Self.text(attribute.value))
        }
      }
    }
    for initializer in model.graph.initializers {
      combine(initializer.name)
      initializer.tensor.map { combine($0) }
    }
    combine("\(model.graph.outputs.map(\.name))")
  }

  private static func text(_ value: Attribute.Value) -> String {
    switch value {
    case .float(let value): "\(value)"
    case .int(let value): "\(value)"
    case .string(let value): "\(value)"
    case .floats(let value): "\(value)"
    case .ints(let value): "\(value)"
    default: ""
    }
  }
}

extension WeightExpression {
  /// Adds everything that tells this expression from another.
  func combine(into fingerprint: inout Fingerprint) {
    switch self {
    case .parameter(let number): fingerprint.combine("parameter \(number)")
    case .constant(let tensor): fingerprint.combine(tensor)
    case .sum(let a, let b): Self.combine("sum", [a, b], into: &fingerprint)
    case .product(let a, let b): Self.combine("product", [a, b], into: &fingerprint)
    case .quotient(let a, let b): Self.combine("quotient", [a, b], into: &fingerprint)
    case .matrixProduct(let a, let b): Self.combine("matrix product", [a, b], into: &fingerprint)
    case .exceeds(let a, let b): Self.combine("exceeds", [a, b], into: &fingerprint)
    case .straightThrough(let a, let b): Self.combine("straight through", [a, b], into: &fingerprint)
    case .absolute(let a): Self.combine("absolute", [a], into: &fingerprint)
    case .sign(let a): Self.combine("sign", [a], into: &fingerprint)
    case .round(let a): Self.combine("round", [a], into: &fingerprint)
    case .gather(let a, let indices):
      Self.combine("gather", [a], into: &fingerprint)
      fingerprint.combine(indices)
    case .reshape(let a, let shape): Self.combine("reshape \(shape)", [a], into: &fingerprint)
    case .transpose(let a, let order): Self.combine("transpose \(order)", [a], into: &fingerprint)
    case .clamp(let a, let lower, let upper): Self.combine("clamp \(lower) \(upper)", [a], into: &fingerprint)
    case .mean(let a, let axes): Self.combine("mean \(axes)", [a], into: &fingerprint)
    }
  }

  private static func combine(_ name: String, _ parts: [WeightExpression], into fingerprint: inout Fingerprint) {
    fingerprint.combine(name)
    for part in parts { part.combine(into: &fingerprint) }
  }
}
