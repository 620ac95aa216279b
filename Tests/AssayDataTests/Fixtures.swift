import AssayCore
import FoundationEssentials
import Testing

@testable import AssayData

/// A folder that is gone when the test is.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/assay-data-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

func decoded(_ base64: String) throws -> [UInt8] { Array(try #require(Data(base64Encoded: base64))) }

/// Expects a `DataError` of `code` whose text has all `parts`.
func expectFault(
  _ code: DataErrorCode, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("no error, expected \(code)", sourceLocation: sourceLocation)
  } catch let error as DataError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(error.description.contains(part), "'\(part)' in: \(error)", sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
  }
}

/// Position-weighted sum of the bit patterns, modulo 2^64, as `make_oracles.py` computes it.
func checksum(_ tensor: Tensor) -> UInt64 {
  tensor.withElements(Float.self) { values in
    var sum: UInt64 = 0
    for i in 0..<values.count { sum &+= UInt64(values[i].bitPattern) &* UInt64(i + 1) }
    return sum
  }
}

func description(_ format: String, _ paths: String..., options: [String: OptionValue] = [:]) -> DatasetDescription {
  DatasetDescription(format: format, paths: paths, options: options)
}

func bigEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

func idx(_ type: UInt8, _ shape: [Int], _ payload: [UInt8]) -> [UInt8] {
  [0, 0, type, UInt8(shape.count)] + shape.flatMap(bigEndian) + payload
}
