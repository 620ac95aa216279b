import AssayONNX
import FoundationEssentials
import Testing

@Test func aModelIsReadAndWrittenBack() throws {
  guard let folder = ProcessInfo.processInfo.environment["ASSAY_MODELS"] else { return }
  for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".onnx") {
    let model = try Model(contentsOf: "\(folder)/\(name)")
    try model.write(to: "/tmp/rt-\(name)")
    let again = try Model(contentsOf: "/tmp/rt-\(name)")
    #expect(again.graph.nodes.count == model.graph.nodes.count)
  }
}
