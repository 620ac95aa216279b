import AssayCore
import AssayMethods
import AssayTorch
import Glibc

/// Turns inner values of the student into the shape of the teacher's, by a linear map that is trained along and then
/// dropped (the regressor of FitNets; one 1×1 convolution wide).
final class Hints {
  /// The maps, trained with everything else.
  let parameters: [TorchTensor]
  let studentNames: [String]
  let teacherNames: [String]
  private let maps: [TorchTensor?]
  private let library: TorchLibrary
  private let convolve, linear: TorchOperator

  private static let stream: UInt64 = 0x41

  /// - Parameters:
  ///   - student: Values of a few rows, by name, and so the teacher's.
  /// - Throws: `training` for values that no linear map joins.
  init(
    _ hints: [Distillation.Hint], student: [String: TorchTensor], teacher: [String: TorchTensor], seed: UInt64,
    device: TorchDevice, _ library: TorchLibrary
  ) throws {
    self.library = library
    studentNames = hints.map(\.student)
    teacherNames = hints.map(\.teacher)
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    var (maps, parameters) = ([TorchTensor?](), [TorchTensor]())
    for hint in hints {
      let (from, to) = (student[hint.student]?.shape ?? [], teacher[hint.teacher]?.shape ?? [])
      guard from != to else {
        maps.append(nil)
        continue
      }
      let map = try Self.map(from: from, to: to, hint, &generator)
      let leaf = try TorchTensor(map, on: device, library: library)
      try leaf.setRequiresGradient(true)
      maps.append(leaf)
      parameters.append(leaf)
    }
    (self.maps, self.parameters) = (maps, parameters)
    convolve = try library.operator("aten::conv2d")
    linear = try library.operator("aten::linear")
  }

  private static func map(
    from: [Int], to: [Int], _ hint: Distillation.Hint, _ generator: inout SeededGenerator
  ) throws(MethodError) -> Tensor {
    let isImage = from.count == 4 && to.count == 4 && from.suffix(2) == to.suffix(2)
    let isVector = from.count == to.count && [2, 3].contains(from.count) && from.dropLast() == to.dropLast()
    guard isImage || isVector else {
      throw MethodError(
        .training,
        "the hint '\(hint.student)' of the student has shape \(from), '\(hint.teacher)' of the teacher \(to)",
        remedy: "choose values of as many places; only the number of channels may differ")
    }
    let (inputs, outputs) = isImage ? (from[1], to[1]) : (from[from.count - 1], to[to.count - 1])
    let bound = (6 / Double(inputs + outputs)).squareRoot()
    let values = (0..<(inputs * outputs)).map { _ in Float((2 * generator.unit() - 1) * bound) }
    return Tensor(values, shape: isImage ? [outputs, inputs, 1, 1] : [outputs, inputs])
  }

  /// Pairs of values that shall become equal.
  func pairs(
    student: [String: TorchTensor], teacher: [String: TorchTensor]
  ) throws(TorchError) -> [(TorchTensor, TorchTensor)] {
    var pairs: [(TorchTensor, TorchTensor)] = []
    for (index, map) in maps.enumerated() {
      guard let from = student[studentNames[index]], let to = teacher[teacherNames[index]] else {
        throw TorchError(.argument, "a hint names a value that is not there")
      }
      guard let map else {
        pairs.append((from, to))
        continue
      }
      let rank = map.rank
      pairs.append((try rank == 4 ? convolve(.tensor(from), .tensor(map)) : linear(.tensor(from), .tensor(map)), to))
    }
    return pairs
  }
}
