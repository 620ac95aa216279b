import AssayCore
import AssayJudge
import Testing

@testable import AssayReport

/// The sample run with two variants that were trained: one with three seeds, of which one more failed, one once.
private func trainedRecord() -> RunRecord {
  var record = SampleRun.record()
  let epochs = [
    TrainedEpoch(
      epoch: 1, loss: 0.7125, accuracy: 0.812, validationLoss: 0.65, validationAccuracy: 0.83, rate: 0.001),
    TrainedEpoch(epoch: 2, loss: 0.031_25, accuracy: 0.991, validationLoss: 0.5, validationAccuracy: 0.97, rate: 5e-4),
  ]
  for index in record.variants.indices where record.variants[index].baseline == "digits-mlp" {
    guard case .built(var built) = record.variants[index].build else { continue }
    let name = record.variants[index].name
    guard ["int8-static", "int8-dynamic"].contains(name) else { continue }
    built.reports.append(StepReport(step: "finetune epochs=2", epochs: epochs))
    record.variants[index].build = .built(built)
    guard name == "int8-static" else { continue }
    let members = zip([UInt64(1), 2, 3], [0.958, 0.961, 0.9655]).map { seed, value in
      SeedRecord(
        seed: seed, build: .built(built),
        answers: [
          SeedAnswers(
            engine: "onnxruntime", device: "cpu",
            answers: Answers(
              dataset: "digits test", classes: PackedIntegers([]),
              metrics: ["accuracy.top1": value, "accuracy.log-loss": 0.125]))
        ])
    }
    record.variants[index].seeds = SeedMembers(members: members, representative: 2, followsBaseline: false)
  }
  return record
}

struct TrainingReportTests {
  static let model = ReportModel(trainedRecord())

  @Test func aRunThatTrainsNothingHasNoFilesOfIt() {
    #expect(SampleRun.model.members.isEmpty)
    #expect(trainingFiles(SampleRun.model).files.isEmpty && trainingSection(SampleRun.model).isEmpty)
    #expect(!summaryCSV(SampleRun.model).text.contains("standard_deviation"))
  }

  @Test func theSectionNamesEachModel() { expectGolden(trainingSection(Self.model), "training-section.md") }
  @Test func curvesAreTidy() { expectGolden(learningCSV(Self.model).text, "learning.csv") }
  @Test func seedsAreTidy() { expectGolden(seedsCSV(Self.model).text, "seeds.csv") }

  @Test func theTableShowsMeanSpreadAndInterval() throws {
    let row = try #require(Self.model.groups.first?.rows.first { $0.variant == "int8-static" })
    let column = try #require(ReportColumn.all.first { $0.title == "top-1 accuracy" })
    // numpy: mean 0.9615, std(ddof=1) 0.0037749; scipy: half-width 0.0093774.
    #expect(column.text(row) == "96.15 % ± 0.38 [95.2, 97.1]")
    let notes = try tableNotes(of: #require(Self.model.groups.first))
    #expect(notes.contains { $0.hasPrefix("±: standard deviation over 3 seeds") })
    #expect(Self.model.method.contains { $0.contains("trained up to 3 times") })
  }

  @Test func csvFilesTellOfSeeds() throws {
    let summary = summaryCSV(Self.model).text.split(separator: "\n")
    #expect(summary[0].hasSuffix(",on_pareto_front,seeds,top1_standard_deviation,note"))
    #expect(summary.contains { $0.contains(",int8-static,") && $0.contains(",3,0.0037749") })
    let line = try #require(
      resultsCSV(Self.model).text.split(separator: "\n").first {
        $0.contains(",int8-static,") && $0.contains(",accuracy.top1,")
      })
    #expect(line.contains("mean of 3 seeds, standard deviation 0.0037749"))
  }

  @Test func aFailedSeedIsNamed() throws {
    var record = trainedRecord()
    let index = try #require(record.variants.firstIndex { $0.seeds != nil })
    record.variants[index].seeds?.members[2] = SeedRecord(seed: 3, build: .failed(message: "the loss became NaN"))
    let model = ReportModel(record)
    #expect(trainingSection(model).contains("failed: the loss became NaN"))
    #expect(seedsCSV(model).text.contains("status,,failed: the loss became NaN"))
  }
}
