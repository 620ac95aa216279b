import AssayCore
import AssayJudge
import AssayMeasure
import Testing

private typealias Variant = MadeRun.Variant

struct AcrossRunsTests {
  private func run(
    _ variants: [MadeRun.Variant], seed: UInt64, _ change: (inout MadeRun) -> Void = { _ in }
  ) -> RunRecord {
    var run = MadeRun([Variant("baseline")] + variants, seed: seed)
    change(&run)
    return run.record()
  }

  @Test("A moment in which the machine is slower changes nothing", arguments: [0.8, 1.0, 1.3], [UInt64](1...3))
  func moment(machine: Double, seed: UInt64) throws {
    let base = run([Variant("v"), Variant("w", time: 0.5)], seed: seed)
    let candidate = run([Variant("v", time: 1.06), Variant("w", time: 0.45)], seed: seed + 100) { $0.machine = machine }
    let comparison = try Comparison(of: candidate, against: base)
    #expect(comparison.verdict("v", "latency.p50") == .regressed, "seed \(seed)")
    #expect(comparison.verdict("w", "latency.p50") == .improved, "seed \(seed)")
    let ratio = try #require(comparison.row("v", "latency.p50")?.change?.value)
    #expect(abs(ratio / 1.06 - 1) < 0.01, "seed \(seed): \(ratio)")
    // Absolute values stand beside.
    #expect(abs((comparison.row("v", "latency.p50")?.base ?? 0) / 24_000 - 1) < 0.03)
    #expect(comparison.exitStatus == .regression && comparison.scope == .acrossRuns)
  }

  @Test("The baseline itself is held against the control kernel")
  func baseline() throws {
    let base = run([], seed: 1)
    #expect(try Comparison(of: run([], seed: 2), against: base).verdict("baseline", "latency.p50") == .same)
    let slower = run([], seed: 3) { $0.latency_ns = 27_000 }
    #expect(try Comparison(of: slower, against: base).verdict("baseline", "latency.p50") == .regressed)
    // A kernel that is slower too says that it was the machine, and that nothing can be said of the model.
    let moved = run([], seed: 4) { $0.machine = 1.2 }
    let comparison = try Comparison(of: moved, against: base)
    #expect(comparison.verdict("baseline", "latency.p50") == .inconclusive)
    #expect(comparison.warnings.contains { $0.contains("contaminated") })
  }

  @Test("Without the same baseline or engine version the kernel is the reference")
  func reference() throws {
    let base = run([Variant("v")], seed: 1)
    let faster = run([Variant("v")], seed: 2) {
      $0.variants[0] = Variant("baseline", time: 0.5, sha256: "another")
    }
    let comparison = try Comparison(of: faster, against: base)
    #expect(comparison.verdict("v", "latency.p50") == .same, "not judged by a baseline that changed")
    #expect(comparison.verdict("baseline", "latency.p50") == .improved)
    #expect(comparison.warnings.contains { $0.contains("is another file than before") })
    let engine = try Comparison(of: run([Variant("v")], seed: 2) { $0.engineVersion = "2" }, against: base)
    #expect(engine.verdict("v", "latency.p50") == .same && engine.warnings.contains { $0.contains("onnxruntime is 2") })
    var bare = faster
    bare.groups = []
    #expect(try Comparison(of: bare, against: base).verdict("v", "latency.p50") == .inconclusive)
    #expect(
      try Comparison(of: bare, against: base, gates: [gate("latency.p50 regression <= 5 %")]).result("v") == .notJudged)
  }

  @Test("A kernel that moved against the same baseline contaminates")
  func contamination() throws {
    let base = run([Variant("v")], seed: 1)
    let candidate = run([Variant("v", time: 1.1)], seed: 2) { $0.control = 1.1 }
    let comparison = try Comparison(of: candidate, against: base)
    #expect(comparison.verdict("v", "latency.p50") == .inconclusive && comparison.exitStatus == .success)
    #expect(comparison.warnings.contains { $0.contains("contaminated") })
  }

  @Test("Missing, new and failed variants have their words")
  func words() throws {
    let base = run([Variant("gone"), Variant("broken"), Variant("was broken", end: .failed), Variant("kept")], seed: 1)
    let candidate = run(
      [Variant("broken", end: .failed), Variant("was broken"), Variant("kept"), Variant("fresh")], seed: 2)
    let comparison = try Comparison(of: candidate, against: base)
    #expect(comparison.verdict("gone", "latency.p50") == .missing)
    #expect(comparison.verdict("broken", "latency.p50") == .failed && comparison.exitStatus == .trialFailed)
    #expect(
      comparison.verdict("was broken", "latency.p50") == .new && comparison.verdict("fresh", "latency.p50") == .new)
    #expect(comparison.rows.map(\.verdict) == comparison.rows.map(\.verdict).sorted())
    let skipped = try Comparison(of: run([Variant("kept", end: .skipped)], seed: 3), against: base)
    #expect(skipped.verdict("kept", "latency.p50") == .missing)
  }

  @Test("Runs that cannot be compared are refused")
  func refused() throws {
    let base = run([Variant("v")], seed: 1)
    var empty = base
    empty.trials = []
    for pair in [(empty, base), (base, empty), (empty, empty)] {
      let error = #expect(throws: JudgeError.self) { try Comparison(of: pair.0, against: pair.1) }
      #expect(error?.code == .emptyRun && error?.exitStatus == .badInput)
    }
    var other = base
    for index in other.trials.indices { other.trials[index].trial.group.baseline = "another" }
    other.suite = "other"
    let error = #expect(throws: JudgeError.self) { try Comparison(of: other, against: base) }
    #expect(error?.code == .nothingInCommon && error?.exitStatus == .badInput)
    #expect(error?.message.contains("'made' and 'other'") == true)
    let renamed = try Comparison(of: run([Variant("v")], seed: 2) { $0.suite = "renamed" }, against: base)
    #expect(renamed.warnings.contains { $0.contains("different suites") })
  }

  @Test("Another machine is refused, or only ratios to the baseline are compared")
  func otherMachine() throws {
    let base = run([Variant("v"), Variant("w")], seed: 1)
    let candidate = run([Variant("v", time: 1.2), Variant("w", file_B: 5000)], seed: 2) {
      ($0.cpuModel, $0.machine, $0.control) = ("Another CPU", 0.3, 1.7)
    }
    let error = #expect(throws: JudgeError.self) { try Comparison(of: candidate, against: base) }
    #expect(error?.code == .otherMachine && error?.exitStatus.rawValue == 7)
    #expect(error?.message.contains("'Another CPU' and 'Test CPU'") == true)
    let comparison = try Comparison(of: candidate, against: base, allowOtherMachine: true)
    #expect(comparison.verdict("baseline", "latency.p50") == .incomparable)
    #expect(comparison.verdict("baseline", "memory.peak") == .incomparable)
    #expect(comparison.verdict("v", "latency.p50") == .regressed)
    #expect(comparison.row("v", "latency.p50")?.base == nil && comparison.row("v", "latency.p50")?.candidate == nil)
    #expect(comparison.verdict("w", "latency.p50") == .same && comparison.verdict("w", "size.file") == .regressed)
    #expect(comparison.warnings.contains { $0.contains("different machines") })
    // Another name of the host is no other machine.
    _ = try Comparison(of: run([Variant("v")], seed: 3) { $0.host = "elsewhere" }, against: base)
  }

  @Test("Another machine with another baseline leaves nothing to relate times by")
  func nothingToRelate() throws {
    let base = run([Variant("v")], seed: 1)
    let candidate = run([Variant("v")], seed: 2) {
      $0.cpuModel = "Another CPU"
      $0.variants[0] = Variant("baseline", sha256: "another")
    }
    let comparison = try Comparison(of: candidate, against: base, allowOtherMachine: true)
    #expect(comparison.verdict("v", "latency.p50") == .incomparable)
    #expect(comparison.verdict("v", "size.file") == .same)
  }

  @Test("The fingerprint of a machine")
  func fingerprint() {
    let one = run([], seed: 1).environment
    #expect(MachineFingerprint(one).differences(from: MachineFingerprint(one)).isEmpty)
    var other = one
    (other.host, other.kernel, other.operatingSystem, other.memory_B) = ("x", "y", "z", 8_300_000_000)
    #expect(MachineFingerprint(one).differences(from: MachineFingerprint(other)).isEmpty)
    (other.allowedCPUs, other.cgroupCPUs, other.memory_B) = ([0], 1.5, 16_000_000_000)
    other.cpuFeatures = CPUFeatures(flags: ["avx2", "avx512_vnni"])
    #expect(MachineFingerprint(one).differences(from: MachineFingerprint(other)).count == 4)
  }

  @Test("Different rows are not compared")
  func rows() throws {
    let base = run([Variant("v")], seed: 1)
    var candidate = run([Variant("v")], seed: 2)
    candidate.datasets[0].labels = PackedIntegers(candidate.datasets[0].labels.values.map { ($0 + 1) % 10 })
    let comparison = try Comparison(of: candidate, against: base)
    #expect(comparison.verdict("v", "accuracy.top1") == .incomparable)
  }

  @Test("Tails and phases are advisory unless a gate names them")
  func advisory() throws {
    let base = run([Variant("v")], seed: 1)
    let candidate = run([Variant("v", time: 1.3)], seed: 2)
    let comparison = try Comparison(of: candidate, against: base)
    #expect(comparison.verdict("v", "latency.p90") == .unconfirmed)
    #expect(comparison.row("v", "latency.p90")?.reason.contains("advisory") == true)
    #expect(comparison.verdict("v", "start.load") == .unconfirmed)
    #expect(comparison.needsConfirmation.map(\.variant) == ["v"])
    let gated = try Comparison(of: candidate, against: base, gates: [gate("latency.p90 regression <= 5 %")])
    #expect(gated.verdict("v", "latency.p90") == .regressed && gated.result("v") == .failed)
    #expect(gated.verdict("v", "latency.p50") == .unconfirmed, "the gates say what counts")
    let offline = try Comparison(
      of: run([Variant("v", time: 1.3)], seed: 2) { $0.scenario = .offline },
      against: run([Variant("v")], seed: 1) { $0.scenario = .offline })
    #expect(offline.verdict("v", "throughput") == .regressed && offline.verdict("v", "latency.p50") == nil)
  }

  @Test("A second measurement of the candidate counts across runs too")
  func confirmation() throws {
    let base = run([Variant("v")], seed: 1)
    let gates = [try gate("latency.p50 regression <= 5 %")]
    for (again, verdict) in [(1.2, Verdict.regressed), (1.0, .unconfirmed)] {
      let candidate = run([Variant("v", time: 1.2)], seed: 2) {
        $0.confirmation = { $0.map { Variant($0.name, time: $0.name == "v" ? again : 1) } }
      }
      let comparison = try Comparison(of: candidate, against: base, gates: gates)
      #expect(comparison.verdict("v", "latency.p50") == verdict, "\(again)")
      #expect(comparison.needsConfirmation.isEmpty)
    }
  }

  @Test("Gates of all three kinds are judged together")
  func together() throws {
    let base = run([Variant("v")], seed: 1)
    let candidate = run([Variant("v", time: 1.2, file_B: 9000)], seed: 2)
    let comparison = try Comparison(
      of: candidate, against: base,
      gates: [
        gate("size.file <= 5 kB"), gate("latency.p50 rise <= 5 %"), gate("latency.p50 regression <= 5 %"),
        gate("accuracy.top1 >= 99 %"),
      ])
    #expect((0..<4).map { comparison.result("v", $0) } == [.failed, .failed, .failed, .passed])
    // Both tests of launches of v, and the baseline's against the earlier run.
    #expect(comparison.row("v", "latency.p50")?.reason.contains("over 3 tests") == true)
  }

  @Test("Records that a hand spoilt are no crash and no pass", arguments: 0..<12)
  func spoilt(kind: Int) throws {
    let base = run([Variant("v")], seed: 1)
    var record = run([Variant("v", time: 1.5)], seed: 2)
    guard case .completed(var data) = record.trials[1].result else { return }
    switch kind {
    case 0: data.launches = []
    case 1:
      data.launches = data.launches.map {
        var launch = $0; launch.blocks = []; return launch
      }
    case 2: data.launches = Array(repeating: data.launches[0], count: 10)
    case 3:
      for index in data.launches.indices {
        for block in data.launches[index].blocks.indices {
          data.launches[index].blocks[block].samples = Samples([0, 0])
        }
      }
    case 4:
      for index in data.launches.indices {
        for block in data.launches[index].blocks.indices {
          data.launches[index].blocks[block].samples = Samples([.max, .max])
          data.launches[index].blocks[block].position = block.isMultiple(of: 2) ? .min : .max
        }
      }
    case 5: data.answers?.classes = PackedIntegers([1, 2, 3])
    case 6: data.answers?.dataset = "nowhere"
    case 7: data.answers?.metrics = ["accuracy.f1": .nan, "accuracy.log-loss": .infinity]
    case 8: record.variants = []
    case 9: record.datasets = []
    case 10: record.groups = []
    default:
      record.trials += record.trials
      record.groups += record.groups
      record.variants += record.variants
    }
    record.trials[1].result = .completed(data)
    let gates = [try gate("latency.p50 regression <= 5 %"), try gate("accuracy.top1 drop <= 0.5 pp")]
    let across = try Comparison(of: record, against: base, gates: gates)
    let within = Comparison(withinRun: record, gates: gates)
    #expect(across.gates.count == 3 && within.gates.count == 3)
    if kind < 5 { #expect(across.result("v") != .passed && across.verdict("v", "latency.p50") != .same) }
    let backwards = try Comparison(of: base, against: record)
    #expect(!backwards.rows.isEmpty)
  }
}
