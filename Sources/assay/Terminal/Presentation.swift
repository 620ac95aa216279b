import AssayCore
import AssayReport
import FoundationEssentials

/// Writes a run's report and prints its table.
enum Presentation {
  static func present(_ record: RunRecord, folder: String) throws {
    Console.print("TODO")
  }
}
