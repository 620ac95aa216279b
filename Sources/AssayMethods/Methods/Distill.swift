public import AssayCore
public import AssayONNX

/// Trains a student to answer as a teacher does.
public struct Distill: Method {
  public static let description = MethodDescription(
    name: "distill",
    summary:
      "trains a student on data.train with the soft answers of a teacher: the model itself, another model or variant, or an "
      + "ensemble. The student is an architecture, a model, or this model with narrower layers or fewer blocks",
    source:
      "Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015: α·T²·KL(teacher ‖ student) at temperature T + "
      + "(1−α)·cross-entropy; hints: Romero and others: FitNets, ICLR 2015, trained along in one stage",
    options: [
      OptionDescription(
        "teacher", .names, "variants or paths of models; several are an ensemble. This model unless said"),
      OptionDescription(
        "student", .form("the name of a variant or the path of a model"),
        "what learns; without it and without architecture, width and depth this model itself, from another teacher"),
      OptionDescription(
        "depth", .number(0.05...1),
        "share of this model's residual blocks that the student keeps (needs calibration data)"),
      OptionDescription(
        "start", .choice(["fresh", "kept"]), default: .text("kept"),
        "whether a narrower or shallower student begins with new values or with those of the units that stay"),
      OptionDescription("temperature", .number(1...1000), default: .number(4), "T, which softens the answers of both"),
      OptionDescription(
        "alpha", .number(0...1), default: .number(0.9), "weight of the soft answers; the labels have the rest"),
      OptionDescription(
        "hints", .names, "inner values to imitate, each written TEACHER=STUDENT by the names of values in the graphs"),
      OptionDescription("hint-weight", .number(0...1000), default: .number(1), "weight of the hints"),
    ] + ArchitectureOptions.options.map(shared) + TrainingSettings.options(epochs: 10),
    calibration: { $0.isGiven("depth") ? .required : .none },
    learns: { _ in true })

  /// The width of an architecture, or else of this model.
  private static func shared(_ option: OptionDescription) -> OptionDescription {
    var option = option
    if option.name == "width" {
      option.defaultValue = nil
      option.summary += "; without an architecture: share of this model's channels and neurons that the student keeps"
    }
    return option
  }

  private let options: StepOptions
  private let hints: [Distillation.Hint]

  /// - Throws: `badOption` for hints that are no pairs, and for students described in two ways.
  public init(_ options: StepOptions) throws(MethodError) {
    self.options = options
    var hints: [Distillation.Hint] = []
    for text in options.names("hints") ?? [] {
      let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw MethodError(
          .badOption, "'distill': the hint '\(text)' is no pair", remedy: "write TEACHER=STUDENT, two names of values")
      }
      hints.append(Distillation.Hint(teacher: parts[0], student: parts[1]))
    }
    self.hints = hints
    _ = try TrainingSettings(options, seed: 1, rowCount: 1)
    _ = try ArchitectureOptions(options)
    let described = ["student", "architecture"].filter(options.isGiven)
    guard described.count < 2 else {
      throw MethodError(.badOption, "'distill' names a student and an architecture", remedy: "leave one of them out")
    }
    if options.isGiven("student"), let other = ["width", "depth"].first(where: options.isGiven) {
      throw MethodError(
        .badOption, "'distill': \(other) has no meaning beside student", remedy: "leave one of them out")
    }
    if options.isGiven("architecture"), options.isGiven("depth") {
      throw MethodError(.badOption, "'distill': depth has no meaning beside architecture", remedy: "leave it out")
    }
    if !options.isGiven("architecture"), let width = options.number("width"), width > 1 {
      throw MethodError(
        .badOption, "'distill': a student is not wider than its model, and width is \(width)",
        remedy: "give a share from 0 to 1")
    }
    let isItself = described.isEmpty && !options.isGiven("width") && !options.isGiven("depth")
    guard !isItself || options.isGiven("teacher") else {
      throw MethodError(
        .badOption, "'distill' names neither a student nor a teacher",
        remedy: "give teacher:, or student:, architecture:, width: or depth:")
    }
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    let (trainer, data) = try context.learning(for: Self.description.name)
    let settings = try TrainingSettings(options, seed: context.seed, rowCount: data.rowCount)
    try model.graph.checkOperands()
    let teachers = try teachers(model, context)
    var report = StepReport(step: Self.description.name)
    let (student, forms) = try student(of: model, data, context, &report)
    let twin = try FloatTwin(student, forms: forms)
    let distillation = Distillation(
      teachers: teachers, temperature: options.number("temperature") ?? 4, alpha: options.number("alpha") ?? 0.9,
      hints: hints, hintWeight: options.number("hint-weight") ?? 1, cacheFolder: context.learningFolder)
    let outcome = try trainer.train(
      TrainingRequest(
        model: twin.model, settings: settings, weights: twin.weights, distillation: distillation,
        checkpoint: context.learningFolder.map { "\($0)/distill" }),
      data: data, progress: context.progress)
    let (result, trained) = try twin.written(outcome)
    report.skips += twin.skipped
    report.notes += outcome.notes
    report.describeTraining(outcome, settings)
    report.changed(
      "weights",
      "learnt from \(teachers.count == 1 ? "the teacher" : "\(teachers.count) teachers") at temperature "
        + "\(distillation.temperature), with weight \(distillation.alpha) of the soft answers")
    return Rewrite(model: result, report: report, forms: trained)
  }

  private func teachers(_ model: Model, _ context: MethodContext) throws(MethodError) -> [Model] {
    guard let names = options.names("teacher"), !names.isEmpty else { return [model] }
    var teachers: [Model] = []
    for name in names { teachers.append(try other(name, "teacher", context)) }
    return teachers
  }

  private func other(_ name: String, _ role: String, _ context: MethodContext) throws(MethodError) -> Model {
    guard let models = context.models else {
      throw MethodError(
        .training, "'distill': the \(role) is '\(name)', and other models are not known here",
        remedy: "run it in a suite")
    }
    return try models.model(named: name)
  }

  // MARK: the student

  private func student(
    of model: Model, _ data: any TrainingData, _ context: MethodContext, _ report: inout StepReport
  ) throws(MethodError) -> (model: Model, forms: WeightForms) {
    if let name = options.text("student") {
      return (try other(name, "student", context).withInterface(of: model), WeightForms())
    }
    if let name = options.text("architecture") {
      let example = model.graph.requiredInputs.first?.tensorType?.shape?.dropFirst().compactMap(\.value)
      let rank = model.graph.requiredInputs.first?.tensorType?.shape?.count ?? 0
      let shape = example.map(Array.init).flatMap { $0.count + 1 == rank ? $0 : nil } ?? data.exampleShape
      let student = try ArchitectureCatalog.model(
        name, try ArchitectureOptions(options), example: shape, outputs: data.targets.classCount ?? 1,
        seed: context.seed)
      report.changed("graph", "replaced by a fresh \(name)")
      return (try student.withInterface(of: model), WeightForms())
    }
    guard options.isGiven("width") || options.isGiven("depth") else { return (model, context.forms) }
    var student = model
    if let depth = options.number("depth"), depth < 1 {
      try shrink(&student, ["target": .text("layer"), "ratio": .number(1 - depth)], context, &report)
    }
    if let width = options.number("width"), width < 1 {
      try shrink(&student, ["target": .text("unit"), "ratio": .number(1 - width)], context, &report)
    }
    if options.text("start") == "fresh" {
      var generator = SeededGenerator(seed: context.seed, stream: 0xd157)
      student.graph.initializeWeights(&generator)
    }
    return (student, WeightForms())
  }

  private func shrink(
    _ model: inout Model, _ cut: [String: OptionValue], _ context: MethodContext, _ report: inout StepReport
  ) throws(MethodError) {
    let rewrite = try MethodCatalog.apply(Step(method: "prune", options: cut), to: model, in: context)
    model = rewrite.model
    report.changes += rewrite.report.changes
    report.skips += rewrite.report.skips
    guard !rewrite.report.changes.isEmpty else {
      throw MethodError(
        .model, "'distill': nothing of the model can be cut that way",
        remedy: "name an architecture or a student instead")
    }
  }
}

extension Model {
  /// This model with the interface of another: its names, its shape of examples, a softmax at the end where it has one.
  ///
  /// - Throws: `model` when the interfaces cannot be the same.
  fileprivate func withInterface(of other: Model) throws(MethodError) -> Model {
    guard graph.requiredInputs.count == 1, other.graph.requiredInputs.count == 1, graph.outputs.count == 1,
      other.graph.outputs.count == 1, let input = other.graph.requiredInputs.first,
      let output = other.graph.outputs.first
    else {
      throw MethodError(.model, "'distill': a student needs one input and one output, as its teacher")
    }
    let own = (input: graph.requiredInputs[0], output: graph.outputs[0])
    let hasSoftmax = other.graph.endsInSoftmax && !graph.endsInSoftmax
    guard own.output.tail == nil || output.tail == nil || own.output.tail == output.tail else {
      throw MethodError(
        .model, "'distill': the student gives \(own.output.tail ?? []) for a row, its teacher \(output.tail ?? [])",
        remedy: "choose a student with as many outputs")
    }
    var result = self
    var names = NameAllocator(graph: graph)
    for name in [input.name, output.name] { _ = names.fresh(name) }
    let (inner, last) = (names.fresh("student_input"), names.fresh("student_output"))
    result.graph.rename(own.output.name, to: last)
    result.graph.rename(own.input.name, to: inner)
    // Inner values make room for the names of the interface.
    for name in [input.name, output.name] { result.graph.rename(name, to: names.fresh("\(name)_student")) }
    try result.graph.takeInput(input, as: inner, tail: own.input.tail, &names)
    if hasSoftmax {
      result.graph.nodes.append(
        Node(
          "Softmax", name: names.fresh("student_softmax"), inputs: [last], outputs: [output.name],
          attributes: [Attribute("axis", int: -1)]))
      result.graph.outputs[0].name = output.name
    } else {
      result.graph.rename(last, to: output.name)
    }
    result.graph.outputs[0].tensorType = output.tensorType
    return result
  }
}

extension ValueInfo {
  /// The extents after the batch; nil where one is open.
  fileprivate var tail: [Int]? {
    guard let shape = tensorType?.shape?.dropFirst() else { return nil }
    let extents = shape.compactMap(\.value)
    return extents.count == shape.count ? extents : nil
  }
}

extension Graph {
  fileprivate var endsInSoftmax: Bool {
    nodes.contains { $0.isONNX("Softmax") && $0.output(0) == outputs.first?.name }
  }

  /// Lets the value `inner`, so far the input, come from `input`, in the shape it had.
  fileprivate mutating func takeInput(
    _ input: ValueInfo, as inner: String, tail: [Int]?, _ names: inout NameAllocator
  ) throws(MethodError) {
    if let tail, let wanted = input.tail, wanted != tail {
      guard wanted.reduce(1, *) == tail.reduce(1, *) else {
        throw MethodError(
          .model, "'distill': the student reads examples of \(tail), its teacher \(wanted)",
          remedy: "choose a student for the same data")
      }
      let shape = names.fresh("student_shape")
      setInitializer(shape, Tensor(([-1] + tail).map { Int64($0) }, shape: [tail.count + 1]))
      nodes.insert(
        Node("Reshape", name: names.fresh("student_reshape"), inputs: [input.name, shape], outputs: [inner]), at: 0)
    } else {
      rename(inner, to: input.name)
    }
    for index in inputs.indices where inputs[index].name == inner || inputs[index].name == input.name {
      inputs[index].name = input.name
      inputs[index].tensorType = input.tensorType
    }
  }

  /// Gives a value, an input, an output or an initializer another name everywhere.
  fileprivate mutating func rename(_ old: String, to new: String) {
    guard old != new else { return }
    for index in nodes.indices {
      nodes[index].inputs = nodes[index].inputs.map { $0 == old ? new : $0 }
      nodes[index].outputs = nodes[index].outputs.map { $0 == old ? new : $0 }
    }
    for index in inputs.indices where inputs[index].name == old { inputs[index].name = new }
    for index in outputs.indices where outputs[index].name == old { outputs[index].name = new }
    valueInfos.removeAll { $0.name == old }
    if let tensor = constant(old) {
      removeInitializers { $0 == old }
      setInitializer(new, tensor)
    }
  }

  /// New start values: He's for weights of products, zero for their biases.
  fileprivate mutating func initializeWeights(_ generator: inout SeededGenerator) {
    for weight in weights().found {
      let shape = weight.tensor.shape
      guard shape.count >= 2 else { continue }
      let isTransposed =
        weight.node.opType == "MatMul" || (weight.node.opType == "Gemm" && weight.node.int("transB") != 1)
      let (rows, columns) = (shape[0], shape[1...].reduce(1, *))
      let (fanIn, fanOut) = isTransposed ? (rows, columns) : (columns, rows)
      setInitializer(
        weight.name, Initialization.he.tensor(shape, fanIn: max(1, fanIn), fanOut: max(1, fanOut), &generator))
      if ["Conv", "Gemm"].contains(weight.node.opType), let bias = weight.node.input(2), let old = constant(bias),
        old.elementType == .float
      {
        setInitializer(bias, Tensor([Float](repeating: 0, count: old.count), shape: old.shape))
      }
    }
  }
}
