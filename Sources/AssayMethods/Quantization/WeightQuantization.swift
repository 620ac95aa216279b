import AssayCore

/// Symmetric weights of 8 or 16 bits: q = clamp(round(w/scale), −limit, limit), halves to even, zero point 0.
///
/// scale = max|w|/limit over the tensor or over each slice along an axis, so that |w − scale·q| ≤ scale/2; raised to
/// the next power of two where asked for.
struct WeightQuantization {
  /// 127; or 64 where products of two uint8 × int8 pairs must not pass 16 bits (2·255·64 = 32,640 < 32,768); 32,767
  /// for weights of 16 bits.
  let limit: Int
  let granularity: Granularity
  var isPowerOfTwo = false

  /// What has a scale of its own.
  enum Granularity: String, Sendable {
    case tensor, channel
    /// Channels of convolutions; matrices as a whole, which kernels multiply faster, where that rounds them finely.
    case automatic = "auto"
  }

  /// Least signal-to-noise ratio, as powers, with which a matrix gets one scale: 35 dB, about that of activations of 8
  /// bits. With 8 bits the largest weight is then at most 8 times the root of the mean square.
  static let leastRatio = 3162.0

  /// Width of the integers that weights are stored in.
  var bits: Int { limit > 127 ? 16 : 8 }

  /// The scales of a weight, one for each slice along `axis` or one for all.
  ///
  /// A slice of zeros gets the scale 0; `guarded` mends it.
  func scales(of tensor: Tensor, axis: Int) -> [Float] {
    var largest = tensor.largestMagnitudes(along: axis)
    let greatest = largest.max() ?? 0
    switch granularity {
    case .tensor: largest = [greatest]
    case .automatic where tensor.shape.count == 2 && isFine(tensor, largest: greatest): largest = [greatest]
    default: break
    }
    return largest.map { magnitude in
      let scale = magnitude / Float(limit)
      return isPowerOfTwo && scale >= 1e-30 ? raisedToPowerOfTwo(scale) : scale
    }
  }

  /// Whether one scale rounds all weights finely: noise scale²/12 against their mean square.
  private func isFine(_ tensor: Tensor, largest: Float) -> Bool {
    let step = Double(largest) / Double(limit)
    return tensor.sumOfSquares() >= Self.leastRatio * step * step / 12 * Double(tensor.count)
  }

  /// Scales that no bias overflows with and that are not zero.
  ///
  /// A bias is stored as round(b/(input scale · weight scale)) in 32 bits; scales of nearly empty slices are raised so
  /// that it stays below 2³⁰ and leaves room for the sum of products.
  func guarded(_ scales: [Float], bias: [Float]?, inputScale: Float) -> (scales: [Float], raised: Int) {
    var raised = 0
    let biases = bias ?? []
    let largestBias = biases.reduce(Float(0)) { max($0, $1.magnitude) }
    let guarded = scales.enumerated().map { index, scale -> Float in
      let amount = scales.count == 1 ? largestBias : index < biases.count ? biases[index].magnitude : 0
      let least = Float(Double(amount) / Double(inputScale) / Double(1 << 30))
      if scale <= 0 {
        // Nothing to multiply: the scale only has to carry the bias finely.
        let fine = Float(Double(amount) / Double(inputScale) / Double(1 << 24))
        return fine > 1e-30 ? allowed(fine) : 1
      }
      if scale < least || scale < 1e-30 {
        raised += 1
        return allowed(max(least, 1e-30))
      }
      return scale
    }
    return (guarded, raised)
  }

  private func allowed(_ scale: Float) -> Float { isPowerOfTwo ? raisedToPowerOfTwo(scale) : scale }

  /// The integers of a weight under the given scales, int8 or int16.
  ///
  /// - Precondition: finite float elements; one positive scale, or as many as `axis` is long.
  func integers(of tensor: Tensor, axis: Int, scales: [Float]) -> Tensor {
    bits == 16
      ? tensor.roundedIntegers(along: axis, scales: scales, limit: limit, as: Int16.self)
      : tensor.roundedIntegers(along: axis, scales: scales, limit: limit, as: Int8.self)
  }
}

/// The nearest integer, halves to even, of a number whose magnitude is below 2²².
///
/// Adding 1.5·2²³ leaves no bits for a fraction; unlike a call of `rint` this is two instructions and vectorizes.
@inline(__always)
func roundedToEven(_ value: Float) -> Float {
  let magic: Float = 12_582_912
  return (value + magic) - magic
}
