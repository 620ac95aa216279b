public import AssayCore

/// A bit for each block of a weight that tells whether it is zero, and the whole blocks that are not.
///
/// Blocks cover the matrix [outputs, inputs] that the weight stands for; the weight is
/// [n / (rowLength·stride), rowLength, stride], its rows one element in every `stride`. Blocks at the ends may be smaller.
public struct BlockSparseForm: WeightForm, SparseForm {
  public static let name = "block-sparse"
  public static let lowering = Lowering.dense
  private var tensor: Tensor
  private let grid: BlockGrid
  /// By block, whether it holds something.
  private let isFilled: [Bool]
  /// Elements of the blocks that hold something.
  private let stored: Int

  /// - Parameters:
  ///   - tensor: Float elements; negative zeros count as zero.
  ///   - rows: Rows of a block.
  ///   - columns: Columns of a block.
  /// - Returns: nil when the extents do not fit.
  public init?(_ tensor: Tensor, rows: Int, columns: Int, rowLength: Int, stride: Int) {
    guard tensor.elementType == .float, Self.fits(tensor.count, rows, columns, rowLength, stride) else { return nil }
    let grid = BlockGrid(
      rows: rows, columns: columns, layout: WeightLayout(columns: rowLength, stride: stride), count: tensor.count)
    var isFilled = [Bool](repeating: false, count: grid.count)
    tensor.withElements(Float.self) { source in
      grid.forEach(source.count) { position, block in if source[position] != 0 { isFilled[block] = true } }
    }
    (self.tensor, self.grid, self.isFilled) = (tensor, grid, isFilled)
    stored = Self.stored(isFilled, grid, count: tensor.count)
  }

  private static func fits(_ count: Int, _ rows: Int, _ columns: Int, _ rowLength: Int, _ stride: Int) -> Bool {
    let largest = PruningPattern.largestBlock
    guard count > 0, 1...largest ~= rows, 1...largest ~= columns, rows * columns <= largest, rowLength > 0, stride > 0
    else {
      return false
    }
    let (size, overflow) = rowLength.multipliedReportingOverflow(by: stride)
    return !overflow && count % size == 0
  }

  private static func stored(_ isFilled: [Bool], _ grid: BlockGrid, count: Int) -> Int {
    let matrixRows = grid.layout.rows(count)
    var stored = 0
    for block in isFilled.indices where isFilled[block] {
      let height = min(grid.rows, matrixRows - block / grid.across * grid.rows)
      stored += height * min(grid.columns, grid.layout.columns - block % grid.across * grid.columns)
    }
    return stored
  }

  public var shape: [Int] { tensor.shape }
  public func dense() -> Tensor { tensor }

  var indexByteCount: Int { (grid.count + 7) / 8 }

  var byteCount: Int {
    [grid.rows, grid.columns, grid.layout.columns, grid.layout.stride]
      .reduce(AssayMethods.byteCount(ofShape: shape)) { $0 + AssayMethods.byteCount(ofNumber: $1) }
      + indexByteCount + 4 * stored
  }

  /// Shape; rows and columns of a block; row length; stride; a mask of blocks, low bits first; their elements, in the
  /// order in which they lie in the weight.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(shape: shape)
    for number in [grid.rows, grid.columns, grid.layout.columns, grid.layout.stride] { bytes.append(number: number) }
    var mask = [UInt8](repeating: 0, count: (grid.count + 7) / 8)
    for block in isFilled.indices where isFilled[block] { mask[block / 8] |= 1 << UInt8(block % 8) }
    bytes.append(contentsOf: mask)
    var values: [Float] = []
    values.reserveCapacity(stored)
    tensor.withElements(Float.self) { source in
      grid.forEach(source.count) { position, block in
        if isFilled[block] { values.append(source[position] == 0 ? 0 : source[position]) }
      }
    }
    bytes.append(floats: values)
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures { parts(of: encoded_B, indices_B: indexByteCount) }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    // How many elements a byte may stand for is checked below, against the mask.
    let shape = try reader.shape(bitsPerElement: 0)
    let count = shape.reduce(1, *)
    let (rows, columns) = (try reader.number(), try reader.number())
    let (rowLength, stride) = (try reader.number(), try reader.number())
    guard Self.fits(count, rows, columns, rowLength, stride), count / (rows * columns) / 8 <= reader.remaining,
      count <= 1 << 31
    else { throw FormReader.broken("blocks that do not fit the weight") }
    let grid = BlockGrid(
      rows: rows, columns: columns, layout: WeightLayout(columns: rowLength, stride: stride), count: count)
    let mask = Array(try reader.take((grid.count + 7) / 8))
    guard grid.count % 8 == 0 || (mask.last ?? 0) >> UInt8(grid.count % 8) == 0 else {
      throw FormReader.broken("a mask longer than its weight")
    }
    let isFilled = (0..<grid.count).map { mask[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    let stored = Self.stored(isFilled, grid, count: count)
    let values = try reader.floats(stored)
    var next = 0
    tensor = Tensor.floats(shape: shape) { target in
      guard stored > 0 else { return }
      grid.forEach(count) { position, block in
        if isFilled[block] {
          target[position] = values[next]
          next += 1
        }
      }
    }
    (self.grid, self.isFilled, self.stored) = (grid, isFilled, stored)
  }

  /// The dense weight times the mask of its blocks: zeros within a block that holds something may change.
  public func trainable() -> TrainableWeight {
    let mask = Tensor.floats(shape: shape) { target in
      grid.forEach(target.count) { position, block in if isFilled[block] { target[position] = 1 } }
    }
    return TrainableWeight(tensor, mask: mask)
  }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> BlockSparseForm {
    var result = self
    result.tensor = try trainable().checkedValue(parameters)
    return result
  }
}
