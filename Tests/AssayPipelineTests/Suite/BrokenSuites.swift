import Testing

/// A suite with a fault, and the text of the error about it.
struct BrokenSuite: Sendable, CustomTestStringConvertible {
  var title: String
  var text: String
  var message: String

  var testDescription: String { title }

  init(_ title: String, text: String, _ message: String) {
    self.title = title
    self.text = text
    self.message = message
  }

  /// `soundSuite` with some of its lines, counted from 1, replaced.
  init(_ title: String, lines: [Int: String], _ message: String) {
    let sound = soundSuite.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    self.init(title, text: sound.map { lines[$0.offset + 1] ?? String($0.element) }.joined(separator: "\n"), message)
  }
}

/// A suite without a fault.
let soundSuite = """
  suite: sound
  baseline: { model: m.onnx }
  data: { test: { csv: t.csv }, train: { csv: r.csv }, calibration: { from: train, count: 3 } }
  variants:
    half: [ prune: { sparsity: 0.5 } ]
  engines: [ e ]
  measure: { threads: 1 }
  """

extension BrokenSuite {
  /// Faults of the structure, of names, baselines and paths.
  static let structure: [BrokenSuite] = [
    BrokenSuite(
      "unknown key", lines: [7: "mesure: { threads: 1 }"],
      "suites/s.yaml:7: the suite has no key 'mesure' (did you mean 'measure'?)"),
    BrokenSuite(
      "unknown key without a near one", lines: [7: "zzzzzzzz: 1"],
      "suites/s.yaml:7: the suite has no key 'zzzzzzzz' (its keys are suite, baseline, baselines, data, variants, engines, measure, gates, goal)"
    ),
    BrokenSuite(
      "goal by a metric", lines: [7: "goal: { minimize: latency.p50 }"],
      "suites/s.yaml:7: 'goal' has no key 'minimize' (its keys are priority, subject-to)"
    ),
    BrokenSuite(
      "goal with an unknown priority", lines: [7: "goal: { priority: sped }"],
      "suites/s.yaml:7: 'goal.priority' is 'sped', but takes one of speed, accuracy, size, memory, balanced (did you mean 'speed'?)"
    ),
    BrokenSuite(
      "trained baseline of a later version", lines: [2: "baseline: { train: { epochs: 3 } }"],
      "suites/s.yaml:2: 'train' is not supported by this version of Assay (name a trained one: model: PATH)"),
    BrokenSuite(
      "empty file", text: "",
      "suites/s.yaml: the suite is empty (a suite has at least the keys suite, baseline, data and engines)"),
    BrokenSuite(
      "only a comment", text: "# nothing\n",
      "suites/s.yaml: the suite is empty (a suite has at least the keys suite, baseline, data and engines)"),
    BrokenSuite(
      "a text", text: "hello\n",
      "suites/s.yaml:1: the suite is 'hello', but takes a mapping of keys"),
    BrokenSuite(
      "a list", text: "- suite\n",
      "suites/s.yaml:1: the suite is a list, but takes a mapping of keys"),
    BrokenSuite(
      "two documents", text: "suite: s\n---\nsuite: t\n",
      "suites/s.yaml:2: a second document begins here (a suite is one document; remove the '---')"),
    BrokenSuite(
      "not closed", lines: [6: "engines: [ e "],
      "suites/s.yaml:7: this is not YAML: did not find expected ',' or ']', while parsing a flow sequence, which begins in line 6 (quote texts that contain { } [ ] , : or #, like \"${NAME}/file\")"
    ),
    BrokenSuite(
      "tab", lines: [5: "\thalf: [ prune: { sparsity: 0.5 } ]"],
      "suites/s.yaml:5: this is not YAML: found character that cannot start any token (indent with blanks, not with tabs)"
    ),
    BrokenSuite(
      "unquoted variable", lines: [2: "baseline: { model: ${M}/m.onnx }"],
      "suites/s.yaml:2: this is not YAML: did not find expected ',' or '}' (quote texts that contain { } [ ] , : or #, like \"${NAME}/file\")"
    ),
    BrokenSuite(
      "undefined alias", lines: [6: "engines: *e"],
      "suites/s.yaml:6: this is not YAML: found undefined alias (define it before with &, or quote the text)"),
    BrokenSuite(
      "merge key", lines: [7: "<<: { a: 1 }"],
      "suites/s.yaml:7: merge keys (<<) are not supported (write the keys out, or use like:)"),
    BrokenSuite(
      "key that is a list", lines: [7: "[a, b]: 1"],
      "suites/s.yaml:7: a key of the suite is a list or a mapping (keys are texts)"),
    BrokenSuite(
      "control character", lines: [1: "suite: a\u{1}b"],
      "suites/s.yaml:1: this is not YAML: control characters are not allowed (remove the character, or write it as an escape in a quoted text)"
    ),
    BrokenSuite(
      "no suite", lines: [1: "# no name"],
      "suites/s.yaml:2: the suite has no key 'suite' (add suite: a name)"),
    BrokenSuite(
      "no baseline", lines: [2: "# no baseline"],
      "suites/s.yaml:1: the suite has no baseline (add baseline: { model: PATH })"),
    BrokenSuite(
      "no data", lines: [3: "# no data"],
      "suites/s.yaml:1: the suite has no key 'data' (add data: { test: { FORMAT: PATH } })"),
    BrokenSuite(
      "no engines", lines: [6: "# no engines"],
      "suites/s.yaml:1: the suite has no key 'engines' (add engines: a list of names)"),
    BrokenSuite(
      "key without value", lines: [6: "engines:"],
      "suites/s.yaml:6: 'engines' has no value, but takes the name of an engine (write one, indented below or behind the colon)"
    ),
    BrokenSuite(
      "variants without value", lines: [5: ""],
      "suites/s.yaml:4: 'variants' has no value, but takes a mapping of names to lists of steps (write one, indented below or behind the colon)"
    ),
    BrokenSuite(
      "duplicate section", lines: [7: "suite: t"],
      "suites/s.yaml:7: the key 'suite' is written in lines 1 and 7 (remove or rename one of the two)"),
    BrokenSuite(
      "blank suite name", lines: [1: "suite: '  '"],
      "suites/s.yaml:1: 'suite' is blank (write a text)"),
    BrokenSuite(
      "suite name of wrong kind", lines: [1: "suite: [a]"],
      "suites/s.yaml:1: 'suite' is a list, but takes a name"),
    BrokenSuite(
      "duplicate variant",
      lines: [5: "  half: [ prune: { sparsity: 0.5 } ]\n  other: [ float16 ]\n  'half': [ float16 ]"],
      "suites/s.yaml:7: the key 'half' is written in lines 5 and 7 (remove or rename one of the two)"),
    BrokenSuite(
      "duplicate variant in one line", lines: [4: "variants: { a: [ float16 ], a: [ float16 ] }", 5: ""],
      "suites/s.yaml:4: the key 'a' is written twice in line 4 (remove or rename one of the two)"),
    BrokenSuite(
      "variant named baseline", lines: [5: "  baseline: [ prune: { sparsity: 0.5 } ]"],
      "suites/s.yaml:5: a variant cannot be named 'baseline' (the baseline is always measured under that name; name the variant otherwise)"
    ),
    BrokenSuite(
      "blank variant", lines: [5: "  '': [ prune: { sparsity: 0.5 } ]"],
      "suites/s.yaml:5: the name of a variant is blank (write a text)"),
    BrokenSuite(
      "terminal codes in a name", lines: [5: "  \"red\\e[31m\": [ prune: { sparsity: 0.5 } ]"],
      "suites/s.yaml:5: the name of a variant holds the control character U+1B (remove it)"),
    BrokenSuite(
      "both baselines", lines: [7: "baselines: { a: { model: m.onnx } }"],
      "suites/s.yaml:7: the suite has both 'baseline' and 'baselines', in lines 2 and 7 (put them all under 'baselines')"
    ),
    BrokenSuite(
      "no model", lines: [2: "baseline: { modle: m.onnx }"],
      "suites/s.yaml:2: 'baseline' has no key 'modle' (did you mean 'model'?)"),
    BrokenSuite(
      "baseline as text", lines: [2: "baseline: m.onnx"],
      "suites/s.yaml:2: 'baseline' is 'm.onnx', but takes a mapping, like { model: PATH }"),
    BrokenSuite(
      "empty baselines", lines: [2: "baselines: {}"],
      "suites/s.yaml:2: 'baselines' is an empty mapping, but takes a mapping of names to models"),
    BrokenSuite(
      "duplicate baseline", lines: [2: "baselines:\n  a: { model: m.onnx }\n  a: { model: n.onnx }"],
      "suites/s.yaml:4: the key 'a' is written in lines 3 and 4 (remove or rename one of the two)"),
    BrokenSuite(
      "name under baselines", lines: [2: "baselines: { a: { name: b, model: m.onnx } }"],
      "suites/s.yaml:2: 'baselines.a' has no key 'name' (its keys are model, data)"),
    BrokenSuite(
      "model without a file name", lines: [2: "baseline: { model: / }"],
      "suites/s.yaml:2: 'baseline.model' is '/', but takes the path of a model file"),
    BrokenSuite(
      "other rows for a baseline", lines: [2: "baseline: { model: m.onnx, data: { csv: x.csv } }"],
      "suites/s.yaml:2: 'baseline.data.csv' says which rows are read, and these are the same for all baselines (a baseline may only change scale, mean, std, layout, shape, flatten)"
    ),
    BrokenSuite(
      "bad preparation of a baseline", lines: [2: "baseline: { model: m.onnx, data: { std: 0 } }"],
      "suites/s.yaml:2: '[0.0]' is no value for 'std' (give numbers other than 0)"),
    BrokenSuite(
      "mistyped preparation of a baseline", lines: [2: "baseline: { model: m.onnx, data: { maen: 0 } }"],
      "suites/s.yaml:2: 'baseline.data' has no key 'maen' (did you mean 'mean'?)"),
    BrokenSuite(
      "open variable", lines: [2: "baseline: { model: \"${M/m.onnx\" }"],
      "suites/s.yaml:2: '${M/m.onnx' has a '${' without its '}' (write ${NAME} or ${NAME:-default})"),
    BrokenSuite(
      "bad variable", lines: [2: "baseline: { model: \"${M-x}/m.onnx\" }"],
      "suites/s.yaml:2: '${M-x}' is not a variable (write ${NAME} or ${NAME:-default})"),
    BrokenSuite(
      "nested variable", lines: [2: "baseline: { model: \"${M:-${N}}/m.onnx\" }"],
      "suites/s.yaml:2: '${M:-${N}' is not a variable (write ${NAME} or ${NAME:-default})"),
    BrokenSuite(
      "empty path", lines: [2: "baseline: { model: \"${M:-}\" }"],
      "suites/s.yaml:2: 'baseline.model' becomes an empty path (write a path)"),
  ]
}
