public import AssayCore

/// A bit for each weight that tells whether it is zero, and the weights that are not.
public struct MaskedForm: WeightForm {
  public static let name = "masked"
  public static let lowering = Lowering.dense
  private let tensor: Tensor

  /// - Precondition: float elements; negative zeros count as zero.
  public init(_ tensor: Tensor) {
    precondition(tensor.elementType == .float)
    self.tensor = tensor
  }

  public var shape: [Int] { tensor.shape }
  public func dense() -> Tensor { tensor }

  /// Shape; ⌈n/8⌉ bytes of mask, low bits first; the nonzero elements as floats.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(shape: tensor.shape)
    tensor.withElements(Float.self) { values in
      var mask = [UInt8](repeating: 0, count: (values.count + 7) / 8)
      for index in values.indices where values[index] != 0 { mask[index / 8] |= 1 << UInt8(index % 8) }
      bytes.append(contentsOf: mask)
      bytes.append(floats: values.filter { $0 != 0 })
    }
  }

  public func packedFigures(encoded_B: Int) -> PackedFigures {
    parts(of: encoded_B, indices_B: (tensor.count + 7) / 8)
  }

  public init(decoding reader: inout FormReader) throws(MethodError) {
    let shape = try reader.shape(bitsPerElement: 1)
    let count = shape.reduce(1, *)
    let mask = Array(try reader.take((count + 7) / 8))
    let nonzeros = try reader.floats(mask.reduce(0) { $0 + $1.nonzeroBitCount })
    guard count % 8 == 0 || (mask.last ?? 0) >> UInt8(count % 8) == 0 else {
      throw FormReader.broken("a mask longer than its weight")
    }
    tensor = Tensor.floats(shape: shape) { target in
      var next = 0
      for index in 0..<count where mask[index / 8] >> UInt8(index % 8) & 1 == 1 {
        target[index] = nonzeros[next]
        next += 1
      }
    }
  }

  /// The dense weight times its mask: what is zero has no gradient and stays zero.
  public func trainable() -> TrainableWeight { TrainableWeight(tensor, mask: tensor.nonzeroMask()) }

  public func trained(_ parameters: [Tensor]) throws(MethodError) -> MaskedForm {
    MaskedForm(try trainable().checkedValue(parameters))
  }
}
