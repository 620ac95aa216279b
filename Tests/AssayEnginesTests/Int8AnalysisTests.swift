import AssayCore
import FoundationEssentials
import Testing

@testable import AssayEngines

@Suite("Share of multiply-accumulates in int8")
struct Int8AnalysisTests {
  private func node(_ type: String, _ inputs: [[Int]], _ outputs: [[Int]], name: String = "n") -> OrtNodeExecution {
    OrtNodeExecution(
      name: name, operatorType: type, provider: "CPUExecutionProvider",
      inputs: inputs.map { .init(type: "float", shape: $0) }, outputs: outputs.map { .init(type: "float", shape: $0) })
  }

  @Test("Counts worked out by hand")
  func counts() {
    // 16 output channels of 3 x 3 x 3 weights on 32 x 32 positions.
    let conv = node("Conv", [[1, 3, 32, 32], [16, 3, 3, 3]], [[1, 16, 32, 32]])
    #expect(Int8Analysis.count(conv) == .float(16 * 27 * 1024))
    // Depthwise: one input channel for each of 8.
    #expect(
      Int8Analysis.count(node("Conv", [[2, 8, 4, 4], [8, 1, 3, 3]], [[2, 8, 4, 4]])) == .float(2 * 8 * 9 * 16))
    let scale: [Int] = []
    // Channels last: the output's axes are in another order, the count is the same.
    let quantized = node(
      "QLinearConv", [[1, 32, 32, 3], scale, scale, [16, 3, 3, 3], scale, scale, scale, scale], [[1, 32, 32, 16]])
    #expect(Int8Analysis.count(quantized) == .int8(16 * 27 * 1024))
    #expect(
      Int8Analysis.count(node("ConvTranspose", [[1, 4, 5, 5], [4, 2, 3, 3]], [[1, 2, 7, 7]])) == .float(25 * 4 * 18))
    #expect(Int8Analysis.count(node("Gemm", [[7, 784], [300, 784], [300]], [[7, 300]])) == .float(7 * 784 * 300))
    #expect(Int8Analysis.count(node("MatMul", [[2, 5, 3], [3, 4]], [[2, 5, 4]])) == .float(2 * 5 * 3 * 4))
    #expect(Int8Analysis.count(node("MatMul", [[3], [3, 4]], [[4]])) == .float(12))
    #expect(
      Int8Analysis.count(node("FusedMatMul", [[6, 10, 8], [6, 10, 8]], [[6, 10, 10]])) == .float(6 * 10 * 10 * 8))
    #expect(
      Int8Analysis.count(
        node("QLinearMatMul", [[5, 3], scale, scale, [3, 4], scale, scale, scale, scale], [[5, 4]]))
        == .int8(60))
    #expect(
      Int8Analysis.count(node("LSTM", [[9, 2, 3], [1, 16, 3], [1, 16, 4]], [[9, 1, 2, 4]])) == .float(18 * 112))
    #expect(Int8Analysis.count(node("Relu", [[5]], [[5]])) == .none)
  }

  @Test("What cannot be told is unknown, never a number")
  func unknown() {
    #expect(Int8Analysis.count(node("Attention", [[1, 2, 3]], [[1, 2, 3]])) == .unknown)
    // Two readings of the shapes give two different counts.
    #expect(Int8Analysis.count(node("Gemm", [[2, 2], [2, 3]], [[2, 3]])) == .float(12))
    #expect(Int8Analysis.count(node("MatMul", [[2, 3], [5, 4]], [[2, 4]])) == .unknown)
    #expect(Int8Analysis.count(node("Conv", [[1, 3, 8, 8]], [[1, 4, 8, 8]])) == .unknown)
    #expect(Int8Analysis.count(node("Conv", [[1, 3, 8, 8], [0, 3, 1, 1]], [[1, 0, 8, 8]])) == .unknown)
    let huge = node("MatMul", [[.max, .max], [.max, .max]], [[.max, .max]])
    #expect(Int8Analysis.count(huge) == .unknown)
    let analysis = Int8Analysis([
      node("Gemm", [[1, 2], [2, 3]], [[1, 3]]), node("MatMulNBits", [[1, 2]], [[1, 3]], name: "w4"),
    ])
    #expect(analysis.share == nil)
    #expect(analysis.unknownNodes == ["w4 (MatMulNBits)"])
    #expect(Int8Analysis([node("Relu", [[1]], [[1]])]).share == nil)
  }

  @Test("Sums over nodes and repeated executions")
  func share() {
    let float = node("Gemm", [[1, 2], [2, 3]], [[1, 3]], name: "f")
    let int8 = node("MatMulInteger", [[1, 2], [2, 9]], [[1, 9]], name: "i")
    let analysis = Int8Analysis([float, int8, float])
    #expect(analysis.float == 12)
    #expect(analysis.int8 == 18)
    #expect(analysis.share == 0.6)
    #expect(analysis.floatNodes == [float])
  }

  @Test("Reads ONNX Runtime's profile")
  func profile() throws {
    let json = """
      [{"cat" : "Session","pid" :1,"tid" :1,"dur" :3,"ts" :1,"ph" : "X","name" :"model_loading_uri","args" : {}},
      {"cat" : "Node","pid" :1,"tid" :1,"dur" :3,"ts" :1,"ph" : "X","name" :"a_fence_before","args" : {"op_name":"Conv"}},
      {"cat" : "Node","pid" :1,"tid" :1,"dur" :3,"ts" :1,"ph" : "X","name" :"a_kernel_time","args" : {"op_name" : "Cast",
      "provider" : "CPUExecutionProvider","node_index" : "2","input_type_shape" : [{"float":[1,2]},{"int64":[]}],
      "output_type_shape" : [{"uint8":[1,2]}],"thread_scheduling_stats" : ""}}]
      """
    let executions = try OrtProfile.executions(in: Data(json.utf8))
    #expect(
      executions == [
        OrtNodeExecution(
          name: "a", operatorType: "Cast", provider: "CPUExecutionProvider",
          inputs: [.init(type: "float", shape: [1, 2]), .init(type: "int64", shape: [])],
          outputs: [.init(type: "uint8", shape: [1, 2])])
      ])
    #expect(throws: (any Error).self) { try OrtProfile.executions(in: Data("[{".utf8)) }
  }
}
