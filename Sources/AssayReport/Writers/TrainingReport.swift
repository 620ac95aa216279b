import AssayCore

/// The section on training of `report.md`: each model's learning in a line, each seed's accuracy.
func trainingSection(_ model: ReportModel) -> String {
  guard !model.members.isEmpty else { return "" }
  let engines = model.members.flatMap(\.answers).reduce(into: [String]()) { names, answers in
    if !names.contains(answers.engine) { names.append(answers.engine) }
  }
  var text = "\n## Training\n\nEpoch by epoch: [learning.csv](learning.csv)"
  text += engines.isEmpty ? ".\n\n" : "; every metric of every seed: [seeds.csv](seeds.csv).\n\n"
  text += Markdown.table(
    ["baseline", "variant", "seed", "learnt"] + engines.map { "top-1, \(Markdown.escaped($0))" },
    model.members.map { member in
      let seed = member.seed.map { "\($0)" + (member.isRepresentative ? ", measured" : "") } ?? "–"
      return [
        Markdown.escaped(member.baseline), Markdown.escaped(member.variant), seed, Markdown.escaped(words(member)),
      ]
        + engines.map { engine in
          let answers = member.answers.first { $0.engine == engine }
          return answers?.answers?.metrics["accuracy.top1"].map { QuantityText.percent($0) }
            ?? answers?.failure.map { Markdown.escaped("failed: \($0)") } ?? "–"
        }
    })
  return text
}

/// `train: 20 epochs, loss 0.71 to 0.03, accuracy 81.2 to 99.1 %; finetune: ...`.
private func words(_ member: ReportMember) -> String {
  if let failure = member.failure { return "failed: \(failure)" }
  let curves = member.curves.map { curve -> String in
    guard let first = curve.epochs.first, let last = curve.epochs.last else { return "" }
    let name = curve.step.split(separator: " ").first.map(String.init) ?? curve.step
    func course(_ title: String, _ value: (TrainedEpoch) -> Double?, _ text: (Double) -> String) -> String {
      guard let begin = value(first), let end = value(last) else { return "" }
      return curve.epochs.count == 1 ? ", \(title) \(text(end))" : ", \(title) \(text(begin)) to \(text(end))"
    }
    return "\(name): \(counted(last.epoch, "epoch"))"
      + course("loss", \.loss) { QuantityText.significant($0, digits: 3) }
      + course("accuracy", \.accuracy) { QuantityText.percent($0) }
      + course("held-out accuracy", \.validationAccuracy) { QuantityText.percent($0) }
  }
  return curves.isEmpty ? "nothing of its own" : curves.joined(separator: "; ")
}

/// Tidy: one row for each epoch of each training.
func learningCSV(_ model: ReportModel) -> OutputFile {
  var csv = CSVText()
  csv.append([
    "suite", "baseline", "variant", "seed", "position", "step", "epoch", "loss", "accuracy", "held_out_loss",
    "held_out_accuracy", "rate",
  ])
  for member in model.members {
    for curve in member.curves {
      for epoch in curve.epochs {
        csv.append(
          [model.suite, member.baseline, member.variant, seedText(member), "\(curve.position)", curve.step]
            + ["\(epoch.epoch)", CSVText.number(epoch.loss), CSVText.number(epoch.accuracy)]
            + [CSVText.number(epoch.validationLoss), CSVText.number(epoch.validationAccuracy)]
            + [CSVText.number(epoch.rate)])
      }
    }
  }
  return OutputFile(name: "learning.csv", bytes: csv.bytes)
}

/// Tidy: one row for each seed, engine and metric.
func seedsCSV(_ model: ReportModel) -> OutputFile {
  var csv = CSVText()
  csv.append([
    "suite", "baseline", "variant", "seed", "measured", "engine", "device", "metric", "value", "note",
  ])
  for member in model.members where member.seed != nil {
    let key = [model.suite, member.baseline, member.variant, seedText(member), member.isRepresentative ? "1" : "0"]
    if let failure = member.failure { csv.append(key + ["", "", "status", "", "failed: \(failure)"]) }
    for answers in member.answers {
      let place = [answers.engine, answers.device]
      if let failure = answers.failure { csv.append(key + place + ["status", "", "failed: \(failure)"]) }
      for (name, value) in (answers.answers?.metrics ?? [:]).sorted(by: { $0.key < $1.key }) {
        csv.append(key + place + [name, CSVText.number(value), ""])
      }
    }
  }
  return OutputFile(name: "seeds.csv", bytes: csv.bytes)
}

/// The files on training: none for a run that trains nothing.
func trainingFiles(_ model: ReportModel) -> ReportOutput {
  var files: [OutputFile] = []
  if model.members.contains(where: { !$0.curves.isEmpty }) { files.append(learningCSV(model)) }
  if model.members.contains(where: { $0.seed != nil }) { files.append(seedsCSV(model)) }
  return ReportOutput(files: files)
}

private func seedText(_ member: ReportMember) -> String { member.seed.map { "\($0)" } ?? "" }
