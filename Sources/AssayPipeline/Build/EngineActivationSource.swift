public import AssayCore
import AssayMeasure
public import AssayMethods
public import AssayONNX
public import AssayRuntime
import FoundationEssentials
import Glibc

/// Shows methods the values inside a model by running it, with those values as extra outputs, in a real engine.
public struct EngineActivationSource: ActivationSource {
  private let rows: Tensor
  private let engine: any Engine
  private let threads: Int
  private let batch: Int?
  private let sideBySide: Int

  /// - Parameters:
  ///   - rows: Prepared calibration rows, float, shape [rows] + features.
  ///   - batch: Rows in one run, where the model's batch is open; by default as many as `CalibrationRuns` says.
  ///   - sideBySide: Runs at a time, where the engine can, by default one for each CPU; the order in which values are
  ///     handed over stays the same.
  public init(rows: Tensor, engine: any Engine, threads: Int, batch: Int? = nil, sideBySide: Int? = nil) {
    self.rows = rows
    self.engine = engine
    self.threads = threads
    self.batch = batch
    self.sideBySide = max(1, min(sideBySide ?? allowedCPUs().count, Self.mostSideBySide))
  }

  /// More would only fill memory.
  private static let mostSideBySide = 8

  public var rowCount: Int { rows.shape.first ?? 0 }

  public func observe(
    _ model: Model, values: [String], consume: (_ batch: [Tensor]) throws(MethodError) -> Void
  ) throws(MethodError) {
    let path = FileManager.default.temporaryDirectory.path + "/assay-\(getpid())-\(UInt32.random(in: 0 ... .max)).onnx"
    defer { unlink(path) }
    let session: any Session
    do {
      try model.exposing(values).write(to: path, weights: .inline, isSynced: false)
      session = try engine.open(path: path, settings: SessionSettings(threads: threads, showsInnerValues: true))
    } catch let error as any ExplainedError {
      throw MethodError(.underlying, "the model cannot be run for calibration", cause: error)
    } catch {
      throw MethodError(.underlying, "the model cannot be run for calibration", cause: error)
    }
    try run(session, values, consume)
  }

  private func run(
    _ session: any Session, _ values: [String], _ consume: ([Tensor]) throws(MethodError) -> Void
  ) throws(MethodError) {
    do {
      let fixed = session.inputs.first?.shape.first?.value
      var runs = CalibrationRuns(rowCount: rowCount, fixed: fixed, wanted: batch, sideBySide: sideBySide)
      let input = try WorkerInput(rows: rows, session: session, batch: fixed ?? 1)
      let positions = Dictionary(
        session.outputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
      while let group = runs.next() {
        let feeds = group.map { input.batch(from: $0.lowerBound, count: $0.count) }
        for (feed, outputs) in zip(feeds, try session.run(feeds, threads: sideBySide)) {
          let found = try values.map { name throws(EngineError) -> Tensor in
            if let tensor = feed[name] { return tensor }
            guard let position = positions[name] else {
              throw EngineError(.inference, "the engine gave no value '\(name)'")
            }
            return outputs[position]
          }
          runs.learn(values_B: outputs.reduce(0) { $0 + $1.bytes.count })
          try consume(found)
        }
      }
    } catch let error as MethodError {
      throw error
    } catch let error as EngineError {
      throw MethodError(
        error.code == .input ? .calibration : .underlying, "calibration failed", cause: error)
    } catch {
      throw MethodError(.underlying, "calibration failed", cause: error)
    }
  }
}

extension Model {
  /// The same model with more of its values as outputs.
  fileprivate func exposing(_ values: [String]) -> Model {
    var model = self
    let inputs = Set(graph.inputs.map(\.name))
    let outputs = Set(graph.outputs.map(\.name))
    var seen: Set<String> = []
    for name in values where !inputs.contains(name) && !outputs.contains(name) && seen.insert(name).inserted {
      // The engine infers the shape; the type must be given, and calibrated values are float.
      model.graph.outputs.append(ValueInfo(name: name, elementType: .float, shape: nil))
    }
    return model
  }
}
