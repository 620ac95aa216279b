import AssayCore
import AssayJudge
import FoundationEssentials
import Glibc
import Testing

@testable import AssayReport

/// axe-core's one script, which `scripts/setup --tests` fetches.
private let axe: String? = {
  let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
  return contents("\(root)/.engines/axe-core/axe.min.js")
}()

private let browser = ["chromium", "chromium-browser", "google-chrome"].first(where: isInstalled)

/// Pages under the rules of axe-core (WCAG 2.2 A and AA, and its best practices), as a browser shows them.
@Suite(
  .enabled(if: axe != nil && browser != nil, "chromium and axe-core are needed (scripts/setup --tests)"), .serialized)
struct AccessibilityTests {
  private static let probe = """
    <!DOCTYPE html><title>probe</title><iframe id="f" style="border:0;width:WIDTHpx;height:900px"></iframe>
    <pre id="out">nothing was said</pre><script>
    const decoded = name => new TextDecoder().decode(Uint8Array.from(atob(name), c => c.charCodeAt(0)));
    const f = document.getElementById("f");
    f.srcdoc = decoded("PAGE");
    f.onload = async () => {
      const d = f.contentDocument;
      for (const part of d.querySelectorAll("details")) part.open = true;
      const script = d.createElement("script");
      script.textContent = decoded("AXE");
      d.head.append(script);
      const found = await f.contentWindow.axe.run(d, { resultTypes: ["violations"] });
      const say = ["rules=" + (found.passes.length + found.violations.length)];
      for (const rule of found.violations) {
        say.push(rule.id + "=" + rule.nodes.length + " " + rule.help + ": " + rule.nodes[0].html.slice(0, 160));
      }
      document.getElementById("out").textContent = say.join("\\n");
    };
    </script>
    """

  private static let pages: [(name: String, page: OutputFile?)] = {
    var crowd = SampleRun.crowdedRecord(12)
    crowd.gates = [try? Gate(parsing: "latency.p50 rise <= 5 %", metrics: MetricCatalog.all)].compactMap(\.self)
    var failed = RichRun.record()
    for index in failed.trials.indices {
      failed.trials[index].result = .failed(TrialFailure(stage: .load, message: "no memory"))
    }
    func index(_ files: [OutputFile]) -> OutputFile? { files.first { $0.name == "index.html" } }
    let model = ReportModel(crowd, comparison: Comparison(withinRun: crowd))
    let runs = [SideBySide.Run(label: "one", model: model), SideBySide.Run(label: "two", model: RichRun.model)]
    return [
      ("report", index(renderReport(model).files)), ("rich", index(renderReport(RichRun.model).files)),
      ("only failures", index(renderReport(ReportModel(failed, comparison: Comparison(withinRun: failed))).files)),
      ("side by side", index(sideBySideFiles(SideBySide(runs)))),
      ("site", index(SiteTests.site(3, gnuplot: "gnuplot").files)),
    ]
  }()

  @Test(
    "No rule is broken", arguments: ["report", "rich", "only failures", "side by side", "site"],
    [(1280, false), (390, true)])
  func rules(name: String, look: (width: Int, isDark: Bool)) throws {
    let page = try #require(Self.pages.first { $0.name == name }?.page)
    let folder = try TemporaryFolder()
    let text = Self.probe.replacing("WIDTH", with: "\(look.width)")
      .replacing("PAGE", with: Data(page.bytes).base64EncodedString())
      .replacing("AXE", with: Data((axe ?? "").utf8).base64EncodedString())
    try write([OutputFile(name: "probe.html", text: text)], to: folder.path)
    let program = try #require(browser)
    let flags =
      "--headless --no-sandbox --disable-gpu --proxy-server=127.0.0.1:9 --user-data-dir=profile "
      + "--window-size=1400,1000 --virtual-time-budget=20000 "
      + (look.isDark ? "--blink-settings=preferredColorScheme=0 " : "")
    let status = run(
      ["sh", "-c", "timeout 100 \(program) \(flags) --dump-dom probe.html > dom 2> log"], in: folder.path)
    #expect(status == 0, "\(contents("\(folder.path)/log")?.suffix(600) ?? "")")
    let dom = contents("\(folder.path)/dom") ?? ""
    let start = try #require(dom.firstRange(of: "<pre id=\"out\">"))
    let end = try #require(dom[start.upperBound...].firstRange(of: "</pre>"))
    let lines = dom[start.upperBound..<end.lowerBound].split(separator: "\n")
    #expect(lines.first.map { $0.hasPrefix("rules=") && $0 != "rules=0" } == true, "\(lines.prefix(3))")
    #expect(lines.count == 1, "\(name) at \(look): \(lines.dropFirst().joined(separator: "\n"))")
  }
}
