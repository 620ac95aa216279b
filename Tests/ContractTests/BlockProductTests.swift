import AssayCore
import AssayEngines
import AssayONNX
import AssayRuntime
import AssayTestSupport
import Testing

/// Packed products in every width that ONNX Runtime has, with and without zero points, rows that fill no block.
struct BlockProductTests {
  @Test(
    "MatMulNBits of the reference engine is that of the engines that are here",
    .enabled(if: !foundEngines.isEmpty, Comment(rawValue: noEngineIsHere)), arguments: [2, 4, 8], [true, false])
  func widths(bits: Int, hasZeros: Bool) throws {
    for (k, block) in [(64, 16), (70, 32), (100, 64)] {
      var generator = SeededGenerator(seed: UInt64(bits * 1000 + k))
      let (n, blocks) = (5, (k + block - 1) / block)
      func bytes(_ shape: [Int]) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { _ in UInt8(generator.integer(in: 0...255)) }, shape: shape)
      }
      var graph = GraphBuilder()
      let x = graph.input("x", [3, k])
      let b = graph.constant(bytes([n, blocks, block * bits / 8]))
      let scales = graph.constant(generator.tensor([n * blocks]))
      let perByte = 8 / bits
      let zeros = hasZeros ? graph.constant(bytes([n * ((blocks + perByte - 1) / perByte)])) : ""
      let bias = graph.constant(generator.tensor([n]))
      let y = graph.node(
        "MatMulNBits", [x, b, scales, zeros, "", bias],
        [
          Attribute("K", int: k), Attribute("N", int: n), Attribute("bits", int: bits),
          Attribute("block_size", int: block),
        ], domain: "com.microsoft")
      let model = graph.model(outputs: [y], domains: ["com.microsoft": 1])
      let inputs = ["x": generator.tensor([3, k])]
      let expected = try ReferenceSession(model).run(inputs)
      for engine in foundEngines {
        let actual = try answers(model, engine, inputs)
        let found = difference(actual[0], expected[0], absolute: 1e-5 * scale(expected))
        #expect(found == nil, "\(engine.name), K = \(k), blocks of \(block): \(found ?? "")")
      }
    }
  }
}
