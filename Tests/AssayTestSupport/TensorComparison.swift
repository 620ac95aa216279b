public import AssayCore
import AssayONNX

/// The first difference between two tensors, in words; nil when they agree.
///
/// Type and shape must be the same. Numbers agree when |actual − expected| ≤ absolute + relative·|expected|, and where
/// both are NaN or the same infinity. Types that are not numbers must be equal bit for bit.
///
/// Use as `#expect(difference(actual, expected, relative: 1e-5) == nil)`.
public func difference(
  _ actual: Tensor, _ expected: Tensor, absolute: Double = 0, relative: Double = 0
) -> String? {
  guard actual.elementType == expected.elementType else {
    return "element type \(actual.elementType), expected \(expected.elementType)"
  }
  guard actual.shape == expected.shape else { return "shape \(actual.shape), expected \(expected.shape)" }
  guard let actualValues = actual.doubleValues, let expectedValues = expected.doubleValues else {
    return actual == expected ? nil : "the contents differ"
  }
  return difference(actualValues, expectedValues, absolute: absolute, relative: relative)
}

/// The first difference between two lists of numbers, in words, with the number of differences; nil when they agree.
public func difference(
  _ actual: [Double], _ expected: [Double], absolute: Double = 0, relative: Double = 0
) -> String? {
  guard actual.count == expected.count else { return "\(actual.count) values, expected \(expected.count)" }
  var first: Int?
  var (worst, differences) = (0.0, 0)
  for index in actual.indices {
    let (a, e) = (actual[index], expected[index])
    if a == e || (a.isNaN && e.isNaN) { continue }
    let distance = abs(a - e)
    if distance.isFinite, distance <= absolute + relative * abs(e) { continue }
    first = first ?? index
    differences += 1
    worst = max(worst, distance.isNaN ? .infinity : distance)
  }
  guard let first else { return nil }
  return "\(differences) of \(actual.count) values differ, the first at \(first): \(actual[first]), expected "
    + "\(expected[first]); the largest difference is \(worst)"
}

extension Tensor {
  /// The elements as numbers; nil for types that are not real numbers.
  public var doubleValues: [Double]? {
    switch elementType {
    case .double: elements(Double.self)
    case .int32, .uint32, .int64: intValues()?.map { Double($0) }
    case .uint64: elements(UInt64.self).map { Double($0) }
    default: floatValues()?.map { Double($0) }
    }
  }
}
