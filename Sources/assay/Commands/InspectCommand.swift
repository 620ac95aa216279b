import ArgumentParser
import AssayCore
import AssayONNX
import AssayPipeline

/// `assay inspect`: layers, parameters, multiply-accumulates, sparsity.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows a model's layers with shapes, parameters, multiply-accumulates and zeros.")

  @Argument(help: "The ONNX model.")
  var model: String

  func run() throws {
    let source = try Model(contentsOf: model)
    do {
      try source.check()
    } catch {
      throw error.located(at: Place(file: model))
    }
    Console.print(ModelTable.text(source, path: model))
  }
}
