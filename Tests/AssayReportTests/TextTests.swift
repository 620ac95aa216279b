import AssayCore
import AssayMeasure
import Testing

@testable import AssayReport

@Suite struct TextTests {
  /// Oracle: Python's `unicodedata.east_asian_width` (W and F count two, marks and format characters none).
  @Test(arguments: [
    ("int8-static", 11), ("größe", 5), ("漢字", 4), ("e\u{301}", 1), ("ﾊﾝｶｸ", 4), ("ＡＢ", 4), ("한국", 4), ("👩‍💻", 2),
    ("µs±−↵", 5),
    ("a\u{200B}b", 2), ("❤️", 2), ("", 0), ("नि", 1),
  ])
  func widthsAreThoseOfTheTerminal(text: String, width: Int) { #expect(displayWidth(text) == width) }

  @Test func hiddenCharactersBecomeVisible() {
    #expect(visibleLine("a\r\nb\nc\td\u{1B}[31m\u{202E}e\0") == "a↵b↵c→d\u{FFFD}[31m\u{FFFD}e\u{FFFD}")
    #expect(visibleLine("it's \"100 %\" 漢字") == "it's \"100 %\" 漢字")
  }

  @Test func cutTextsNeverExceedTheirWidth() {
    var generator = SeededGenerator(seed: 3)
    let letters = Array("ab-ü漢字 é👩‍💻µ")
    for round in 0..<400 {
      let text = String((0..<generator.index(below: 40)).map { _ in letters[generator.index(below: letters.count)] })
      let width = generator.index(below: 30)
      for cut in [shortened(text, toWidth: width), truncated(text, toWidth: width)] {
        #expect(displayWidth(cut) <= width, "seed 3, round \(round): '\(text)' to \(width) gave '\(cut)'")
        if displayWidth(text) <= width { #expect(cut == text) }
      }
      for line in wrapped(text, toWidth: width + 2) {
        #expect(displayWidth(line) <= width + 2, "seed 3, round \(round): '\(text)' to \(width + 2) gave '\(line)'")
      }
      let joined = wrapped(text, toWidth: width + 2).joined().filter { $0 != " " }
      #expect(joined == text.filter { $0 != " " }, "seed 3, round \(round): words were lost")
    }
  }

  @Test(arguments: [
    (0.0, "0 ns"), (41, "41 ns"), (999.4, "999 ns"), (999.7, "1.00 µs"), (24_100, "24.1 µs"), (999_960, "1.00 ms"),
    (1_778_800, "1.78 ms"), (12e9, "12.0 s"), (0.25, "0.250 ns"), (-2_500, "-2.50 µs"),
  ])
  func durations(nanoseconds: Double, text: String) { #expect(QuantityText.duration(nanoseconds) == text) }

  @Test func quantities() {
    #expect(QuantityText.bytes(1_067_168) == "1.07 MB")
    #expect(QuantityText.bytes(512) == "512 B")
    #expect(QuantityText.count(266_610) == "267 k")
    #expect(QuantityText.percent(0.963829) == "96.38 %")
    #expect(QuantityText.share(0.0004) == "<0.1 %")
    #expect(QuantityText.share(0.9996) == ">99.9 %")
    #expect(QuantityText.share(1) == "100 %")
    #expect(QuantityText.points(-0.00167) == "−0.17")
    #expect(QuantityText.points(-0.000001) == "0.00")
    #expect(QuantityText.points(0.0006) == "+0.06")
    #expect(QuantityText.ratio(1.4234) == "1.42")
    #expect(QuantityText.ratio(0.0123) == "0.012")
    #expect(QuantityText.ratio(.nan) == "n/a")
    #expect(QuantityText.fixed(-0.001, decimals: 2) == "0.00")
    #expect(QuantityText.fixed(1e300, decimals: 2) == "1e+300")
    #expect(QuantityText.significant(9.996, digits: 3) == "10.0")
  }

  @Test func fileNamesAreUnlikeEachOtherAndPlain() {
    let names = fileNames(for: [
      "digits", "Digits", "../../etc", "", "漢字", "größe <50%>", String(repeating: "x", count: 200),
    ])
    #expect(names == ["digits", "digits-2", "etc", "group", "group-2", "gr-e-50", String(repeating: "x", count: 60)])
  }

  @Test func markdownEscapesMarkup() {
    #expect(Markdown.escaped("a|b *c* <d> `e`\nf") == "a\\|b \\*c\\* \\<d\\> \\`e\\`↵f")
    #expect(Markdown.code("a`b``c") == "```a`b``c```")
  }
}
