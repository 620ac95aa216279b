import AssayCore
import AssayMethods
import AssayTorch

/// What a training makes small.
///
/// For classes the mean cross-entropy −Σ yₖ·log softmax(z)ₖ, with smoothed labels y = (1−ε)·onehot + ε/K; for values the
/// mean squared error. With a teacher: α·T²·KL(softmax(zₜ/T) ‖ softmax(z/T)) + (1−α)·labels (Hinton, Vinyals, Dean 2015,
/// section 2), plus the mean squared difference of each hint (Romero and others, FitNets, ICLR 2015, equation 3).
struct Objective {
  private let isClassification: Bool
  private let smoothing: Double
  private let alpha: Double
  private let temperature: Double
  private let hintWeight: Double
  private let library: TorchLibrary
  private let crossEntropy, squares, reshape, logSoftmax, divergence, multiply, add, largest, equal, sum: TorchOperator

  init(
    _ settings: TrainingSettings, _ distillation: Distillation?, isClassification: Bool, _ library: TorchLibrary
  ) throws(TorchError) {
    self.isClassification = isClassification
    self.library = library
    smoothing = settings.labelSmoothing
    alpha = distillation?.alpha ?? 0
    temperature = distillation?.temperature ?? 1
    hintWeight = distillation?.hintWeight ?? 0
    crossEntropy = try library.operator("aten::cross_entropy_loss")
    squares = try library.operator("aten::mse_loss")
    reshape = try library.operator("aten::reshape")
    logSoftmax = try library.operator("aten::log_softmax.int")
    divergence = try library.operator("aten::kl_div")
    multiply = try library.operator("aten::mul.Tensor")
    add = try library.operator("aten::add.Tensor")
    largest = try library.operator("aten::argmax")
    equal = try library.operator("aten::eq.Tensor")
    sum = try library.operator("aten::sum")
  }

  /// How the library counts ways to reduce: 1 the mean, 2 the sum.
  private enum Reduction {
    static let mean = 1
    static let sum = 2
  }

  /// Logits as [rows, classes], or values as [rows].
  func flat(_ outputs: TorchTensor, rows: Int) throws(TorchError) -> TorchTensor {
    let shape = isClassification ? [rows, -1] : [rows]
    return outputs.shape.count == shape.count ? outputs : try reshape(.tensor(outputs), .ints(shape))
  }

  /// The loss of a batch.
  ///
  /// - Parameters:
  ///   - outputs: As `flat` has them.
  ///   - soft: The teacher's probabilities, [rows, classes], or its values; nil without a teacher.
  ///   - hints: Pairs of the student's and the teacher's values, of equal shapes.
  func loss(
    _ outputs: TorchTensor, _ answers: TorchTensor, soft: TorchTensor?, hints: [(TorchTensor, TorchTensor)] = []
  ) throws(TorchError) -> TorchTensor {
    var total: TorchTensor?
    func include(_ part: TorchTensor, weight: Double) throws(TorchError) {
      let weighted = weight == 1 ? part : try multiply(.tensor(part), .double(weight))
      guard let sofar = total else {
        total = weighted
        return
      }
      total = try add(.tensor(sofar), .tensor(weighted))
    }
    if soft == nil || alpha < 1 {
      try include(try hardLoss(outputs, answers, smoothing: smoothing), weight: soft == nil ? 1 : 1 - alpha)
    }
    if let soft, alpha > 0 { try include(try softLoss(outputs, soft), weight: alpha) }
    for (student, teacher) in hints {
      try include(try squares(.tensor(student), .tensor(teacher), .int(Reduction.mean)), weight: hintWeight)
    }
    guard let total else { throw TorchError(.argument, "there is nothing to learn from") }
    return total
  }

  /// The loss by the labels alone.
  func hardLoss(
    _ outputs: TorchTensor, _ answers: TorchTensor, smoothing: Double = 0
  ) throws(TorchError) -> TorchTensor {
    guard isClassification else { return try squares(.tensor(outputs), .tensor(answers), .int(Reduction.mean)) }
    // The last but one number is a class to leave out; there is none of −100.
    return try crossEntropy(
      .tensor(outputs), .tensor(answers), nil, .int(Reduction.mean), .int(-100), .double(smoothing))
  }

  private func softLoss(_ outputs: TorchTensor, _ soft: TorchTensor) throws(TorchError) -> TorchTensor {
    guard isClassification else { return try squares(.tensor(outputs), .tensor(soft), .int(Reduction.mean)) }
    let scaled = try multiply(.tensor(outputs), .double(1 / temperature))
    let logarithms = try logSoftmax(.tensor(scaled), 1)
    let total = try divergence(.tensor(logarithms), .tensor(soft), .int(Reduction.sum))
    return try multiply(.tensor(total), .double(temperature * temperature / Double(max(1, outputs.shape[0]))))
  }

  /// Rows whose largest logit is that of the right class; nil for values.
  func rightAnswers(_ outputs: TorchTensor, _ answers: TorchTensor) throws(TorchError) -> Double? {
    guard isClassification else { return nil }
    let classes = try largest(.tensor(outputs), 1)
    return try sum(.tensor(try equal(.tensor(classes), .tensor(answers)))).number()
  }
}
