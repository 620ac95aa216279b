import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

/// The oracle is numpy with ml_dtypes: see Oracles/small_floats.py.
@Suite struct FloatValuesTests {
  @Test func everyPatternAndManyNumbersConvertAsNumpyConvertsThem() throws {
    let rows = try Fixture.rows("small-floats.txt")
    try #require(rows.count > 1000)
    for row in rows {
      let type = try #require(ElementType.allCases.first { $0.onnxName == row[1] })
      if row[0] == "decode" {
        let pattern = try #require(UInt16(row[2], radix: 16))
        let bytes = type.bitWidth == 16 ? Bytes(copying: [pattern]) : Bytes(copying: [UInt8(pattern)])
        let value = try #require(Tensor(type, shape: [1], bytes: bytes)?.floatValues()).first
        if row[3] == "nan" {
          #expect(value?.isNaN == true, "\(row)")
        } else {
          #expect(value?.bitPattern == UInt32(row[3], radix: 16), "\(row)")
        }
      } else {
        let value = Float(bitPattern: try #require(UInt32(row[2], radix: 16)))
        let tensor = try #require(Tensor(converting: [value], to: type, shape: [1]))
        let pattern = tensor.bytes.withUnsafeBytes { $0.reversed().reduce(0) { $0 << 8 | Int($1) } }
        #expect(pattern == Int(row[3], radix: 16), "\(row) \(value)")
      }
    }
  }

  @Test(arguments: [ElementType.float16, .bfloat16])
  func everyNumberOfAHalfTypeSurvivesTheWayThroughFloat(type: ElementType) throws {
    let patterns = (0...UInt16.max).map { $0 }
    let tensor = try #require(Tensor(type, shape: [65536], bytes: Bytes(copying: patterns)))
    let values = try #require(tensor.floatValues())
    let again = try #require(Tensor(converting: values, to: type, shape: [65536]))
    again.bytes.withElements(as: UInt16.self) { result in
      for index in patterns.indices {
        if values[index].isNaN { continue }
        #expect(result[index] == patterns[index])
      }
    }
    #expect(try #require(Tensor(converting: [.nan], to: type, shape: [1])?.floatValues())[0].isNaN)
  }

  @Test func integersAreRoundedToEvenAndSaturate() throws {
    let values: [Float] = [0.5, 1.5, 2.5, -0.5, -1.5, 300, -300, .nan, .infinity]
    func converted(_ type: ElementType) throws -> [Float] {
      try #require(Tensor(converting: values, to: type, shape: [9])?.floatValues())
    }
    #expect(try converted(.int8) == [0, 2, 2, 0, -2, 127, -128, 0, 127])
    #expect(try converted(.uint8) == [0, 2, 2, 0, 0, 255, 0, 0, 255])
    #expect(try converted(.int4) == [0, 2, 2, 0, -2, 7, -8, 0, 7])
    #expect(try converted(.uint4) == [0, 2, 2, 0, 0, 15, 0, 0, 15])
    #expect(try converted(.int2) == [0, 1, 1, 0, -2, 1, -2, 0, 1])
    #expect(try converted(.uint2) == [0, 2, 2, 0, 0, 3, 0, 0, 3])
    #expect(try converted(.bool) == [1, 1, 1, 1, 1, 1, 1, 1, 1])
    #expect(try converted(.int64).last == 0x1p63)
    #expect(try converted(.uint32)[6] == 0)
    #expect(Tensor(converting: [.nan, .infinity, -.infinity], to: .int64, shape: [3])?.intValues() == [0, .max, .min])
  }

  @Test func fourBitNumbersArePackedLowHalfFirst() throws {
    let tensor = try #require(Tensor(converting: [1, -2, 7], to: .int4, shape: [3]))
    #expect(tensor.bytes == Bytes(copying: [0xe1, 0x07] as [UInt8]))
    #expect(tensor.floatValues() == [1, -2, 7])
    #expect(tensor.intValues() == [1, -2, 7])
  }

  @Test func powersOfTwoRoundToTheNearest() throws {
    let tensor = try #require(Tensor(converting: [1, 2.9, 3, 0, -1, .nan], to: .float8e8m0, shape: [6]))
    #expect(tensor.bytes == Bytes(copying: [127, 128, 129, 0, 0, 255] as [UInt8]))
  }

  @Test func aWrongCountOrATextTypeGivesNothing() {
    #expect(Tensor(converting: [1, 2], to: .float16, shape: [3]) == nil)
    #expect(Tensor(converting: [1, 2, 3], to: .int4, shape: [4]) == nil)
    #expect(Tensor(converting: [1], to: .string, shape: [1]) == nil)
    #expect(Tensor(strings: [[65]], shape: [1])?.floatValues() == nil)
  }

  @Test func wholeTensorsConvertBetweenTypes() throws {
    var generator = SeededGenerator(seed: 3)
    let tensor = generator.tensor([7, 5])
    #expect(tensor.converted(to: .float) == tensor)
    let half = try #require(tensor.converted(to: .float16))
    #expect(half.shape == [7, 5])
    let again = try #require(half.converted(to: .float))
    #expect(difference(again, tensor, absolute: 0x1p-25, relative: 0x1p-11) == nil)
  }
}
