public import AssayCore
public import AssayONNX

/// Trains a model further, each weight in the form it has.
public struct Finetune: Method {
  public static let description = MethodDescription(
    name: "finetune",
    summary:
      "trains on data.train, each weight in the form that earlier steps gave it: masks stay, centroids and buckets move, "
      + "rounded weights pass their gradients straight through and learn their scales, as do the ranges of activations. "
      + "Prune and finetune in turn for an iterative schedule; rewind goes back to earlier values under the present mask",
    source:
      "Han, Pool, Tran, Dally: Learning both Weights and Connections, NIPS 2015; Han, Mao, Dally: Deep Compression, ICLR "
      + "2016; Jacob and others, CVPR 2018, and Esser and others: Learned Step Size Quantization, ICLR 2020; Courbariaux "
      + "and others: BinaryConnect, NIPS 2015; rewind: Frankle, Carbin: The Lottery Ticket Hypothesis, ICLR 2019",
    options: TrainingSettings.options(epochs: 3) + [
      OptionDescription("freeze", .names, "weights or biases that stay as they are"),
      OptionDescription(
        "keep-zeros", .bool, default: .bool(true),
        "whether a weight of which a tenth or more is zero keeps its zeros, also where no step of this suite made them"),
      OptionDescription(
        "rewind", .form("the name of a variant or the path of a model"),
        "weights begin with the values that they have in this model, zeros stay: a model trained for few epochs from the "
          + "same seed gives lottery tickets"),
    ],
    learns: { _ in true })

  private let options: StepOptions
  private let frozen: [String]
  private let keepsZeros: Bool
  private let rewind: String?

  public init(_ options: StepOptions) throws(MethodError) {
    self.options = options
    frozen = options.names("freeze") ?? []
    keepsZeros = options.bool("keep-zeros") ?? true
    rewind = options.text("rewind")
    _ = try TrainingSettings(options, seed: 1, rowCount: 1)
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    let (trainer, data) = try context.learning(for: Self.description.name)
    // At the full rate again, not at the last and smallest one: what was cut comes back further and sooner (Renda, Frankle,
    // Carbin: Comparing Rewinding and Fine-tuning, ICLR 2020, section 4).
    let settings = try TrainingSettings(options, seed: context.seed, rowCount: data.rowCount)
    try model.graph.checkOperands()
    var (start, forms) = (model, context.forms)
    if keepsZeros { addMasks(&forms, model) }
    if let rewind { try self.rewind(&start, &forms, to: rewind, context) }
    let twin = try FloatTwin(start, forms: forms)
    let names = try frozenNames(twin.model)
    let outcome = try trainer.train(
      TrainingRequest(
        model: twin.model, settings: settings, weights: twin.weights.filter { !names.contains($0.key) },
        frozen: names, checkpoint: context.learningFolder.map { "\($0)/finetune" }),
      data: data, progress: context.progress)
    let (result, trained) = try twin.written(outcome)
    var report = StepReport(step: Self.description.name, skips: twin.skipped, notes: outcome.notes)
    report.describeTraining(outcome, settings)
    for site in twin.sites where outcome.parameters[site.value] != nil {
      guard let form = trained[site.name] else { continue }
      report.changed(site.name, "trained as '\(type(of: form).name)'")
    }
    if !twin.ranges.isEmpty { report.notes.append("the ranges of \(twin.ranges.count) activations were learnt") }
    if report.changes.isEmpty { report.changed("weights", "trained") }
    return Rewrite(model: result, report: report, forms: trained)
  }

  private func frozenNames(_ model: Model) throws(MethodError) -> Set<String> {
    let known = model.graph.initializers.map(\.name)
    for name in frozen where !known.contains(name) {
      throw MethodError(
        .badOption, "'finetune': there is no weight '\(name)' to freeze",
        remedy: nearestName(to: name, among: known).map { "did you mean '\($0)'?" })
    }
    return Set(frozen)
  }

  /// Masks for weights with many zeros that have no form yet.
  private func addMasks(_ forms: inout WeightForms, _ model: Model) {
    for weight in model.graph.weights().found where forms[weight.name] == nil {
      let zeros = weight.tensor.withElements(Float.self) { values in
        var zeros = 0
        for value in values where value == 0 { zeros += 1 }
        return zeros
      }
      if zeros * 10 >= weight.tensor.count { forms.replace(weight.name, by: MaskedForm(weight.tensor)) }
    }
  }

  /// Sets values back to those of another model of the same shapes; what is zero stays zero.
  private func rewind(
    _ model: inout Model, _ forms: inout WeightForms, to name: String, _ context: MethodContext
  ) throws(MethodError) {
    guard let models = context.models else {
      throw MethodError(
        .training, "'finetune': rewind names '\(name)', and other models are not known here",
        remedy: "run it in a suite")
    }
    let early = try models.model(named: name)
    var count = 0
    for initializer in model.graph.initializers {
      guard let now = initializer.tensor, now.elementType == .float, !now.shape.isEmpty,
        let then = early.graph.constant(initializer.name), then.elementType == .float, then.shape == now.shape
      else { continue }
      guard let form = forms[initializer.name] else {
        model.graph.setInitializer(initializer.name, then)
        count += 1
        continue
      }
      // Masks of all kinds train their dense weight; what else a form trains has no earlier values.
      guard form.trainable().parameters.map(\.shape) == [now.shape] else { continue }
      let tensor = then.masked(by: now)
      forms.replace(initializer.name, by: try form.trained([tensor]))
      model.graph.setInitializer(initializer.name, tensor)
      count += 1
    }
    guard count > 0 else {
      throw MethodError(
        .training, "'finetune': '\(name)' has no weight in common with this model",
        remedy: "rewind to an earlier state of the same network")
    }
  }
}

extension Tensor {
  /// This tensor where `mask` is not zero, else zero.
  fileprivate func masked(by mask: Tensor) -> Tensor {
    withElements(Float.self) { values in
      mask.withElements(Float.self) { mask in
        Tensor.floats(shape: shape) { target in
          for index in target.indices { target[index] = mask[index] == 0 ? 0 : values[index] }
        }
      }
    }
  }
}

extension StepReport {
  /// The learning curve and what the training was.
  mutating func describeTraining(_ outcome: TrainingOutcome, _ settings: TrainingSettings) {
    epochs = outcome.epochs
    notes.append(
      "\(outcome.epochs.count) epochs with \(settings.optimizer.kind.rawValue), rate \(settings.optimizer.rate), batch "
        + "\(settings.batch), seed \(settings.seed), \(settings.threads) threads")
  }
}
