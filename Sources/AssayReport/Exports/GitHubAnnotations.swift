import AssayCore

let gitHubAnnotationsName = "github-annotations.txt"

/// GitHub shows ten annotations of a kind for a step and drops the others.
private let mostAnnotations = 10

/// Workflow commands, one a line: `::error title=…::…` for what fails CI, `::warning …` for what is not shown.
///
/// At most ten of a kind; the tenth of a longer list says how many more there are. A gate whose place in the suite file is
/// known is shown there.
public func gitHubAnnotations(_ input: ExportInput) -> OutputFile {
  let findings = input.findings
  var text = ""
  for severity in [ExportFinding.Severity.error, .warning] {
    let mine = findings.filter { $0.severity == severity }
    let shown = mine.count > mostAnnotations ? mostAnnotations - 1 : mine.count
    text += mine.prefix(shown).map(command).joined()
    if mine.count > shown {
      let rest = (mine.count - shown).grouped
      text += "::\(severity.rawValue) title=assay::\(rest) more: see the step summary\n"
    }
  }
  return OutputFile(name: gitHubAnnotationsName, text: text)
}

private func command(_ finding: ExportFinding) -> String {
  var properties: [(String, String)] = []
  if let file = finding.place?.file { properties.append(("file", file)) }
  if let line = finding.place?.line { properties.append(("line", "\(line)")) }
  properties.append(("title", finding.title))
  let list = properties.map { "\($0)=\(gitHubEscaped($1, isProperty: true))" }.joined(separator: ",")
  return "::\(finding.severity.rawValue) \(list)::\(gitHubEscaped(finding.message, isProperty: false))\n"
}

/// `text` for a workflow command: `%`, CR and LF as GitHub's runner reads them back, in a property `:` and `,` too
/// (actions/toolkit, `command.ts`); other control characters replaced.
func gitHubEscaped(_ text: String, isProperty: Bool) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x25: result += "%25"
    case 0x0D: result += "%0D"
    case 0x0A: result += "%0A"
    case 0x3A where isProperty: result += "%3A"
    case 0x2C where isProperty: result += "%2C"
    case 0..<0x20, 0x7F..<0xA0: result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
