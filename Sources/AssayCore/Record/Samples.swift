/// Raw latencies of single inferences in nanoseconds, in the order measured, never trimmed.
public struct Samples: Sendable, Hashable, Codable {
  private var packed: PackedIntegers

  public init(_ nanoseconds: [UInt64] = []) { packed = PackedIntegers(nanoseconds) }

  /// The latencies in nanoseconds.
  public var nanoseconds: [UInt64] { packed.values }
  public var count: Int { packed.values.count }

  /// Reads the packed form.
  public init(from decoder: any Decoder) throws { packed = try PackedIntegers(from: decoder) }
  /// Writes the packed form.
  public func encode(to encoder: any Encoder) throws { try packed.encode(to: encoder) }
}
