import AssayCore

/// The eight-bit integer type of activations.
enum ActivationType: Sendable {
  case uint8
  case int8

  var elementType: ElementType { self == .uint8 ? .uint8 : .int8 }
  /// The least integer of the type; the greatest is 255 above it.
  var lowest: Int { self == .uint8 ? 0 : -128 }
}

/// A closed range of real numbers that shall be representable.
struct ActivationRange: Sendable, Equatable {
  var lowest: Float
  var highest: Float
}

/// Scale and zero point of an activation: x ≈ scale·(q − zeroPoint).
///
/// The range is widened to hold zero, which is then exact, as padding and Relu need it (Jacob et al. 2018, section
/// 2.1): scale = (max − min)/255, zeroPoint = round(−min/scale), for int8 less 128.
struct AffineParameters: Sendable, Equatable {
  let scale: Float
  /// Within the integers of the type.
  let zeroPoint: Int
  let type: ActivationType

  init(_ range: ActivationRange, _ type: ActivationType) {
    let low = Double(min(range.lowest, 0))
    let high = Double(max(range.highest, 0))
    let scale = Float((high - low) / 255)
    // Smaller scales would make the engine's products of scales denormal.
    self.scale = scale < 1e-30 ? 1 : scale
    let steps = scale < 1e-30 ? 0 : Int(max(0, min(255, (-low / Double(scale)).rounded(.toNearestOrEven))))
    self.zeroPoint = type.lowest + steps
    self.type = type
  }

  /// The zero point as ONNX wants it, a scalar of the activation's type.
  var zeroPointTensor: Tensor {
    type == .uint8 ? Tensor(scalar: UInt8(zeroPoint)) : Tensor(scalar: Int8(zeroPoint))
  }
}
