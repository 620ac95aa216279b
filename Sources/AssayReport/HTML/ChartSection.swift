import AssayCore

/// The charts of a page: pictures inside it, with their words, data and scripts.
struct ChartSection {
  /// Pictures beyond it are linked, not shown: a page must stay quick to open.
  private static let mostPictures_B = 1_500_000

  private(set) var body: HTML = ""
  /// What the pictures refer to, once for the page.
  private(set) var marks = ""
  private var used_B = 0
  private var pictures: [String: OutputFile] = [:]
  private var narrowPictures: [String: String]

  /// A picture is shown only where an earlier writer drew it.
  init(_ model: ReportModel, _ draft: ReportDraft) {
    narrowPictures = draft.narrowPictures
    for file in draft.files where file.name.hasSuffix(".svg") { pictures[file.name] = file }
    var absences: [(title: String, reason: String)] = []
    var seen: Set<String> = []
    for group in model.groups {
      var figures: HTML = ""
      for result in draft.charts where result.group == group.group {
        for (index, chart) in result.charts.enumerated() {
          let narrow = index < result.narrow.count ? result.narrow[index] : nil
          figures += figure(chart, narrow, result.kind)
        }
        if let reason = result.absence, !absences.contains(where: { $0 == (result.kind.title, reason) }) {
          absences.append((result.kind.title, reason))
        }
      }
      guard !figures.isEmpty else { continue }
      // The first group of each baseline is open: its charts are about the baseline as a whole too.
      body += PagePart.details(
        "\(group.group.baseline): \(group.conditions)", PagePart.list(group.findings) + figures,
        isOpen: seen.insert(group.group.baseline).inserted)
    }
    if body.isEmpty { body = "<p>There is nothing to draw.</p>\n" }
    guard !absences.isEmpty else { return }
    var items: HTML = ""
    for absence in absences { items += "<li><strong>\(absence.title)</strong>: \(absence.reason)</li>\n" }
    body += "<h3>Not drawn</h3>\n<ul>\n\(items)</ul>\n"
  }

  private mutating func figure(_ chart: Chart, _ narrow: Chart?, _ kind: ChartKind) -> HTML {
    let path = "\(chartFolder)/\(chart.name)"
    let id = "chart-\(chart.name)"
    let data = chart.sources.filter { $0.name.hasSuffix(".dat") }.map(\.name)
    var links: HTML = ""
    if pictures["\(path).svg"] != nil {
      links +=
        "<a href=\"\(HTML.address(path)).png\">PNG</a> · <a href=\"\(HTML.address(path)).svg\">SVG</a> · "
    }
    links += "<a href=\"\(HTML.address(path)).gp\">script</a>"
    for (index, name) in data.enumerated() {
      let words = data.count == 1 ? "data" : "data \(index + 1)"
      links += " · <a href=\"\(chartFolder)/\(HTML.address(name))\">\(words)</a>"
    }
    return """
      <figure>
      \(picture(chart, narrow, id: id))<figcaption><strong>\(chart.title).</strong> \(kind.reading) <span class="files">\(links)</span>
      <details><summary>In words</summary><p id="\(id)">\(chart.alternative)</p></details></figcaption>
      </figure>

      """
  }

  private mutating func picture(_ chart: Chart, _ narrow: Chart?, id: String) -> HTML {
    guard let file = pictures["\(chartFolder)/\(chart.name).svg"] else {
      return "<p class=\"note\">This picture was not drawn; its data and script are there.</p>\n"
    }
    guard let svg = InlineSVG(file.text, width: chart.width, height: chart.height),
      used_B + svg.content.utf8.count <= Self.mostPictures_B
    else {
      return
        "<p class=\"note\">To keep this page small the picture stands beside it: <a href=\"\(chartFolder)/\(HTML.address(chart.name)).png\">\(chart.title)</a>.</p>\n"
    }
    used_B += svg.content.utf8.count
    if marks.isEmpty { marks = svg.definitions }
    let small = narrow.flatMap { narrowPicture($0) }
    let label: HTML = "aria-labelledby=\"\(id)\""
    return inlinePicture(svg, chart.title, label: label, look: small == nil ? .only : .wide)
      + (small.map { inlinePicture($0, chart.title, label: label, look: .narrow) } ?? "")
  }

  /// The picture for a phone, where there is one and room for it.
  private mutating func narrowPicture(_ chart: Chart) -> InlineSVG? {
    guard let text = narrowPictures[chart.name],
      let svg = InlineSVG(text, width: chart.width, height: chart.height),
      used_B + svg.content.utf8.count <= Self.mostPictures_B
    else { return nil }
    used_B += svg.content.utf8.count
    return svg
  }
}

/// Which pages show a picture.
enum PictureLook: String { case only = "", wide = " wide", narrow = " narrow" }

/// A picture as it stands in a page.
///
/// - Parameter label: The attribute that names it for who cannot see it.
func inlinePicture(_ svg: InlineSVG, _ title: String, label: HTML, look: PictureLook) -> HTML {
  // A narrow picture never scrolls, so it need not be reached by the keyboard. A group, for so many landmarks of the same
  // names would be none.
  let reach: HTML = look == .narrow ? "" : " tabindex=\"0\" role=\"group\" aria-label=\"\(title)\""
  return """
    <div class="scroll chart\(look.rawValue)"\(reach)>
    <svg role="img" \(label) viewBox="0 0 \(svg.width) \(svg.height)" width="\(svg.width)" height="\(svg.height)">
    \(HTML(trusted: svg.content))</svg>
    </div>

    """
}
