/// A factor kept as the fraction it was written as, so that `1/255` divides by 255 instead of multiplying by 0.00392….
public struct Ratio: Sendable, Hashable {
  /// Multiplied with first.
  public let numerator: Double
  /// Divided by second; never 0.
  public let denominator: Double

  /// The factor that changes nothing.
  public static let one = Ratio(unchecked: 1, 1)

  private init(unchecked numerator: Double, _ denominator: Double) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// Makes a finite fraction, or nil for a zero denominator or a number that is not finite.
  public init?(_ numerator: Double, over denominator: Double = 1) {
    guard numerator.isFinite, denominator.isFinite, denominator != 0 else { return nil }
    self.init(unchecked: numerator, denominator)
  }

  /// Reads `1/255`, `0.5` or `2`; blanks around the numbers are allowed.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { part -> Double? in
      let words = part.split(separator: " ")
      return words.count == 1 ? Double(words[0]) : nil
    }
    switch parts.count {
    case 1:
      guard let value = parts[0] else { return nil }
      self.init(value)
    case 2:
      guard let numerator = parts[0], let denominator = parts[1] else { return nil }
      self.init(numerator, over: denominator)
    default: return nil
    }
  }
}

extension Ratio: CustomStringConvertible {
  /// `1/255`, `2`, `0.5`: what `init(_:)` reads.
  public var description: String {
    denominator == 1 ? Self.plain(numerator) : "\(Self.plain(numerator))/\(Self.plain(denominator))"
  }

  private static func plain(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}

extension Ratio: Codable {
  /// Reads the text form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Ratio(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a ratio")
    }
    self = value
  }

  /// Writes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
