/// The instruction set extensions of a processor that decide how fast and how exactly int8 runs.
public struct CPUFeatures: Sendable, Hashable, Codable {
  /// Flags as Linux names them in `/proc/cpuinfo`: `avx2`, `avx512_vnni`.
  public var flags: Set<String>

  public init(flags: some Sequence<String>) { self.flags = Set(flags) }

  private enum CodingKeys: String, CodingKey { case flags }

  /// Writes the flags sorted: a set has another order in every process, and equal machines must be equal texts.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(flags.sorted(), forKey: .flags)
  }

  /// Whether uint8 × int8 products are summed in 32 bits at once (VNNI, or Arm dot product), without the 16-bit
  /// saturation of AVX2's `vpmaddubsw`.
  public var hasInt8DotProduct: Bool {
    !flags.isDisjoint(with: ["avx512_vnni", "avx_vnni", "avx_vnni_int8", "amx_int8", "asimddp", "i8mm"])
  }

  /// The flags that matter here, for reports, in a fixed order.
  public var relevant: [String] {
    [
      "sse4_2", "avx", "f16c", "fma", "avx2", "avx512f", "avx512bw", "avx512_vnni", "avx_vnni", "avx_vnni_int8",
      "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "asimd", "asimddp", "i8mm",
    ].filter(flags.contains)
  }
}
