/// Bytes of a model's packed file by what they are for: every weight stored in its weight form, all else as in the
/// runnable file.
///
/// Each byte that is needed to get the model back counts, and none is counted twice.
public struct PackedFigures: Sendable, Hashable, Codable {
  /// Numbers that belong to one weight each: floats, integers, codes of quantized weights.
  public var values_B: Int
  /// What tells which weights there are and which shared value each has.
  public var indices_B: Int
  /// Numbers that many weights share: codebooks, the values of hashed weights, scales and zero points.
  public var codebooks_B: Int
  /// Nodes, names, shapes, and what describes the forms.
  public var header_B: Int

  public init(values_B: Int = 0, indices_B: Int = 0, codebooks_B: Int = 0, header_B: Int = 0) {
    self.values_B = values_B
    self.indices_B = indices_B
    self.codebooks_B = codebooks_B
    self.header_B = header_B
  }

  /// Bytes of the whole packed file.
  public var total_B: Int { values_B + indices_B + codebooks_B + header_B }

  /// The sum of both, part by part.
  public static func + (left: PackedFigures, right: PackedFigures) -> PackedFigures {
    PackedFigures(
      values_B: left.values_B + right.values_B, indices_B: left.indices_B + right.indices_B,
      codebooks_B: left.codebooks_B + right.codebooks_B, header_B: left.header_B + right.header_B)
  }
}
