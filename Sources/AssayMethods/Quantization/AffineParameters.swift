import AssayCore

/// The integer type of activations.
enum ActivationType: String, Sendable {
  case uint8
  case int8
  case uint16
  case int16

  var elementType: ElementType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    }
  }

  var bits: Int { self == .uint8 || self == .int8 ? 8 : 16 }
  var isUnsigned: Bool { self == .uint8 || self == .uint16 }
  /// Distance between the least and the greatest integer of the type.
  var steps: Int { 1 << bits - 1 }
  var lowest: Int { isUnsigned ? 0 : -(1 << (bits - 1)) }
}

/// How a range of real numbers becomes scale and zero point.
struct ActivationScheme: Sendable, Equatable {
  var type: ActivationType
  /// Whether the zero point is 0, or the middle of an unsigned type where values are negative too.
  var isSymmetric = false
  /// Whether the scale is a power of two, so that x_int = round(x·2ⁿ).
  var isPowerOfTwo = false

  static let uint8 = ActivationScheme(type: .uint8)
  static let int8 = ActivationScheme(type: .int8)
}

/// A closed range of real numbers that shall be representable.
struct ActivationRange: Sendable, Equatable {
  var lowest: Float
  var highest: Float
}

/// Scale and zero point of an activation: x ≈ scale·(q − zeroPoint).
///
/// The range is widened to hold zero, which is then exact, as padding and Relu need it (Jacob et al. 2018, section
/// 2.1). Asymmetric: scale = (max − min)/(2^b − 1), zeroPoint = round(−min/scale), for signed types less 2^(b−1).
/// Symmetric: scale = max|x|/(2^(b−1) − 1), zero point 0 of a signed type, 2^(b−1) of an unsigned one; where no value
/// is negative an unsigned type has scale = max/(2^b − 1) and zero point 0. Power of two: the scale is raised to the
/// next 2^−n.
struct AffineParameters: Sendable, Equatable {
  let scale: Float
  /// Within the integers of the type.
  let zeroPoint: Int
  let type: ActivationType

  init(_ range: ActivationRange, _ scheme: ActivationScheme) {
    type = scheme.type
    let steps = Double(type.steps)
    let low = Double(min(range.lowest, 0))
    let high = Double(max(range.highest, 0))
    let isCentred = scheme.isSymmetric && (low < 0 || !type.isUnsigned)
    // Smaller scales would make the engine's products of scales denormal.
    var scale = isCentred ? Float(max(-low, high) / ((steps - 1) / 2)) : Float((high - low) / steps)
    let isEmpty = scale < 1e-30
    if isEmpty { scale = 1 }
    if scheme.isPowerOfTwo { scale = raisedToPowerOfTwo(scale) }
    self.scale = scale
    if isCentred {
      zeroPoint = type.isUnsigned ? 1 << (type.bits - 1) : 0
    } else {
      let below = isEmpty ? 0 : max(0, min(steps, (-low / Double(scale)).rounded(.toNearestOrEven)))
      zeroPoint = type.lowest + Int(below)
    }
  }

  /// The zero point as ONNX wants it, a scalar of the activation's type.
  var zeroPointTensor: Tensor {
    switch type {
    case .uint8: Tensor(scalar: UInt8(zeroPoint))
    case .int8: Tensor(scalar: Int8(zeroPoint))
    case .uint16: Tensor(scalar: UInt16(zeroPoint))
    case .int16: Tensor(scalar: Int16(zeroPoint))
    }
  }

  /// The values after quantizing and dequantizing.
  func rounded(_ values: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>) {
    let low = Float(type.lowest - zeroPoint)
    let high = low + Float(type.steps)
    let scale = scale
    for index in values.indices {
      target[index] = roundedToEven(max(low, min(high, values[index] / scale))) * scale
    }
  }
}

/// The least power of two that is not below a positive normal number.
func raisedToPowerOfTwo(_ value: Float) -> Float {
  let power = Float(sign: .plus, exponent: Int(value.exponent), significand: 1)
  return power == value ? value : power * 2
}
