import AssayCore
import AssayMethods
import AssayTorch

/// All training rows on the device, and the batches of an epoch.
///
/// Everything random comes from the seed and the number of the epoch, never from what was drawn before, so that a
/// training that goes on later draws the same.
final class RowStore {
  let rowCount: Int
  /// Rows that are learnt from, and rows that are held out, as positions.
  let trainingRows: [Int]
  let validationRows: [Int]
  let classCount: Int?
  private let rows: TorchTensor
  private let answers: TorchTensor
  private let library: TorchLibrary
  private let device: TorchDevice
  private let settings: TrainingSettings
  private let select: TorchOperator
  private let narrow: TorchOperator
  private let shift: ImageShift?

  private static let chunk = 4096
  /// Purposes of random numbers.
  private static let splitStream: UInt64 = 0x5917
  static let orderStream: UInt64 = 0x0bde_0000_0000

  init(
    _ data: any TrainingData, example: [Int]?, settings: TrainingSettings, device: TorchDevice, _ library: TorchLibrary
  ) throws {
    rowCount = data.rowCount
    guard data.targets.count == rowCount, rowCount > 0 else {
      throw MethodError(.training, "\(rowCount) training rows, but \(data.targets.count) answers")
    }
    let shape = example ?? data.exampleShape
    guard shape.reduce(1, *) == data.exampleShape.reduce(1, *) else {
      throw MethodError(
        .training, "the training rows have shape \(data.exampleShape), but the model reads \(shape)",
        remedy: "give the data a shape: of \(shape), or train another model on it")
    }
    (self.library, self.device, self.settings) = (library, device, settings)
    var generator = SeededGenerator(seed: settings.seed, stream: Self.splitStream)
    let held = Int((Double(rowCount) * settings.validation).rounded())
    let order = held > 0 ? generator.permutation(of: rowCount) : Array(0..<rowCount)
    validationRows = order.suffix(held).sorted()
    trainingRows = order.dropLast(held).sorted()
    guard !trainingRows.isEmpty else { throw MethodError(.training, "all \(rowCount) rows are held out") }
    classCount = data.targets.classCount
    rows = try Self.load(data, shape: shape, device, library)
    let targets: Tensor =
      switch data.targets {
      case .classes(let classes, _): Tensor(classes.map { Int64($0) }, shape: [rowCount])
      case .values(let values): Tensor(values, shape: [rowCount])
      }
    answers = try TorchTensor(targets, on: device, library: library)
    select = try library.operator("aten::index_select")
    narrow = try library.operator("aten::narrow")
    if settings.jitter > 0 || settings.flips {
      guard shape.count >= 2 else {
        throw MethodError(
          .training, "jitter and flip move images, and the model reads examples of shape \(shape)",
          remedy: "leave jitter and flip out, or train a model that reads [channels, height, width]")
      }
      shift = try ImageShift(shape: shape, device: device, library)
    } else {
      shift = nil
    }
  }

  /// Copies the rows to the device, some thousands at a time.
  private static func load(
    _ data: any TrainingData, shape: [Int], _ device: TorchDevice, _ library: TorchLibrary
  ) throws -> TorchTensor {
    let all = try TorchTensor(zeros: [data.rowCount] + shape, on: device, library: library)
    let copy = try library.operator("aten::copy_")
    let narrow = try library.operator("aten::narrow")
    for start in stride(from: 0, to: data.rowCount, by: chunk) {
      let count = min(chunk, data.rowCount - start)
      let part = try data.examples(start..<(start + count))
      guard part.elementType == .float, part.count == count * shape.reduce(1, *) else {
        throw MethodError(.training, "rows \(start)..<\(start + count) came as \(part.elementType) \(part.shape)")
      }
      let source = try TorchTensor(viewing: part.reshaped([count] + shape), library: library)
      _ = try copy(.tensor(try narrow(.tensor(all), 0, .int(start), .int(count))), .tensor(source))
    }
    return all
  }

  /// The bounds of the batches in `count` rows; a last batch of a single row, which has no statistics, joins the one
  /// before it.
  static func batches(_ count: Int, of size: Int) -> [Range<Int>] {
    var ranges = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    if size > 1, ranges.count > 1, let last = ranges.last, last.count == 1 {
      ranges.removeLast()
      ranges[ranges.count - 1] = ranges[ranges.count - 1].lowerBound..<count
    }
    return ranges
  }

  /// The training rows in the order of an epoch, 1-based.
  func epoch(_ number: Int) throws(TorchError) -> EpochRows {
    var generator = SeededGenerator(seed: settings.seed, stream: Self.orderStream + UInt64(number))
    let order = generator.permutation(of: trainingRows.count).map { Int64(trainingRows[$0]) }
    let positions = try TorchTensor(Tensor(order, shape: [order.count]), on: device, library: library)
    let moves = try shift?.moves(order.count, jitter: settings.jitter, flips: settings.flips, &generator)
    return EpochRows(positions: positions, moves: moves)
  }

  /// Rows `range` of the order of an epoch, moved as the epoch has it.
  func batch(_ range: Range<Int>, of epoch: EpochRows) throws(TorchError) -> RowBatch {
    let positions = try narrow(.tensor(epoch.positions), 0, .int(range.lowerBound), .int(range.count))
    var batch = try self.batch(positions)
    if let shift, let moves = epoch.moves { batch.rows = try shift.moved(batch.rows, by: moves, range) }
    return batch
  }

  /// The rows at `positions`, an int64 vector.
  func batch(_ positions: TorchTensor) throws(TorchError) -> RowBatch {
    RowBatch(
      rows: try select(.tensor(rows), 0, .tensor(positions)),
      answers: try select(.tensor(answers), 0, .tensor(positions)), positions: positions)
  }

  /// Held-out rows, or the first rows of all, in their order.
  func batch(_ positions: ArraySlice<Int>) throws(TorchError) -> RowBatch {
    try batch(
      try TorchTensor(
        Tensor(positions.map { Int64($0) }, shape: [positions.count]), on: device, library: library))
  }
}

/// The order of the rows in one epoch.
struct EpochRows {
  var positions: TorchTensor
  var moves: ImageShift.Moves?
}

/// Rows that go through the model together.
struct RowBatch {
  var rows: TorchTensor
  /// Classes as int64, or values as float.
  var answers: TorchTensor
  /// Where the rows stand in the data.
  var positions: TorchTensor
}
