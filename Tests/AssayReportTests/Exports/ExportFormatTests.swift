import AssayCore
import AssayJudge
import FoundationEssentials
import Testing

@testable import AssayReport

/// The formats that carry values: what their readers demand, and that the values are those of the run.
@Suite struct ExportFormatTests {
  @Test(arguments: ExportCatalog.all.map(\.name))
  func filesAreAsListedAndAsBefore(name: String) throws {
    let format = try #require(ExportCatalog.format(named: name))
    let files = format.write(ExportSamples.input())
    #expect(files.map(\.name) == format.fileNames)
    for file in files { expectGolden(file.text, "export-\(file.name)") }
    #expect(format.write(ExportSamples.input()) == files, "equal inputs give equal bytes")
  }

  @Test func namesDoNotRepeat() {
    let formats = ExportCatalog.all
    #expect(Set(formats.map(\.name)).count == formats.count)
    #expect(Set(formats.flatMap(\.fileNames)).count == formats.flatMap(\.fileNames).count)
    #expect(ExportCatalog.format(named: "nonsense") == nil)
  }

  @Test(arguments: ExportCatalog.all.map(\.name))
  func anEmptyRunAndOneWithoutVerdictsAreExported(name: String) throws {
    let format = try #require(ExportCatalog.format(named: name))
    var empty = ExportSamples.record()
    (empty.trials, empty.variants, empty.groups) = ([], [], [])
    #expect(format.write(ExportInput(empty)).map(\.name) == format.fileNames)
    #expect(format.write(ExportInput(ExportSamples.record())).map(\.name) == format.fileNames)
  }

  @Test func trialsNeverShareAName() {
    let strange = ["a", "a/b", "a%2Fb", "b", "a\nb", "a b", "", "a%0Ab", "a=b"]
    var names: [String: Trial] = [:]
    var words: [String: String] = [:]
    for baseline in strange {
      words[ExportName.word(baseline)] = baseline
      for variant in strange {
        for batch in [1, 32] {
          let trial = Trial(
            variant: variant,
            group: ComparisonGroup(
              baseline: baseline, engine: "onnxruntime", threads: 1, batch: batch, scenario: .singleStream))
          let name = ExportName.trial(trial, suite: "s")
          #expect(names.updateValue(trial, forKey: name) == nil, "\(name) is \(trial) too")
        }
      }
    }
    #expect(words.count == strange.count)
  }

  // MARK: Google Benchmark

  private struct Google: Decodable {
    struct Context: Decodable {
      var date, host_name, executable, library_build_type: String
      var num_cpus: Int
      var mhz_per_cpu: Double
      var cpu_scaling_enabled: Bool
      var caches: [Int]
      var load_avg: [Double]
      var json_schema_version: Int
    }
    struct Entry: Decodable {
      var name, run_name, run_type, time_unit: String
      var repetitions, repetition_index, threads, iterations, family_index, per_family_instance_index: Int
      var real_time, cpu_time: Double
      var error_occurred: Bool?
      var error_message: String?
      var items_per_second: Double?
    }
    var context: Context
    var benchmarks: [Entry]
  }

  @Test(arguments: [false, true]) func googleBenchmark(isHostile: Bool) throws {
    let input = isHostile ? ExportSamples.hostileInput : ExportSamples.input()
    let file = googleBenchmarkJSON(input)
    let document = try JSONDecoder().decode(Google.self, from: Data(file.bytes))
    #expect(document.context.host_name == input.record.environment.host)
    #expect(document.context.date == "2026-11-21T10:00:00+00:00")
    let measured = input.trials.filter { !$0.launches.isEmpty }
    for trial in measured {
      let name = ExportName.trial(trial.trial, suite: input.record.suite)
      let entries = document.benchmarks.filter { $0.name == name }
      #expect(entries.map(\.real_time) == trial.launches.map(\.median_ns))
      #expect(entries.map(\.iterations) == trial.launches.map(\.inferences))
      #expect(entries.allSatisfy { $0.run_type == "iteration" && $0.error_occurred == nil })
    }
    let failed = document.benchmarks.filter { $0.error_occurred == true }
    #expect(failed.count == input.trials.count { $0.failure != nil })
    #expect(failed.contains { $0.error_message?.contains("float16 kernel") == true })
    #expect(document.benchmarks.count == failed.count + measured.reduce(0) { $0 + $1.launches.count })
  }

  // MARK: github-action-benchmark and Bencher

  private struct Custom: Decodable {
    var name, unit: String
    var value: Double
    var range, extra: String?
  }

  @Test(arguments: [false, true]) func gitHubActionBenchmark(isHostile: Bool) throws {
    let input = isHostile ? ExportSamples.hostileInput : ExportSamples.input()
    let files = gitHubActionBenchmarkFiles(input)
    let entries = try files.map { try JSONDecoder().decode([Custom].self, from: Data($0.bytes)) }
    #expect(Set(entries.flatMap(\.self).map(\.name)).count == entries[0].count + entries[1].count)
    for trial in input.trials {
      let name = ExportName.trial(trial.trial, suite: input.record.suite)
      for figure in trial.row.figures {
        let found = entries.map { $0.first { $0.name == "\(name) - \(figure.metric.name)" } }
        #expect(found[0]?.value == (figure.metric.direction == .lowerIsBetter ? figure.value : nil))
        #expect(found[1]?.value == (figure.metric.direction == .higherIsBetter ? figure.value : nil))
      }
    }
    #expect(entries[0].contains { $0.range?.hasPrefix("± ") == true && $0.extra?.contains("\nCI") == true })
  }

  private struct BencherMetric: Decodable { var value: Double, lower_value: Double?, upper_value: Double? }

  @Test(arguments: [false, true]) func bencher(isHostile: Bool) throws {
    let input = isHostile ? ExportSamples.hostileInput : ExportSamples.input()
    let document = try JSONDecoder().decode(
      [String: [String: BencherMetric]].self, from: Data(bencherMetrics(input).bytes))
    for trial in input.trials where !trial.launches.isEmpty {
      let measures = try #require(document[ExportName.trial(trial.trial, suite: input.record.suite)])
      #expect(measures["latency"]?.value == trial.row[MetricCatalog.latencyP50]?.value)
      #expect(measures["accuracy"]?.value == trial.row[ReportMetric.accuracy]?.value)
      #expect(measures["file-size"]?.value == trial.row[MetricCatalog.fileSize]?.value)
      for (name, metric) in measures {
        #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }, "\(name) is no slug")
        if let low = metric.lower_value, let high = metric.upper_value {
          #expect(low <= metric.value && metric.value <= high, "\(name)")
        }
      }
    }
  }

  // MARK: Go

  @Test(arguments: [false, true]) func goBenchmark(isHostile: Bool) throws {
    let input = isHostile ? ExportSamples.hostileInput : ExportSamples.input()
    let lines = goBenchmarkText(input).text.split(separator: "\n", omittingEmptySubsequences: false)
    let samples = lines.filter { $0.hasPrefix("Benchmark") }
    let measured = input.trials.filter { !$0.launches.isEmpty }
    #expect(samples.count == measured.reduce(0) { $0 + $1.launches.count })
    // Everything else is a key of the configuration, a unit, or the end.
    let others = lines.filter { !$0.hasPrefix("Benchmark") }
    #expect(others.allSatisfy { $0.isEmpty || $0.hasPrefix("Unit ") || $0.contains(": ") })
    let admitted = Set("()$%^&*-=|,[]{}\"#_+./:;<")
    let declared = Set(others.filter { $0.hasPrefix("Unit ") }.map { $0.split(separator: " ")[1] })
    for line in samples {
      let fields = line.split { $0 == " " || $0 == "\t" }
      #expect(fields.count >= 4 && fields.count.isMultiple(of: 2), "\(line)")
      #expect(fields[0].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || admitted.contains($0)) })
      #expect(Int(fields[1]) != nil)
      for index in stride(from: 2, to: fields.count, by: 2) {
        #expect(Double(fields[index])?.isFinite == true)
        let unit = fields[index + 1]
        #expect(unit == "ns/op" || unit == "memory-peak-B" || declared.contains(unit), "\(unit) is not declared")
      }
    }
    let variants = samples.compactMap { line in
      line.split(separator: "/").first { $0.hasPrefix("variant=") }.flatMap { percentDecoded($0.dropFirst(8)) }
    }
    #expect(Set(variants) == Set(measured.map(\.trial.variant)))
  }

  // MARK: hyperfine

  private struct Hyperfine: Decodable {
    struct Result: Decodable {
      var command: String
      var mean, median, min, max: Double
      var stddev: Double?
      var times: [Double]
      var memory_usage_byte: [Int]?
      var exit_codes: [Int]
      var parameters: [String: String]?
    }
    var results: [Result]
  }

  @Test(arguments: [false, true]) func hyperfine(isHostile: Bool) throws {
    let input = isHostile ? ExportSamples.hostileInput : ExportSamples.input()
    let files = hyperfineFiles(input)
    let results = try JSONDecoder().decode(Hyperfine.self, from: Data(files[0].bytes)).results
    let rows = try #require(readCSV(files[1].bytes))
    #expect(
      rows[0]
        == "command,mean,stddev,median,user,system,min,max,parameter_threads,parameter_batch".split(separator: ",").map(
          String.init))
    #expect(results.map(\.command) == rows.dropFirst().map { $0[0] })
    let measured = input.trials.filter { !$0.launches.isEmpty }
    #expect(results.count == measured.count)
    for (trial, result) in zip(measured, results) {
      #expect(result.times == trial.launches.map { $0.median_ns / 1e9 })
      #expect(result.min <= result.median && result.median <= result.max)
      #expect(abs(result.mean - result.times.reduce(0, +) / Double(result.times.count)) < 1e-12)
      #expect(result.exit_codes == result.times.map { _ in 0 })
      #expect(result.memory_usage_byte == result.times.map { _ in 24_800_000 })
      #expect(result.parameters?["batch"] == "\(trial.trial.group.batch)")
    }
  }

  /// The deviation of 2, 4, 4, 4, 5, 5, 7, 9 is √(32/7) (the usual textbook example, n − 1).
  @Test func deviationIsThatOfASample() throws {
    var record = ExportSamples.record()
    guard case .completed(var data) = record.trials[0].result else { throw Missing() }
    data.launches = [2, 4, 4, 4, 5, 5, 7, 9].enumerated().map { launch, seconds in
      LaunchRecord(
        launch: launch, phases: Phases(processStart_ns: 1, load_ns: 1, firstInference_ns: 1), warmUp: Samples(),
        blocks: [
          BlockRecord(
            round: 0, position: 0, samples: Samples([seconds * 1_000_000_000]), elapsed_ns: 1, involuntarySwitches: 0)
        ], memory: MemoryFigures())
    }
    record.trials = [TrialRecord(trial: record.trials[0].trial, result: .completed(data))]
    let file = hyperfineFiles(ExportInput(record))[0]
    let result = try #require(try JSONDecoder().decode(Hyperfine.self, from: Data(file.bytes)).results.first)
    #expect(abs((result.stddev ?? 0) - (32.0 / 7).squareRoot()) < 1e-12)
    #expect(result.mean == 5 && result.median == 4.5 && result.memory_usage_byte == nil && result.parameters == nil)
  }

  private struct Missing: Error {}

  // MARK: JSON

  @Test func whateverTextIsWrittenAsJSONIsReadBack() throws {
    var generator = SeededGenerator(seed: 21)
    for round in 0..<500 {
      var text = String.UnicodeScalarView()
      for _ in 0..<generator.index(below: 20) {
        let limit = generator.unit() < 0.5 ? 0x80 : 0x1_1000
        if let scalar = Unicode.Scalar(UInt32(generator.index(below: limit))) { text.append(scalar) }
      }
      let string = String(text)
      let document = JSONText.object([(string, .array([.string(string), .string("")]))]).document
      let decoded = try JSONDecoder().decode([String: [String]].self, from: Data(document.utf8))
      // By scalars: equal strings may be spelled differently.
      let read = try #require(decoded.first)
      #expect(
        read.key.unicodeScalars.elementsEqual(text) && read.value[0].unicodeScalars.elementsEqual(text),
        "seed 21, round \(round): \(string.debugDescription)")
    }
    #expect(
      JSONText.array([.number(.nan), .number(.infinity), .number(12), .null]).document == "[null, null, 12, null]\n")
    #expect(JSONText.object([]).document == "{}\n")
  }
}

private func percentDecoded(_ text: Substring) -> String? {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
      return nil
    }
    bytes.append(value)
    rest = rest.dropFirst(2)
  }
  return String(validating: bytes, as: UTF8.self)
}
