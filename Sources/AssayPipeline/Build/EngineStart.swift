public import AssayRuntime
import Dispatch

/// An engine that is being started on a second thread, while the first reads models and data.
///
/// What goes wrong shows again where the engine opens a model.
public struct EngineStart {
  private let group = DispatchGroup()

  public init(_ engine: any Engine) {
    DispatchQueue.global().async(group: group) { try? engine.start() }
  }

  /// Waits for the end; a process must not end while a library is half-way.
  public func wait() { group.wait() }
}
