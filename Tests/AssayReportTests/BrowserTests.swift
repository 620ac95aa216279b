import AssayCore
import AssayJudge
import FoundationEssentials
import Glibc
import Testing

@testable import AssayReport

/// A browser without a window; the first that is there.
private let browser = ["chromium", "chromium-browser", "google-chrome"].first(where: isInstalled)

/// The report as a real browser shows it.
@Suite(.enabled(if: browser != nil, "chromium is needed (scripts/setup --tests)"), .serialized)
struct BrowserTests {
  /// What the page says of itself once it stands in a frame of a given width.
  private static let probe = """
    <!DOCTYPE html><title>probe</title><iframe id="f" style="border:0;width:WIDTHpx;height:900px"></iframe>
    <pre id="out"></pre><script>
    const f = document.getElementById("f");
    f.srcdoc = new TextDecoder().decode(Uint8Array.from(atob("PAGE"), c => c.charCodeAt(0)));
    f.onload = () => {
      const d = f.contentDocument, w = f.contentWindow, say = [];
      const root = d.documentElement;
      say.push("overflow=" + (root.scrollWidth - root.clientWidth));
      say.push("asked=" + w.performance.getEntriesByType("resource").length);
      const table = d.querySelector("table.sortable");
      const names = () => [...table.tBodies[0].querySelectorAll("th[scope=row]")].map(h => h.dataset.value).join("|");
      say.push("before=" + names());
      const button = [...table.tHead.rows[0].cells].find(h => h.textContent.startsWith("Latency p50")).firstChild;
      button.click();
      say.push("up=" + names());
      button.click();
      say.push("down=" + names());
      button.click();
      say.push("after=" + names());
      say.push("small=" + [...d.querySelectorAll(".chart text")].filter(t =>
        t.getBoundingClientRect().height > 0 && t.getBoundingClientRect().height < 7).length);
      say.push("scrolls=" + [...d.querySelectorAll(".chart")].filter(c =>
        c.offsetParent && c.scrollWidth > c.clientWidth + 1).length);
      say.push("shown=" + [...d.querySelectorAll(".chart")].filter(c => c.offsetParent).length);
      document.getElementById("out").textContent = say.join("\\n");
    };
    </script>
    """

  /// What the probe found, by name.
  private func probe(_ page: OutputFile, width: Int, isDark: Bool = false) throws -> [String: String] {
    let folder = try TemporaryFolder()
    let text = Self.probe.replacing("WIDTH", with: "\(width)")
      .replacing("PAGE", with: Data(page.bytes).base64EncodedString())
    try write([OutputFile(name: "probe.html", text: text)], to: folder.path)
    let name = try #require(browser)
    // No network: a page that needs one would show it.
    let flags =
      "--headless --no-sandbox --disable-gpu --hide-scrollbars --proxy-server=127.0.0.1:9 --user-data-dir=profile "
      + "--window-size=1400,1000 --virtual-time-budget=5000 \(isDark ? "--blink-settings=preferredColorScheme=0 " : "")"
    let status = run(["sh", "-c", "timeout 60 \(name) \(flags) --dump-dom probe.html > dom 2> log"], in: folder.path)
    let dom = contents("\(folder.path)/dom") ?? ""
    #expect(status == 0, "\(contents("\(folder.path)/log")?.suffix(600) ?? "")")
    let start = try #require(dom.firstRange(of: "<pre id=\"out\">"))
    var found: [String: String] = [:]
    for line in dom[start.upperBound...].prefix(while: { $0 != "<" }).split(separator: "\n") {
      let pair = line.split(separator: "=", maxSplits: 1)
      found[String(pair[0])] = pair.count > 1 ? String(pair[1]) : ""
    }
    return found
  }

  private static let page: OutputFile? = {
    let output = renderReport(ReportModel(SampleRun.crowdedRecord(12)))
    return output.files.first { $0.name == "index.html" }
  }()

  @Test(arguments: [1280, 390])
  func thePageFitsAndAsksForNothing(width: Int) throws {
    let found = try probe(try #require(Self.page), width: width)
    #expect(found["overflow"] == "0", "\(found)")
    #expect(found["asked"] == "0", "\(found)")
    #expect(found["scrolls"] == "0" && found["shown"] != "0", "charts scroll sideways at width \(width): \(found)")
    #expect(found["small"] == "0", "letters of charts below seven pixels at width \(width)")
  }

  @Test func theTableSortsAndComesBack() throws {
    let record = SampleRun.crowdedRecord(12)
    let group = try #require(ReportModel(record).groups.first)
    let found = try probe(try #require(Self.page), width: 1280)
    let names = group.rows.map(\.variant)
    #expect(found["before"] == names.joined(separator: "|"))
    #expect(found["after"] == found["before"])
    let sorted = group.rows.sorted {
      ($0[MetricCatalog.latencyP50]?.value ?? .infinity) < ($1[MetricCatalog.latencyP50]?.value ?? .infinity)
    }
    #expect(found["up"] == sorted.map(\.variant).joined(separator: "|"))
    #expect(found["down"] == sorted.reversed().map(\.variant).joined(separator: "|"))
  }

  @Test func thePagePrints() throws {
    let folder = try TemporaryFolder()
    try write([try #require(Self.page)], to: folder.path)
    let name = try #require(browser)
    let command =
      "timeout 60 \(name) --headless --no-sandbox --disable-gpu --user-data-dir=profile --no-pdf-header-footer "
      + "--print-to-pdf=page.pdf index.html > log 2>&1"
    #expect(run(["sh", "-c", command], in: folder.path) == 0)
    let size = (try? FileManager.default.attributesOfItem(atPath: "\(folder.path)/page.pdf"))?[.size] as? Int
    #expect((size ?? 0) > 20_000, "the printed page is all but empty")
  }
}
