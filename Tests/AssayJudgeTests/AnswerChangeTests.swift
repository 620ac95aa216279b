import AssayCore
import AssayJudge
import AssayMeasure
import Testing

@Suite("Changes of answers")
struct AnswerChangeTests {
  /// Row r has the label r % 10: rows 0 and 10 are of class 0, row 3 of class 3.
  private let record = MadeRun([
    MadeRun.Variant("baseline", wrong: [5]), MadeRun.Variant("worse", wrong: [0, 10, 3]),
    MadeRun.Variant("failed", end: .failed),
  ]).record()

  @Test("Flips, classes and confusions are those of the rows")
  func counted() throws {
    let changes = answerChanges(record, replicates: 200)
    #expect(changes.map(\.trial.variant) == ["baseline", "worse"])
    let worse = try #require(changes.last)
    let flips = try #require(worse.flips)
    #expect(flips.lost == 3 && flips.gained == 1 && flips.rows == MadeRun.rows)
    let zero = try #require(worse.classes.first { $0.label == 0 })
    #expect(zero.lost == 2 && zero.gained == 0 && zero.support == 40 && zero.recallAfter == 0.95)
    #expect(worse.classes.first { $0.label == 5 }?.gained == 1)
    let confused = worse.confusion.filter { $0.label != $0.answer }
    #expect(confused == [.init(label: 0, answer: 1, rows: 2), .init(label: 3, answer: 4, rows: 1)])
    let interval = try #require(worse.top1Interval)
    #expect(interval.contains(flips.difference) && interval.low < 0)
    #expect(try #require(worse.f1Interval).contains(try #require(worse.f1Difference)))
  }

  @Test("Every row is in one cell of the confusions, and the baseline is not compared with itself")
  func whole() throws {
    for change in answerChanges(record, replicates: 10) {
      #expect(change.confusion.reduce(0) { $0 + $1.rows } == MadeRun.rows)
    }
    let baseline = try #require(answerChanges(record, replicates: 10).first)
    #expect(baseline.flips == nil && baseline.classes.isEmpty && baseline.top1Interval == nil)
  }

  @Test("The same variant under other threads is told once; no answers, nothing to tell")
  func once() {
    var twice = record
    twice.trials += record.trials.map { trial in
      var trial = trial
      trial.trial.group.threads = 2
      return trial
    }
    #expect(answerChanges(twice, replicates: 10).count == 2)
    var none = record
    none.datasets = []
    #expect(answerChanges(none).isEmpty)
  }
}
