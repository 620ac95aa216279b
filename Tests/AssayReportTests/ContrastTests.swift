import Glibc
import Testing

@testable import AssayReport

/// Contrast as WCAG 2.2 defines it (1.4.3, 1.4.11), of the colours in the finished style sheet.
@Suite struct ContrastTests {
  /// Custom properties by name, of the light and of the dark theme, read back from the style sheet.
  private static let themes: [[String: String]] = {
    let parts = PageTheme.style.split(separator: "@media screen and (prefers-color-scheme:dark)", maxSplits: 1)
    return parts.map { part in
      var colours: [String: String] = [:]
      let block = part.drop { $0 != "-" }.prefix { $0 != "}" }
      for declaration in block.split(separator: ";") {
        let pair = declaration.split(separator: ":")
        guard pair.count == 2, pair[0].hasPrefix("--") || pair[0].contains("--") else { continue }
        if let start = pair[0].firstRange(of: "--") { colours[String(pair[0][start.upperBound...])] = String(pair[1]) }
      }
      return colours
    }
  }()

  private static func luminance(_ hex: String) -> Double? {
    guard hex.count == 7, let number = Int(hex.dropFirst(), radix: 16) else { return nil }
    func linear(_ byte: Int) -> Double {
      let share = Double(byte) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(number >> 16 & 255) + 0.7152 * linear(number >> 8 & 255) + 0.0722 * linear(number & 255)
  }

  private static func contrast(_ a: String?, _ b: String?) -> Double {
    guard let a = a.flatMap(luminance), let b = b.flatMap(luminance) else { return 0 }
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  @Test func theMeasureIsThatOfTheStandard() {
    #expect(Self.contrast("#000000", "#ffffff") == 21)
    // WebAIM's contrast checker: #767676 on white is 4.54.
    #expect(abs(Self.contrast("#767676", "#ffffff") - 4.54) < 0.005)
  }

  @Test(arguments: [0, 1])
  func textStandsOutFromItsGround(theme: Int) throws {
    let colours = try #require(Self.themes.count == 2 ? Self.themes[theme] : nil)
    #expect(colours.count >= PageTheme.colours.count)
    for pair in PageTheme.textOnGround {
      let contrast = Self.contrast(colours[pair.text], colours[pair.ground])
      #expect(contrast >= 4.5, "\(pair.text) on \(pair.ground): \(contrast)")
    }
  }

  @Test(arguments: [0, 1])
  func whatChartsDrawStandsOutFromThePage(theme: Int) throws {
    let colours = try #require(Self.themes.count == 2 ? Self.themes[theme] : nil)
    let paper = colours["paper"]
    for name in ["chart-blue", "ink", "muted"] { #expect(Self.contrast(colours[name], paper) >= 3, "\(name)") }
    for colour in [Palette.bluishGreen, Palette.vermillion] { #expect(Self.contrast(colour, paper) >= 3, "\(colour)") }
  }

  @Test func numbersOnCellsStandOut() {
    for hue in [HeatPicture.Hue.blue, .orange] {
      for step in 0...20 {
        let strength = Double(step) / 20
        let (red, green, blue) = hue.colour(strength)
        let number = red << 16 | green << 8 | blue
        let digits = String(number, radix: 16)
        let cell = "#" + String(repeating: "0", count: 6 - digits.count) + digits
        let contrast = Self.contrast(HeatPicture.ink, cell)
        #expect(contrast >= 4.5, "\(hue) \(strength): \(contrast)")
      }
    }
  }
}
