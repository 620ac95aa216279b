import AssayCore
import AssayTestSupport
import FoundationEssentials
import Testing

private func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
  try JSONDecoder().decode(type, from: Data(json.utf8))
}

struct PackedIntegersTests {
  /// LEB128 of 0, 1, 127, 128, 300 and 2⁶⁴−1, by the definition (DWARF 5, section 7.6), in base64 by `base64` of
  /// coreutils.
  @Test("The stored form is base64 of LEB128")
  func form() throws {
    let values: [UInt64] = [0, 1, 127, 128, 300, .max]
    let json = String(decoding: try JSONEncoder().encode([PackedIntegers(values)]), as: UTF8.self)
    #expect(json.replacing("\\/", with: "/") == #"["AAF/gAGsAv///////////wE="]"#)
    #expect(try decode([PackedIntegers].self, json)[0].values == values)
  }

  @Test("What is packed is unpacked unchanged", arguments: 0..<40 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<generator.integer(in: 0...300)).map { _ in
      generator.next() >> UInt64(generator.integer(in: 0...63))
    }
    let data = try JSONEncoder().encode([PackedIntegers(values)])
    #expect(try JSONDecoder().decode([PackedIntegers].self, from: data)[0].values == values, "seed \(seed)")
    let samples = try JSONDecoder().decode([Samples].self, from: data)[0]
    #expect(samples == Samples(values), "seed \(seed)")
    #expect(samples.count == values.count, "seed \(seed)")
    #expect(try JSONEncoder().encode([samples]) == data, "seed \(seed)")
  }

  @Test("Latencies of microseconds take two bytes or three, not twenty")
  func size() throws {
    let samples = Samples([UInt64](repeating: 25_000, count: 3000))
    #expect(try JSONEncoder().encode([samples]).count < 3000 * 4 + 10)
  }

  @Test(
    "Damaged text is refused",
    arguments: [
      #"["not base64!"]"#, #"["gA=="]"#, #"["//////////////8B"]"#, "[17]", "[null]", "[[1, 2]]", #"["AAA"]"#,
    ])
  func damaged(json: String) {
    #expect(throws: DecodingError.self) { try decode([PackedIntegers].self, json) }
  }

  @Test("A number of more than 64 bits is refused, not cut")
  func overflow() throws {
    // Ten bytes of which the last holds bits 63 and up: 2 and more do not fit.
    #expect(throws: DecodingError.self) { try decode([PackedIntegers].self, #"["gICAgICAgICAAg=="]"#) }
    #expect(try decode([PackedIntegers].self, #"["gICAgICAgICAAQ=="]"#)[0].values == [1 << 63])
  }

  @Test("Random text never crashes", arguments: 0..<60 as Range<UInt64>)
  func random(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let bytes = (0..<generator.integer(in: 0...60)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let json = "[\"\(Data(bytes).base64EncodedString())\"]"
    guard let packed = try? decode([PackedIntegers].self, json)[0] else { return }
    #expect(packed.values.count <= bytes.count, "seed \(seed)")
  }
}
