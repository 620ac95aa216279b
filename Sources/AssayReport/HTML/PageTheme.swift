/// The colours of pages, for light and dark, by the names that the style sheet uses.
///
/// Which text stands on which ground is listed beside them; a test computes the contrasts from the finished style sheet.
enum PageTheme {
  struct Colour: Sendable {
    var name: String
    var light: String
    var dark: String
  }

  static let colours: [Colour] = [
    Colour(name: "paper", light: "#ffffff", dark: "#14171a"),
    Colour(name: "surface", light: "#f4f6f8", dark: "#1e2328"),
    Colour(name: "ink", light: "#1b1f24", dark: "#e8eaed"),
    Colour(name: "muted", light: "#4d555e", dark: "#b0b8c1"),
    Colour(name: "line", light: "#d5dae0", dark: "#39414a"),
    Colour(name: "link", light: "#00568a", dark: "#7cc4f0"),
    Colour(name: "good", light: "#00664a", dark: "#52cfa6"),
    Colour(name: "bad", light: "#a03c00", dark: "#ff9d6b"),
    Colour(name: "warn", light: "#755000", dark: "#f0c04a"),
    Colour(name: "good-ground", light: "#e4f4ee", dark: "#13322a"),
    Colour(name: "bad-ground", light: "#fcebe2", dark: "#3d2316"),
    Colour(name: "warn-ground", light: "#fbf2d9", dark: "#36290d"),
    Colour(name: "pick-ground", light: "#e5f1f9", dark: "#102b3c"),
    // What charts draw in black, grey and pale blue.
    Colour(name: "chart-pale", light: "#cce3f0", dark: "#1d4a66"),
    Colour(name: "chart-grey", light: "#999999", dark: "#8a929b"),
    Colour(name: "chart-blue", light: "#0072b2", dark: "#3d9bd6"),
  ]

  /// Text colours and the grounds they stand on.
  static let textOnGround: [(text: String, ground: String)] = [
    ("ink", "paper"), ("ink", "surface"), ("muted", "paper"), ("muted", "surface"), ("link", "paper"),
    ("link", "surface"), ("good", "paper"), ("good", "surface"), ("bad", "paper"), ("bad", "surface"),
    ("warn", "paper"),
    ("warn", "surface"), ("good", "good-ground"), ("bad", "bad-ground"), ("warn", "warn-ground"),
    ("ink", "good-ground"),
    ("ink", "bad-ground"), ("ink", "warn-ground"), ("ink", "pick-ground"), ("muted", "pick-ground"),
    ("link", "pick-ground"), ("good", "pick-ground"), ("bad", "pick-ground"),
  ]

  static var style: String {
    var light = ""
    var dark = ""
    for colour in colours {
      light += "--\(colour.name):\(colour.light);"
      dark += "--\(colour.name):\(colour.dark);"
    }
    return ":root{color-scheme:light dark;\(light)}\n@media screen and (prefers-color-scheme:dark){:root{\(dark)}}\n"
      + rules
  }

  private static let rules = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--paper);color:var(--ink);line-height:1.5;
    font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-size:16px}
    .page{max-width:1200px;margin:0 auto;padding:0 24px 64px}
    header.page{padding-top:40px;padding-bottom:0}
    a{color:var(--link)}
    a:focus-visible,button:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);
    outline-offset:2px}
    .skip{position:absolute;left:-9999px}
    .skip:focus{left:16px;top:16px;background:var(--paper);padding:8px 16px;z-index:9}
    .kicker{margin:0;color:var(--muted);letter-spacing:.04em;text-transform:uppercase;font-size:.8rem}
    h1{font-size:2rem;line-height:1.2;margin:4px 0 8px;overflow-wrap:anywhere}
    h2{font-size:1.4rem;line-height:1.3;margin:48px 0 12px;padding-top:12px;border-top:1px solid var(--line)}
    h3{font-size:1.1rem;margin:28px 0 8px;overflow-wrap:anywhere}
    h4{font-size:1rem;margin:20px 0 6px;overflow-wrap:anywhere}
    p,ul,ol,dl{margin:8px 0}
    ul,ol{padding-left:1.3em}
    li{margin:3px 0;overflow-wrap:anywhere}
    .meta,.note,figcaption,.files{color:var(--muted);font-size:.9rem}
    nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;padding:0;margin:16px 0 0;font-size:.95rem}
    code,pre,kbd{font-family:ui-monospace,"SFMono-Regular",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em;
    overflow-wrap:anywhere}
    pre{background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:12px 16px;white-space:pre-wrap}
    .verdict{font-size:1.15rem;padding:12px 16px;border-radius:8px;border-left:6px solid;margin:12px 0}
    .verdict strong{font-weight:650}
    .verdict.good{background:var(--good-ground);border-color:var(--good)}
    .verdict.bad{background:var(--bad-ground);border-color:var(--bad)}
    .verdict.warn{background:var(--warn-ground);border-color:var(--warn)}
    .picks{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:16px;margin:16px 0}
    .pick{background:var(--pick-ground);border-radius:8px;padding:14px 18px}
    .pick h3{margin:0;font-size:1.25rem}
    .pick summary{font-size:.9rem;color:var(--link)}
    .pick ul{font-size:.92rem}
    .pick .purpose{margin:0;color:var(--muted);font-size:.85rem}
    .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    .scroll{overflow-x:auto;max-width:100%}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
    caption{text-align:left;color:var(--muted);font-size:.9rem;padding:0 0 8px}
    th,td{padding:7px 10px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
    thead th{border-bottom:2px solid var(--muted);font-weight:600;vertical-align:bottom}
    .number,.number button{text-align:right}
    td.number{white-space:nowrap}
    tbody th{font-weight:500;overflow-wrap:anywhere}
    .results{width:100%}
    .results tbody th[scope=row]{position:sticky;left:0;background:var(--paper);min-width:9.5em;max-width:16em}
    .results tr.baseline th[scope=row],.results tr.baseline td{background:var(--surface)}
    .results tr.picked th[scope=row],.results tr.picked td{background:var(--pick-ground)}
    .results .group th{background:var(--paper);border-bottom:1px solid var(--muted);padding-top:20px;font-weight:400}
    .results .group strong{font-weight:650}
    .results .group span{position:sticky;left:10px;display:inline-block;max-width:min(1100px,calc(100vw - 60px))}
    .value,.interval,.change{display:block}
    .interval{color:var(--muted);font-size:.82em}
    .why{white-space:normal;max-width:8em;margin-left:auto}
    .change{font-size:.86em}
    .change.good{color:var(--good)}
    .change.bad{color:var(--bad)}
    .change.none{color:var(--muted)}
    .tag{display:inline-block;max-width:100%;font-size:.75rem;color:var(--muted);border:1px solid var(--line);border-radius:9px;
    padding:0 7px;margin:1px 3px 1px 0;white-space:nowrap}
    .tag.pick-tag{color:var(--link);border-color:var(--link)}
    .failed{color:var(--bad)}
    .skipped{color:var(--muted)}
    .results td.reason{white-space:normal;text-align:left;max-width:44em}
    th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;width:100%}
    th button::after{content:" \\2195";color:var(--muted)}
    th[aria-sort=ascending] button::after{content:" \\2191";color:var(--link)}
    th[aria-sort=descending] button::after{content:" \\2193";color:var(--link)}
    th:not(.number) button{text-align:left}
    figure{margin:20px 0 32px}
    figcaption{margin-top:6px;max-width:70em}
    figcaption strong{color:var(--ink);font-weight:600}
    .chart{border:1px solid var(--line);border-radius:8px;padding:8px}
    .chart svg{display:block;width:100%;height:auto;min-width:720px}
    .chart.narrow{display:none}
    .chart.narrow svg{min-width:0}
    .marks{position:absolute;width:0;height:0}
    .chart [fill="#000000"]{fill:var(--ink)}
    .chart [stroke="#000000"]{stroke:var(--ink)}
    .chart [color="#000000"]{color:var(--ink)}
    .chart [fill="#555555"]{fill:var(--muted)}
    .chart [stroke="#555555"]{stroke:var(--muted)}
    .chart [fill="#e4e4e4"]{fill:var(--line)}
    .chart [stroke="#e4e4e4"]{stroke:var(--line)}
    .chart [fill="#cce3f0"]{fill:var(--chart-pale)}
    .chart [fill="#999999"]{fill:var(--chart-grey)}
    .chart [stroke="#999999"]{stroke:var(--chart-grey)}
    .chart [fill="#0072b2"]{fill:var(--chart-blue)}
    .chart [stroke="#0072b2"]{stroke:var(--chart-blue)}
    .chart [color="#0072b2"]{color:var(--chart-blue)}
    details{margin:8px 0}
    summary{cursor:pointer;padding:4px 0;overflow-wrap:anywhere}
    details.block{border:1px solid var(--line);border-radius:8px;padding:4px 16px}
    details.block>summary{font-weight:600}
    dl.facts{display:grid;grid-template-columns:minmax(9em,max-content) 1fr;gap:4px 20px}
    dl.facts dt{color:var(--muted)}
    dl.facts dd{margin:0;overflow-wrap:anywhere}
    footer{margin-top:56px;padding-top:12px;border-top:1px solid var(--line);color:var(--muted);font-size:.85rem}
    @media screen and (max-width:640px){
    .chart.wide{display:none}
    .chart.narrow{display:block;padding:2px}
    }
    @media (max-width:640px){
    body{font-size:15px}
    .page{padding:0 14px 40px}
    header.page{padding-top:24px}
    h1{font-size:1.5rem}
    .results tbody th[scope=row]{min-width:7.5em;max-width:9em;font-size:.85rem}
    th,td{padding:6px 7px}
    dl.facts{grid-template-columns:1fr;gap:0}
    dl.facts dd{margin-bottom:8px}
    }
    @media print{
    @page{margin:14mm}
    body{font-size:10pt}
    .page{max-width:none;padding:0}
    nav,.skip,.files{display:none}
    a{color:inherit;text-decoration:none}
    .scroll{overflow:visible}
    .results{font-size:7.5pt}
    .results th,.results td{padding:3px 4px}
    .results tbody th[scope=row]{position:static;min-width:0}
    .chart{border:0;padding:0;break-inside:avoid}
    .chart svg{min-width:0}
    figure,tr,.pick,.verdict{break-inside:avoid}
    h2,h3,h4{break-after:avoid}
    details.block{border:0;padding:0}
    .charts details::details-content{content-visibility:visible;height:auto}
    figcaption details,.pick details{display:none}
    th button::after{content:""}
    }

    """
}
