public import AssayCore
public import AssayONNX

/// A network that is built, not read: its graph with seeded start values.
public protocol Architecture: Sendable {
  /// Name in suites: `lenet-300-100`.
  static var name: String { get }
  /// One sentence: layers, activation, where it comes from.
  static var summary: String { get }
  /// Adds the layers from the input to the logits.
  ///
  /// - Throws: `training` when examples of this shape cannot go through it.
  static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError)
}

/// The networks Assay can build, one line each.
public enum ArchitectureCatalog {
  public static let architectures: [any Architecture.Type] = [
    MultilayerPerceptron.self,
    LeNet300.self,
    LeNet5.self,
    ResNet8.self,
    ResNet20.self,
    DepthwiseSeparableNetwork.self,
    LSTMNetwork.self,
    TransformerEncoder.self,
  ]

  /// Builds a network for examples of a shape, with as many logits as there are classes (1 for regression).
  ///
  /// - Parameters:
  ///   - example: Extents of one example, without the batch axis: [784], [1, 28, 28], [steps, features].
  ///   - seed: Equal seeds give equal start values.
  /// - Throws: `badOption` for an unknown name, with the nearest one; `training` when the shape does not fit.
  public static func model(
    _ name: String, _ options: ArchitectureOptions, example: [Int], outputs: Int, seed: UInt64
  ) throws(MethodError) -> Model {
    guard let architecture = architectures.first(where: { $0.name == name }) else {
      let names = architectures.map { $0.name }
      let remedy = nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
      throw MethodError(
        .badOption, "there is no architecture '\(name)'",
        remedy: remedy ?? "the architectures are \(names.joined(separator: ", "))")
    }
    var network = try NetworkBuilder(
      name: name, example: example, outputs: outputs, options: options,
      generator: SeededGenerator(seed: seed, stream: 0x1417))
    try architecture.build(&network, options)
    return network.model()
  }
}

/// What a suite may vary of an architecture.
public struct ArchitectureOptions: Sendable, Hashable {
  /// Widths of hidden layers; nil takes the architecture's own.
  public var hidden: [Int]?
  /// What the architecture's own widths are multiplied with, at least one unit staying.
  public var width: Double
  public var activation: Activation
  /// Whether batch normalization follows hidden layers; nil takes the architecture's own habit.
  public var normalizes: Bool?
  /// nil takes He's for rectifiers and their relatives, Glorot's for tanh and sigmoid.
  public var initialization: Initialization?

  public init(
    hidden: [Int]? = nil, width: Double = 1, activation: Activation = .relu, normalizes: Bool? = nil,
    initialization: Initialization? = nil
  ) {
    self.hidden = hidden
    self.width = width
    self.activation = activation
    self.normalizes = normalizes
    self.initialization = initialization
  }

  /// The options of `train` that describe the network.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "architecture", .choice(ArchitectureCatalog.architectures.map { $0.name }),
      "a network built here, with fresh weights"),
    OptionDescription(
      "hidden", .form("a whole number or a list of them, each from 1 to 65536"),
      "widths of the hidden layers: mlp (1000), lstm (64), transformer (64: the width of a token; more: of its blocks)"),
    OptionDescription(
      "width", .number(0.001...64), default: .number(1), "what the architecture's own widths are multiplied with"),
    OptionDescription(
      "activation", .choice(Activation.allCases.map(\.rawValue)), default: .text(Activation.relu.rawValue),
      "what follows hidden layers; swish has a trainable β for each layer"),
    OptionDescription(
      "batch-norm", .bool, "batch normalization after hidden layers; as the architecture has it unless said"),
    OptionDescription(
      "initialization", .choice(Initialization.allCases.map(\.rawValue)),
      "start values; he for rectifiers, glorot for tanh and sigmoid unless said"),
  ]

  /// - Throws: `badOption` for widths that are none.
  public init(_ options: StepOptions) throws(MethodError) {
    self.init()
    width = options.number("width") ?? 1
    activation = options.text("activation").flatMap(Activation.init(rawValue:)) ?? .relu
    normalizes = options.bool("batch-norm")
    initialization = options.text("initialization").flatMap(Initialization.init(rawValue:))
    switch options["hidden"] {
    case nil: hidden = nil
    case .integer(let width)?: hidden = [width]
    case .list(let values)?:
      hidden = values.compactMap { if case .integer(let value) = $0 { value } else { nil } }
      if hidden?.count != values.count { hidden = [] }
    default: hidden = []
    }
    if let hidden, hidden.isEmpty || hidden.count > 64 || !hidden.allSatisfy((1...65_536).contains) {
      throw MethodError(
        .badOption,
        "hidden is \(options["hidden"]?.description ?? ""), but takes widths from 1 to 65536, at most 64 of them",
        remedy: "write hidden: 1000 or hidden: [300, 100]")
    }
  }
}
