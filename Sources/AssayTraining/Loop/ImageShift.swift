import AssayCore
import AssayTorch

///
/// A pixel of the result is looked up in the image with a border of zeros, so that one gathering does it all.
struct ImageShift {
  /// For each row of an epoch: the move to the right, down, and whether it is mirrored.
  struct Moves {
    var right: TorchTensor
    var down: TorchTensor
    var isMirrored: TorchTensor?
    var border: Int
  }

  private let channels: Int
  private let height: Int
  private let width: Int
  private let shape: [Int]
  private let device: TorchDevice
  private let library: TorchLibrary
  private let columns: TorchTensor
  private let lines: TorchTensor
  private let planes: TorchTensor

  /// - Parameter shape: [height, width] or [channels, height, width].
  init(shape: [Int], device: TorchDevice, _ library: TorchLibrary) throws(TorchError) {
    (self.shape, self.device, self.library) = (shape, device, library)
    (height, width) = (shape[shape.count - 2], shape[shape.count - 1])
    channels = shape.dropLast(2).reduce(1, *)
    columns = try Self.count(width, [1, 1, 1, width], device, library)
    lines = try Self.count(height, [1, 1, height, 1], device, library)
    planes = try Self.count(channels, [1, channels, 1, 1], device, library)
  }

  private static func count(
    _ count: Int, _ shape: [Int], _ device: TorchDevice, _ library: TorchLibrary
  ) throws(TorchError) -> TorchTensor {
    try TorchTensor(Tensor((0..<count).map { Int64($0) }, shape: shape), on: device, library: library)
  }

  func moves(
    _ count: Int, jitter: Int, flips: Bool, _ generator: inout SeededGenerator
  ) throws(TorchError) -> Moves {
    func column(_ values: [Int64]) throws(TorchError) -> TorchTensor {
      try TorchTensor(Tensor(values, shape: [count, 1, 1, 1]), on: device, library: library)
    }
    let span = 2 * jitter + 1
    let right = (0..<count).map { _ in Int64(generator.index(below: span)) }
    let down = (0..<count).map { _ in Int64(generator.index(below: span)) }
    let mirrored = flips ? (0..<count).map { _ in Int64(generator.index(below: 2)) } : nil
    return Moves(
      right: try column(right), down: try column(down), isMirrored: try mirrored.map(column), border: jitter)
  }

  /// - Parameter range: Which of the epoch's rows these are.
  func moved(_ rows: TorchTensor, by moves: Moves, _ range: Range<Int>) throws(TorchError) -> TorchTensor {
    func part(_ tensor: TorchTensor) throws(TorchError) -> TorchTensor {
      try one("aten::narrow", .tensor(tensor), 0, .int(range.lowerBound), .int(range.count))
    }
    let images = try one("aten::reshape", .tensor(rows), .ints([range.count, channels, height, width]))
    let border = moves.border
    let framed =
      border == 0
      ? images : try one("aten::constant_pad_nd", .tensor(images), .ints([border, border, border, border]), 0.0)
    var x = columns
    if let mirrored = moves.isMirrored {
      // x + flip·(width − 1 − 2·x)
      let turned = try one("aten::mul.Tensor", .tensor(columns), -2)
      let far = try one("aten::add.Tensor", .tensor(turned), .int(width - 1))
      x = try one(
        "aten::add.Tensor", .tensor(columns),
        .tensor(try one("aten::mul.Tensor", .tensor(part(mirrored)), .tensor(far))))
    }
    x = try one("aten::add.Tensor", .tensor(x), .tensor(part(moves.right)))
    let y = try one("aten::add.Tensor", .tensor(lines), .tensor(part(moves.down)))
    let batch = try Self.count(range.count, [range.count, 1, 1, 1], device, library)
    let result = try one(
      "aten::index.Tensor", .tensor(framed), .optionalTensors([batch, planes, y, x]))
    return try one("aten::reshape", .tensor(result), .ints([range.count] + shape))
  }

  private func one(_ name: String, _ arguments: TorchValue...) throws(TorchError) -> TorchTensor {
    guard let result = try library.operator(name).call(arguments).first else {
      throw TorchError(.failed, "\(name) gave nothing")
    }
    return result
  }
}
