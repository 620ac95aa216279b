import ArgumentParser
import AssayCore
import AssayMeasure
import AssayMethods
import AssayONNX
import AssayPipeline

/// `assay inspect`: layers, parameters, multiply-accumulates, sparsity.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows a model's layers with shapes, parameters, multiply-accumulates and zeros.",
    discussion: "The last lines estimate what 8-bit integers would bring on this CPU.")

  @Argument(help: "The ONNX model.")
  var model: String

  func run() throws {
    let source = try Model(contentsOf: model)
    do {
      try source.check()
    } catch {
      throw error.located(at: Place(file: model))
    }
    let cpu = currentEnvironment(engines: []).cpuFeatures
    Console.print(ModelTable.text(source, path: model, estimate: integerEstimate(of: source, cpu: cpu)))
  }
}
