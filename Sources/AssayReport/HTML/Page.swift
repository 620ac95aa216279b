import AssayCore

/// A whole page: one file that asks for nothing else, readable without its script.
struct Page: Sendable {
  var title: String
  /// Above the title, a word or two.
  var kicker: String
  /// Below the title: when, where.
  var meta: [String]
  /// The parts that have a heading of their own, in order.
  var sections: [Section]
  var footer: String
  /// Definitions that pictures refer to.
  var marks = ""

  struct Section: Sendable {
    /// Name within the page.
    var id: String
    var title: String
    var body: HTML
  }

  /// The page as a file.
  func file(named name: String) -> OutputFile {
    var contents: HTML = ""
    for section in sections { contents += "<li><a href=\"#\(section.id)\">\(section.title)</a></li>" }
    var lines: HTML = ""
    for line in meta { lines += "<p class=\"meta\">\(line)</p>\n" }
    var body: HTML = ""
    for section in sections {
      body += """
        <section aria-labelledby="\(section.id)">
        <h2 id="\(section.id)">\(section.title)</h2>
        \(section.body)
        </section>

        """
    }
    var markup: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="Assay">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>
      \(HTML(trusted: PageTheme.style))</style>
      </head>
      <body>
      <a class="skip" href="#content">Skip to the content</a>

      """
    if !marks.isEmpty {
      let definitions = HTML(trusted: marks)
      markup +=
        "<svg class=\"marks\" aria-hidden=\"true\" width=\"0\" height=\"0\"><defs>\(definitions)</defs></svg>\n"
    }
    markup += """
      <header class="page">
      <p class="kicker">\(kicker)</p>
      <h1>\(title)</h1>
      \(lines)<nav aria-label="Contents"><ul>\(contents)</ul></nav>
      </header>
      <main class="page" id="content">
      \(body)<footer>\(footer)</footer>
      </main>
      <script>
      \(HTML(trusted: Page.script))</script>
      </body>
      </html>

      """
    return OutputFile(name: name, text: markup.text)
  }

  /// Makes the heads of tables of class `sortable` into buttons that sort; without it the tables are whole.
  ///
  /// Rows stay in their `tbody` and its first row of class `group` on top; cells without a number come last.
  private static let script = """
    for (const table of document.querySelectorAll("table.sortable")) {
      const heads = [...table.tHead.rows[0].cells];
      const order = new Map();
      for (const row of table.querySelectorAll("tbody tr")) order.set(row, order.size);
      heads.forEach((head, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => {
          const was = head.getAttribute("aria-sort");
          const next = was === "ascending" ? "descending" : was === "descending" ? null : "ascending";
          for (const other of heads) other.removeAttribute("aria-sort");
          if (next) head.setAttribute("aria-sort", next);
          const sign = next === "descending" ? -1 : 1;
          const key = row => row.querySelector(`[data-column="${column}"]`)?.dataset.value ?? "";
          for (const body of table.tBodies) {
            const rows = [...body.rows].filter(row => !row.classList.contains("group"));
            rows.sort((a, b) => {
              if (!next) return order.get(a) - order.get(b);
              const x = key(a), y = key(b);
              if (x === "" || y === "") return (x === "") - (y === "") || order.get(a) - order.get(b);
              const d = column === 0 ? x.localeCompare(y, "en", { numeric: true }) : Number(x) - Number(y);
              return sign * d || order.get(a) - order.get(b);
            });
            body.append(...rows);
          }
        });
      });
    }

    """
}

/// Pieces that several pages are made of.
enum PagePart {
  static func list(_ lines: [String]) -> HTML {
    guard !lines.isEmpty else { return "" }
    var items: HTML = ""
    for line in lines { items += "<li>\(line)</li>\n" }
    return "<ul>\n\(items)</ul>\n"
  }

  static func facts(_ facts: [ReportFact]) -> HTML {
    guard !facts.isEmpty else { return "" }
    var items: HTML = ""
    for fact in facts { items += "<dt>\(fact.name)</dt><dd>\(fact.text)</dd>\n" }
    return "<dl class=\"facts\">\n\(items)</dl>\n"
  }

  /// A table that is wider than a phone scrolls by itself.
  static func scroll(_ label: String, _ content: HTML) -> HTML {
    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\(label)\">\n\(content)</div>\n"
  }

  /// Rows of cells that are markup already, the first of each row being its head.
  static func table(_ caption: String, _ titles: [String], _ rows: [[HTML]]) -> HTML {
    var head: HTML = ""
    for title in titles { head += "<th scope=\"col\">\(title)</th>" }
    var body: HTML = ""
    for row in rows {
      body += "<tr>"
      for (index, cell) in row.enumerated() {
        body += index == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td>\(cell)</td>"
      }
      body += "</tr>\n"
    }
    return scroll(
      caption,
      "<table>\n<caption>\(caption)</caption>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)</tbody>\n</table>\n")
  }

  static func details(_ summary: HTML, _ content: HTML, isOpen: Bool = false) -> HTML {
    let open: HTML = isOpen ? " open" : ""
    return "<details class=\"block\"\(open)>\n<summary>\(summary)</summary>\n\(content)</details>\n"
  }
}
