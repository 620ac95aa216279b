import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Testing

@Suite struct ExternalDataTests {
  /// external.onnx, made by Oracles/make_external_model.py, keeps the tensor `w` of 300 × 1 floats in `weights.bin`.
  private func copyModel(to folder: String, data: Int? = 1200, location: String? = nil) throws -> String {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("external.onnx")))
    if let location {
      let old = Data("weights.bin".utf8)
      let range = try #require(bytes.firstRange(of: old))
      bytes.replaceSubrange(range, with: Data(location.utf8))
    }
    try bytes.write(to: URL(fileURLWithPath: "\(folder)/model.onnx"))
    if let data {
      let values = (0..<300).map { Float($0) }
      let content = values.withUnsafeBytes { Data($0) }
      try content.prefix(data).write(to: URL(fileURLWithPath: "\(folder)/weights.bin"))
    }
    return "\(folder)/model.onnx"
  }

  @Test func dataBesideTheModelAreRead() throws {
    try withTemporaryFolder { folder in
      let model = try Model(contentsOf: copyModel(to: folder))
      #expect(model.graph.constant("w")?.floatValues() == (0..<300).map { Float($0) })
      #expect(model.graph.initializer("w")?.isExternal == true)
    }
  }

  @Test func writingKeepsThemBesideOrTakesThemIn() throws {
    try withTemporaryFolder { folder in
      let model = try Model(contentsOf: copyModel(to: folder))
      let weights = model.graph.constant("w")
      try model.write(to: "\(folder)/beside.onnx")
      #expect(FileManager.default.fileExists(atPath: "\(folder)/beside.onnx.data"))
      let beside = try Model(contentsOf: "\(folder)/beside.onnx")
      #expect(beside.graph.constant("w") == weights)
      try model.write(to: "\(folder)/inline.onnx", weights: .inline)
      try FileManager.default.removeItem(atPath: "\(folder)/weights.bin")
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/inline.onnx.data"))
      let inline = try Model(contentsOf: "\(folder)/inline.onnx")
      #expect(inline.graph.constant("w") == weights)
      #expect(inline.graph.initializer("w")?.isExternal == false)
    }
  }

  @Test func missingAndShortFilesAreNamed() throws {
    try withTemporaryFolder { folder in
      let missing = try #require(throws: ONNXError.self) { _ = try Model(contentsOf: copyModel(to: folder, data: nil)) }
      #expect(missing.code == .externalData)
      #expect(missing.place?.node == "w")
      #expect(missing.message.contains("weights.bin"))
      let short = try #require(throws: ONNXError.self) { _ = try Model(contentsOf: copyModel(to: folder, data: 100)) }
      #expect(short.code == .externalData)
    }
  }

  @Test(arguments: ["/etc/passwd", "../secret1", "a/../../b1"])
  func pathsOutOfTheFolderAreRefused(location: String) throws {
    // The length of the location is part of the message: keep it at eleven letters.
    let location = String((location + "xxxxxxxxxxx").prefix(11))
    try withTemporaryFolder { folder in
      let error = try #require(throws: ONNXError.self) {
        _ = try Model(contentsOf: copyModel(to: folder, location: location))
      }
      #expect(error.code == .externalData)
      #expect(error.message.contains("leaves the model's folder"))
    }
  }
}
