import AssayCore
import AssayMethods
import AssayTestSupport
import AssayTorch
import Foundation
import Testing

@testable import AssayTraining

/// libtorch, where it is installed.
let torch = try? TorchLibrary.load()
let torchIsMissing: Comment = "libtorch was not found; run scripts/setup"

private let start: [Float] = [0.5, -1.25, 2.0, 0.0]
private let gradients: [[Float]] = [
  [0.1, -0.2, 0.3, 1.5], [0.05, 0.4, -0.3, 0.0], [-0.6, 0.1, 0.2, -1.0], [0.2, 0.2, 0.2, 0.2], [0.0, -0.5, 0.1, 3.0],
]

/// The formulas, as the papers write them, one number at a time.
private struct Formula {
  var settings: OptimizerSettings
  var (first, second) = (0.0, 0.0)
  var step = 0.0

  init(_ settings: OptimizerSettings) { self.settings = settings }

  mutating func update(_ w: Double, _ g: Double, _ rate: Double) -> Double {
    let (momentum, beta1, beta2, epsilon) = (settings.momentum, settings.beta1, settings.beta2, settings.epsilon)
    step += 1
    switch settings.kind {
    case .sgd: return w - rate * g
    case .momentum:
      first = momentum * first + g
      return w - rate * first
    case .nesterov:
      first = momentum * first + g
      return w - rate * (g + momentum * first)
    case .adagrad:
      second += g * g
      return w - rate * g / (second.squareRoot() + epsilon)
    case .rmsprop:
      second = beta2 * second + (1 - beta2) * g * g
      first = momentum * first + g / (second.squareRoot() + epsilon)
      return w - rate * first
    case .adam, .adamw:
      let decayed = settings.kind == .adamw ? w - rate * settings.weightDecay * w : w
      first = beta1 * first + (1 - beta1) * g
      second = beta2 * second + (1 - beta2) * g * g
      let (mean, square) = (first / (1 - pow(beta1, step)), second / (1 - pow(beta2, step)))
      return decayed - rate * mean / (square.squareRoot() + epsilon)
    }
  }
}

private func trained(_ settings: OptimizerSettings, rates: [Double], _ library: TorchLibrary) throws -> [Double] {
  let parameter = try TorchTensor(Tensor(start, shape: [4]), library: library)
  // A second parameter of another shape goes along.
  let other = try TorchTensor(Tensor(start, shape: [2, 2]), library: library)
  try parameter.setRequiresGradient(true)
  let optimizer = try OptimizerCatalog.make(settings, [parameter, other], library)
  for (gradient, rate) in zip(gradients, rates) {
    let slopes = try [[4], [2, 2]].map { try TorchTensor(Tensor(gradient, shape: $0), library: library) }
    try library.withoutGradients { try optimizer.step(slopes, rate: rate) }
  }
  let (values, others) = (try parameter.values(), try other.values())
  #expect(difference(others.reshaped([4]), values, relative: 1e-6) == nil)
  return values.elements(Float.self).map { Double($0) }
}

@Test(.enabled(if: torch != nil, torchIsMissing), arguments: OptimizerSettings.Kind.allCases)
func updateRulesFollowTheirFormulas(kind: OptimizerSettings.Kind) throws {
  let library = try #require(torch)
  for momentum in [0.0, 0.8] {
    let settings = OptimizerSettings(kind, momentum: momentum, weightDecay: 0.05)
    let rates = [0.1, 0.1, 0.05, 0.2, 0.01]
    var expected: [Double] = []
    for index in start.indices {
      var formula = Formula(settings)
      var value = Double(start[index])
      for (gradient, rate) in zip(gradients, rates) { value = formula.update(value, Double(gradient[index]), rate) }
      expected.append(value)
    }
    let found = difference(try trained(settings, rates: rates, library), expected, absolute: 1e-6, relative: 1e-5)
    #expect(found == nil, "\(kind) with momentum \(momentum): \(found ?? "")")
  }
}

/// From PyTorch 2.13 in Python, by Oracles/optimizers.py.
@Test(.enabled(if: torch != nil, torchIsMissing), arguments: OptimizerSettings.Kind.allCases)
func updateRulesDoWhatPyTorchDoes(kind: OptimizerSettings.Kind) throws {
  let library = try #require(torch)
  for row in kind == .rmsprop ? ["rmsprop", "rmsprop momentum"] : [kind.rawValue] {
    let settings = OptimizerSettings(
      kind, momentum: row == "rmsprop momentum" ? 0.5 : nil, weightDecay: 0.05)
    let values = try trained(settings, rates: [Double](repeating: 0.1, count: 5), library)
    let found = difference(values, try oracle("optimizers.csv", row: row), absolute: 1e-6, relative: 1e-5)
    #expect(found == nil, "\(row): \(found ?? "")")
  }
}

@Test func everyKindHasARule() {
  #expect(OptimizerCatalog.optimizers.map { $0.kind } == OptimizerSettings.Kind.allCases)
}

@Test(.enabled(if: torch != nil, torchIsMissing))
func gradientsArePenalizedAndBounded() throws {
  let library = try #require(torch)
  let weights = try [[2, 2], [4]].map { try TorchTensor(Tensor(start, shape: $0), library: library) }
  func shaped(_ settings: TrainingSettings) throws -> [[Float]] {
    let slopes = try [[2, 2], [4]].map { try TorchTensor(Tensor(gradients[0], shape: $0), library: library) }
    try GradientShaping(settings, weights, penalized: [0], library).apply(to: slopes)
    return try slopes.map { try $0.values().elements(Float.self) }
  }
  let plain = try shaped(TrainingSettings())
  #expect(plain == [gradients[0], gradients[0]])
  let l2 = try shaped(TrainingSettings(l2: 0.5))
  #expect(l2[0] == zip(gradients[0], start).map { $0 + 0.5 * $1 } && l2[1] == gradients[0])
  let l1 = try shaped(TrainingSettings(l1: 0.25))
  #expect(l1[0] == zip(gradients[0], start).map { $0 + 0.25 * ($1 > 0 ? 1 : $1 < 0 ? -1 : 0) })
  // ‖g‖ = √(2·(0.01 + 0.04 + 0.09 + 2.25))
  let norm = Float(2 * 2.39).squareRoot()
  let bounded = try shaped(TrainingSettings(gradientNorm: 1))
  for (found, gradient) in zip(bounded[1], gradients[0]) { #expect(abs(found - gradient / norm) < 1e-6) }
  #expect(try shaped(TrainingSettings(gradientNorm: 100)) == [gradients[0], gradients[0]])
}
