import AssayCore
import AssayTorch
import Testing

/// What the tests on libtorch share: use as `@Suite(.enabled(if: TorchFixture.isThere, TorchFixture.isMissing))`.
enum TorchFixture {
  /// The library, found the way the program finds it.
  static let library: TorchLibrary? = try? TorchLibrary.load()
  static let isThere = library != nil
  static let isMissing: Comment = "libtorch is not here: run scripts/setup --training"

  /// The library, in tests that run only where it is.
  static func loaded() throws -> TorchLibrary { try #require(library) }

  static func tensor(_ values: [Float], _ shape: [Int]? = nil) throws -> TorchTensor {
    try TorchTensor(Tensor(values, shape: shape ?? [values.count]), library: loaded())
  }

  /// A leaf that gradients gather in.
  static func parameter(_ values: [Float], _ shape: [Int]? = nil) throws -> TorchTensor {
    let tensor = try tensor(values, shape)
    try tensor.setRequiresGradient(true)
    return tensor
  }

  static func floats(_ tensor: TorchTensor) throws -> [Float] { try tensor.values().elements(Float.self) }

  /// The error that `body` throws; nil when it throws none.
  static func error<R>(_ body: () throws(TorchError) -> R) -> TorchError? {
    do throws(TorchError) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }
}

/// Tests that draw random numbers of libtorch, which are the process's: each within `LibraryRandomNumbers.alone`, because
/// other modules' tests draw too.
@Suite("Random numbers", .serialized, .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct RandomNumberTests {}
