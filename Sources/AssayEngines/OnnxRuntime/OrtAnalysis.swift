import AssayCore
import AssayONNX
import AssayRuntime
import FoundationEssentials
import Glibc

/// Finds out how ONNX Runtime really runs a model: one more session with the same settings runs once with profiling on.
///
/// The profile names every node of the rewritten graph that ran, with the shapes and types it saw and the provider it ran
/// on, also inside subgraphs. That needs no shape inference over the engine's own operators.
struct OrtAnalysis {
  let configuration: OrtConfiguration
  let library: OrtLibrary

  /// Prepacked weights would be missing in the profile; prepacking does not change which kernels run.
  private static let keepsWeights = ["session.disable_prepacking": "1"]
  /// Blocked layouts pad the channels of float convolutions. They touch nothing that is quantized, so that counting
  /// without them counts the same nodes at their real size, and under the model's own names.
  private static let unblocked = [OrtConfiguration.disabledOptimizers: "NchwcTransformer"]

  func report(inputs: [OrtTensor]) throws(EngineError) -> ExecutionReport {
    var nodes = try executions(inputs, extra: Self.keepsWeights)
    var report = ExecutionReport(operators: Self.operators(nodes))
    let elsewhere = Set(nodes.filter { $0.provider != expectedProvider && !$0.provider.isEmpty }.map(\.name))
    if !elsewhere.isEmpty {
      report.notes.append("not on \(configuration.settings.device): \(elsewhere.sorted().joined(separator: ", "))")
    }
    if nodes.contains(where: { $0.operatorType == "ReorderOutput" || $0.operatorType == "ReorderInput" }) {
      nodes = try executions(inputs, extra: Self.keepsWeights.merging(Self.unblocked) { first, _ in first })
    }
    let analysis = Int8Analysis(nodes)
    report.int8Share = analysis.share
    let reasons = report.operators["DequantizeLinear"] != nil && !analysis.floatNodes.isEmpty ? floatReasons() : nil
    report.floatNodes = analysis.floatNodes.map { node in
      "\(node.name) (\(node.operatorType))" + (reasons?.reason(for: node.name).map { ": \($0)" } ?? "")
    }
    if !analysis.unknownNodes.isEmpty {
      report.notes.append(
        "share of int8 unknown, because these multiply an unknown number of times: "
          + analysis.unknownNodes.joined(separator: ", "))
    }
    return report
  }

  private var expectedProvider: String {
    configuration.cudaDevice == nil ? "CPUExecutionProvider" : OrtDevices.cudaProvider
  }

  /// Nodes by operator; a node that ran several times (in a loop) counts once.
  private static func operators(_ nodes: [OrtNodeExecution]) -> [String: Int] {
    var counts: [String: Int] = [:]
    var seen: Set<[String]> = []
    for node in nodes where seen.insert([node.operatorType, node.name]).inserted {
      counts[node.operatorType, default: 0] += 1
    }
    return counts
  }

  private func executions(
    _ inputs: [OrtTensor], extra: [String: String]
  ) throws(EngineError) -> [OrtNodeExecution] {
    let folder = try Self.makeFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var configuration = configuration
    configuration.settings.optimizedModelPath = nil
    configuration.profilePrefix = folder + "/profile"
    configuration.extra = extra
    let session = try OrtSession(configuration, library: library)
    _ = try session.run(inputs)
    let path = try session.endProfile()
    do {
      return try OrtProfile.executions(in: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw EngineError(.inference, "the profile of onnxruntime cannot be read", at: Place(file: path), cause: error)
    }
  }

  /// The optimized graph, read back; nil when it cannot be written or read (above 2 GB), then there are no reasons.
  private func floatReasons() -> OrtFloatReasons? {
    guard let folder = try? Self.makeFolder() else { return nil }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var configuration = configuration
    configuration.settings.optimizedModelPath = folder + "/optimized.onnx"
    configuration.extra = Self.unblocked
    guard (try? OrtSession(configuration, library: library)) != nil,
      let model = try? Model(contentsOf: folder + "/optimized.onnx")
    else { return nil }
    return OrtFloatReasons(model.graph)
  }

  private static func makeFolder() throws(EngineError) -> String {
    let parent = FileManager.default.temporaryDirectory.path
    var template = Array("\(parent.hasSuffix("/") ? String(parent.dropLast()) : parent)/assay-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
    guard made else {
      throw EngineError(
        .inference, "no temporary folder can be made in '\(parent)'", remedy: "set TMPDIR to a folder with room")
    }
    return template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }
}
