extension BrokenSuite {
  /// Faults of `data:`.
  static let data: [BrokenSuite] = [
    BrokenSuite(
      "no test", lines: [3: "data: { train: { csv: r.csv } }"],
      "suites/s.yaml:3: 'data' has no key 'test' (add test: { FORMAT: PATH })"),
    BrokenSuite(
      "unknown format", lines: [3: "data: { test: { cvs: t.csv } }"],
      "suites/s.yaml:3: 'data.test' has no key 'cvs', and names no format (did you mean 'csv'?)"),
    BrokenSuite(
      "no format", lines: [3: "data: { test: { scale: 1/255 } }"],
      "suites/s.yaml:3: 'data.test' names no format (name one of idx, cifar10, csv, npy, npz with a path, like idx: PATH)"
    ),
    BrokenSuite(
      "two formats", lines: [3: "data: { test: { csv: t.csv, idx: t } }"],
      "suites/s.yaml:3: 'data.test' names 2 formats, csv and idx (a data set is stored in one; remove the other)"),
    BrokenSuite(
      "mistyped key of a data set", lines: [3: "data: { test: { csv: t.csv, scael: 1/255 } }"],
      "suites/s.yaml:3: 'data.test' has no key 'scael' (did you mean 'scale'?)"),
    BrokenSuite(
      "key of another format", lines: [3: "data: { test: { cifar10: t.bin, header: absent } }"],
      "suites/s.yaml:3: 'data.test' has no key 'header' (its keys are cifar10, scale, mean, std, layout, shape, flatten, count, seed, like)"
    ),
    BrokenSuite(
      "scale over nothing", lines: [3: "data: { test: { csv: t.csv, scale: 1/0 } }"],
      "suites/s.yaml:3: '1/0' is no value for 'scale' (give a number or a fraction, like 1/255)"),
    BrokenSuite(
      "scale of wrong kind", lines: [3: "data: { test: { csv: t.csv, scale: big } }"],
      "suites/s.yaml:3: 'big' is no value for 'scale' (give a number or a fraction, like 1/255)"),
    BrokenSuite(
      "mean not finite", lines: [3: "data: { test: { csv: t.csv, mean: 1e999 } }"],
      "suites/s.yaml:3: '1e999' is no value for 'mean' (give a number or a list of numbers)"),
    BrokenSuite(
      "shape of wrong kind", lines: [3: "data: { test: { csv: t.csv, shape: [1, -28] } }"],
      "suites/s.yaml:3: '[1, -28]' is no value for 'shape' (give a list of positive whole numbers, like [1, 28, 28])"),
    BrokenSuite(
      "unknown layout", lines: [3: "data: { test: { csv: t.csv, layout: nchv } }"],
      "suites/s.yaml:3: 'nchv' is no value for 'layout' (give nchw or nhwc)"),
    BrokenSuite(
      "error in its own line", lines: [3: "data:\n  test:\n    csv: t.csv\n    scale: 1/16\n    std: [1, x]"],
      "suites/s.yaml:7: '[1, x]' is no value for 'std' (give a number or a list of numbers)"),
    BrokenSuite(
      "path of wrong kind", lines: [3: "data: { test: { csv: { a: b } } }"],
      "suites/s.yaml:3: 'data.test.csv' is a mapping with the key 'a', but takes a path"),
    BrokenSuite(
      "path without value", lines: [3: "data: { test: { csv: } }"],
      "suites/s.yaml:3: 'data.test.csv' has no value, but takes a path (write one, indented below or behind the colon)"),
    BrokenSuite(
      "nested list", lines: [3: "data: { test: { csv: t.csv, mean: [[1]] } }"],
      "suites/s.yaml:3: 'data.test.mean' is a list, but takes a text, a number, true or false as an element"),
    BrokenSuite(
      "seed without count", lines: [3: "data: { test: { csv: t.csv, seed: 3 } }"],
      "suites/s.yaml:3: a seed without a count chooses nothing (give count as well)"),
    BrokenSuite(
      "no rows", lines: [3: "data: { test: { csv: t.csv, count: 0 } }"],
      "suites/s.yaml:3: 'data.test.count' is 0, but takes a whole number from 1 to 2147483647"),
    BrokenSuite(
      "like itself", lines: [3: "data: { test: { csv: t.csv, like: test } }"],
      "suites/s.yaml:3: 'data.test.like' is 'test', but takes the name of another data set of this suite, test or train"
    ),
    BrokenSuite(
      "like each other", lines: [3: "data: { test: { csv: t.csv, like: train }, train: { csv: r.csv, like: test } }"],
      "suites/s.yaml:3: 'data.test.like' is 'train', which itself is like another (write out the preparation of one of them)"
    ),
    BrokenSuite(
      "like nothing", lines: [3: "data: { test: { csv: t.csv, like: train } }"],
      "suites/s.yaml:3: 'data.test.like' is 'train', but takes the name of another data set of this suite, test or train"
    ),
    BrokenSuite(
      "calibration from nowhere", lines: [3: "data: { test: { csv: t.csv }, calibration: { from: train, count: 3 } }"],
      "suites/s.yaml:3: 'data.calibration.from' is 'train', but 'data' has no key 'train' (add train: { FORMAT: PATH })"
    ),
    BrokenSuite(
      "calibration from something else",
      lines: [3: "data: { test: { csv: t.csv }, calibration: { from: tset, count: 3 } }"],
      "suites/s.yaml:3: 'data.calibration.from' is 'tset', but takes train or test"),
    BrokenSuite(
      "calibration without count", lines: [3: "data: { test: { csv: t.csv }, calibration: { from: test } }"],
      "suites/s.yaml:3: 'data.calibration' has no key 'count' (add count: a number of rows)"),
    BrokenSuite(
      "calibration of a subset",
      lines: [3: "data: { test: { csv: t.csv, count: 9 }, calibration: { from: test, count: 3 } }"],
      "suites/s.yaml:3: 'data.calibration' chooses rows of 'test', which has a count itself (remove the count of 'data.test')"
    ),
  ]
}

extension BrokenSuite {
  /// Faults of `variants:`, `engines:` and `measure:`.
  static let variants: [BrokenSuite] = [
    BrokenSuite(
      "variants as list", lines: [5: "  - half: [ float16 ]"],
      "suites/s.yaml:5: 'variants' is a list, but takes a mapping of names to lists of steps"),
    BrokenSuite(
      "variant as text", lines: [5: "  half: float16"],
      "suites/s.yaml:5: 'variants.half' is 'float16', but takes a list of steps, like [ prune: { sparsity: 0.5 } ], or { model: PATH }"
    ),
    BrokenSuite(
      "variant as mapping", lines: [5: "  half: { prune: { sparsity: 0.5 } }"],
      "suites/s.yaml:5: 'variants.half' is a mapping with the key 'prune', but takes a list of steps, like [ prune: { sparsity: 0.5 } ], or { model: PATH }"
    ),
    BrokenSuite(
      "foreign model with more", lines: [5: "  theirs: { model: x.onnx, data: { scale: 1 } }"],
      "suites/s.yaml:5: 'variants.theirs' has no key 'data' (its keys are model)"),
    BrokenSuite(
      "no steps", lines: [5: "  half: []"],
      "suites/s.yaml:5: 'variants.half' is an empty list, but takes a list of steps, like [ prune: { sparsity: 0.5 } ], or { model: PATH }"
    ),
    BrokenSuite(
      "unknown method", lines: [5: "  half: [ purne: { sparsity: 0.5 } ]"],
      "suites/s.yaml:5: there is no method 'purne' (did you mean 'prune'?)"),
    BrokenSuite(
      "unknown bare method", lines: [5: "  half:\n    - prune: { sparsity: 0.5 }\n    - flaot16"],
      "suites/s.yaml:7: there is no method 'flaot16' (did you mean 'float16'?)"),
    BrokenSuite(
      "unknown option", lines: [5: "  half: [ prune: { sparsety: 0.5 } ]"],
      "suites/s.yaml:5: 'prune' has no option 'sparsety' (did you mean 'sparsity'?)"),
    BrokenSuite(
      "missing option", lines: [5: "  half: [ prune ]"],
      "suites/s.yaml:5: 'prune' needs the option 'sparsity': a number from 0 to 1"),
    BrokenSuite(
      "negative sparsity", lines: [5: "  half: [ prune: { sparsity: -0.5 } ]"],
      "suites/s.yaml:5: 'prune': sparsity is -0.5, but takes a number from 0.0 to 1.0"),
    BrokenSuite(
      "sparsity as text", lines: [5: "  half: [ prune: { sparsity: '0.5' } ]"],
      "suites/s.yaml:5: 'prune': sparsity is 0.5, but takes a number from 0.0 to 1.0"),
    BrokenSuite(
      "sparsity not finite", lines: [5: "  half: [ prune: { sparsity: 1e999 } ]"],
      "suites/s.yaml:5: 'prune': sparsity is 1e999, but takes a number from 0.0 to 1.0"),
    BrokenSuite(
      "options not indented", lines: [5: "  half:\n    - prune:\n      sparsity: 0.5"],
      "suites/s.yaml:7: a step of 'variants.half' has the keys 'prune', 'sparsity' (indent the options further than the method, or write { } around them)"
    ),
    BrokenSuite(
      "two methods in a step", lines: [5: "  half:\n    - prune: { sparsity: 0.5 }\n      float16: {}"],
      "suites/s.yaml:7: a step of 'variants.half' has the keys 'prune', 'float16' (begin each step with '- ')"),
    BrokenSuite(
      "options as number", lines: [5: "  half: [ prune: 0.5 ]"],
      "suites/s.yaml:5: 'variants.half.prune' is 0.5, but takes the options of a step, like { sparsity: 0.5 }"),
    BrokenSuite(
      "empty step", lines: [5: "  half: [ {} ]"],
      "suites/s.yaml:5: 'variants.half' is an empty mapping, but takes a step: the name of a method, or its name with options"
    ),
    BrokenSuite(
      "option as mapping", lines: [5: "  half: [ prune: { sparsity: { a: 1 } } ]"],
      "suites/s.yaml:5: 'variants.half.prune.sparsity' is a mapping with the key 'a', but takes a text, a number, true or false, or a list of these"
    ),
    BrokenSuite(
      "calibration missing", lines: [3: "data: { test: { csv: t.csv } }", 5: "  int8: [ quantize: { mode: static } ]"],
      "suites/s.yaml:5: 'quantize' needs calibration data, which the suite does not have (add calibration: { from: train, count: 300 } to data)"
    ),
    BrokenSuite(
      "no engine", lines: [6: "engines: []"],
      "suites/s.yaml:6: 'engines' is an empty list, but takes a name or a list of them"),
    BrokenSuite(
      "engine twice", lines: [6: "engines: [ e, e ]"],
      "suites/s.yaml:6: 'engines' has e twice (remove one of the two)"),
    BrokenSuite(
      "no threads", lines: [7: "measure: { threads: 0 }"],
      "suites/s.yaml:7: 'measure.threads' is 0, but takes a whole number from 1 to 1024"),
    BrokenSuite(
      "threads of wrong kind", lines: [7: "measure: { threads: two }"],
      "suites/s.yaml:7: 'measure.threads' is 'two', but takes a whole number from 1 to 1024"),
    BrokenSuite(
      "batch below one", lines: [7: "measure: { batch: [1, -32] }"],
      "suites/s.yaml:7: 'measure.batch' is -32, but takes a whole number from 1 to 1000000"),
    BrokenSuite(
      "batch twice", lines: [7: "measure: { batch: [1, 1] }"],
      "suites/s.yaml:7: 'measure.batch' has 1 twice (remove one of the two)"),
    BrokenSuite(
      "empty batch", lines: [7: "measure: { batch: [] }"],
      "suites/s.yaml:7: 'measure.batch' is an empty list, but takes a whole number or a list of them"),
    BrokenSuite(
      "huge batch", lines: [7: "measure: { batch: 99999999999999999999999999 }"],
      "suites/s.yaml:7: 'measure.batch' is 99999999999999999999999999, but takes a whole number from 1 to 1000000"),
    BrokenSuite(
      "fractional launches", lines: [7: "measure: { launches: 1.5 }"],
      "suites/s.yaml:7: 'measure.launches' is 1.5, but takes a whole number from 1 to 10000"),
    BrokenSuite(
      "no launches", lines: [7: "measure: { launches: 0 }"],
      "suites/s.yaml:7: 'measure.launches' is 0, but takes a whole number from 1 to 10000"),
    BrokenSuite(
      "unknown scenario", lines: [7: "measure: { scenario: single-straem }"],
      "suites/s.yaml:7: 'measure.scenario' is 'single-straem', but takes one of single-stream, multi-stream, offline, server (did you mean 'single-stream'?)"
    ),
    BrokenSuite(
      "streams of no scenario", lines: [7: "measure: { streams: 4 }"],
      "suites/s.yaml:7: 'measure.streams' belongs to the scenario multi-stream, which is not asked for (add multi-stream to scenario, or leave streams out)"
    ),
    BrokenSuite(
      "rate of no scenario", lines: [7: "measure: { scenario: multi-stream, rate: 5 /s }"],
      "suites/s.yaml:7: 'measure.rate' belongs to the scenario server, which is not asked for (add server to scenario, or leave rate out)"
    ),
    BrokenSuite(
      "rate and load", lines: [7: "measure: { scenario: server, rate: 5 /s, load: 0.5 }"],
      "suites/s.yaml:7: 'measure.load' and 'measure.rate' both say how fast requests arrive (leave one of the two out)"),
    BrokenSuite(
      "load of one", lines: [7: "measure: { scenario: server, load: 1 }"],
      "suites/s.yaml:7: 'measure.load' is 1, but takes a number between 0 and 1, like 0.7"),
    BrokenSuite(
      "no load", lines: [7: "measure: { scenario: server, load: 0 }"],
      "suites/s.yaml:7: 'measure.load' is 0, but takes a number between 0 and 1, like 0.7"),
    BrokenSuite(
      "rate without unit", lines: [7: "measure: { scenario: server, rate: 500 }"],
      "suites/s.yaml:7: 'measure.rate' is 500, but takes requests a second from 0.1 to 1000000, like 500 /s"),
    BrokenSuite(
      "rate of nothing", lines: [7: "measure: { scenario: server, rate: 0 /s }"],
      "suites/s.yaml:7: 'measure.rate' is '0 /s', but takes requests a second from 0.1 to 1000000, like 500 /s"),
    BrokenSuite(
      "no streams", lines: [7: "measure: { scenario: multi-stream, streams: 0 }"],
      "suites/s.yaml:7: 'measure.streams' is 0, but takes a whole number from 1 to 10000"),
    BrokenSuite(
      "scenario twice", lines: [7: "measure: { scenario: [server, server] }"],
      "suites/s.yaml:7: 'measure.scenario' has server twice (remove one of the two)"),
    BrokenSuite(
      "block without unit", lines: [7: "measure: { block: 10 }"],
      "suites/s.yaml:7: 'measure.block' is 10, but takes a time from 1 us to 60 s, like 10 ms"),
    BrokenSuite(
      "block too long", lines: [7: "measure: { block: 1e30 s }"],
      "suites/s.yaml:7: 'measure.block' is '1e30 s', but takes a time from 1 us to 60 s, like 10 ms"),
    BrokenSuite(
      "negative block", lines: [7: "measure: { block: -10 ms }"],
      "suites/s.yaml:7: 'measure.block' is '-10 ms', but takes a time from 1 us to 60 s, like 10 ms"),
    BrokenSuite(
      "negative seed", lines: [7: "measure: { seed: -1 }"],
      "suites/s.yaml:7: 'measure.seed' is -1, but takes a whole number from 0 to 18446744073709551615"),
    BrokenSuite(
      "hot input of 1.1", lines: [7: "measure: { hot-input: yes }"],
      "suites/s.yaml:7: 'measure.hot-input' is 'yes', but takes true or false"),
    BrokenSuite(
      "mistyped measure", lines: [7: "measure: { accuracy_rows: 5 }"],
      "suites/s.yaml:7: 'measure' has no key 'accuracy_rows' (did you mean 'accuracy-rows'?)"),
    BrokenSuite(
      "measure as list", lines: [7: "measure: [1]"],
      "suites/s.yaml:7: 'measure' is a list, but takes a mapping of keys"),
  ]
}
