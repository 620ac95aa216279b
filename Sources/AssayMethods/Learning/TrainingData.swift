public import AssayCore
public import AssayONNX

/// The rows that a training learns from, with their answers.
public protocol TrainingData: Sendable {
  var rowCount: Int { get }
  /// Extents of one prepared example, without the batch axis.
  var exampleShape: [Int] { get }
  var targets: TrainingTargets { get }
  /// Changes whenever rows, answers or their preparation do: a content hash. Checkpoints and soft targets carry it.
  var identity: String { get }
  /// Prepared examples, float, shape [count] + `exampleShape`.
  ///
  /// - Throws: `training` when they cannot be read or prepared.
  func examples(_ rows: Range<Int>) throws(MethodError) -> Tensor
}

/// The answers to training rows, one a row.
public enum TrainingTargets: Sendable, Hashable {
  /// Each in 0..<`count`.
  case classes([Int], count: Int)
  case values([Float])

  public var count: Int {
    switch self {
    case .classes(let classes, _): classes.count
    case .values(let values): values.count
    }
  }

  /// nil for regression.
  public var classCount: Int? { if case .classes(_, let count) = self { count } else { nil } }
}

/// Training rows that are all in memory.
public struct PreparedTrainingData: TrainingData {
  private let rows: Tensor
  public let targets: TrainingTargets
  public let identity: String

  /// - Parameter rows: float, shape [rows] + example.
  /// - Throws: `training` when the numbers differ or a class is out of range.
  public init(rows: Tensor, targets: TrainingTargets, identity: String) throws(MethodError) {
    guard rows.elementType == .float, let count = rows.shape.first, count > 0 else {
      throw MethodError(
        .training, "training rows must be float with a row axis, these are \(rows.elementType) \(rows.shape)")
    }
    guard targets.count == count else {
      throw MethodError(.training, "\(count) training rows, but \(targets.count) answers")
    }
    if case .classes(let classes, let classCount) = targets,
      let wrong = classes.firstIndex(where: { $0 < 0 || $0 >= classCount })
    {
      throw MethodError(.training, "class \(classes[wrong]) of training row \(wrong) is not one of 0..<\(classCount)")
    }
    (self.rows, self.targets, self.identity) = (rows, targets, identity)
  }

  public var rowCount: Int { rows.shape[0] }
  public var exampleShape: [Int] { Array(rows.shape.dropFirst()) }

  public func examples(_ range: Range<Int>) throws(MethodError) -> Tensor {
    guard range.lowerBound >= 0, range.upperBound <= rowCount else {
      throw MethodError(.training, "rows \(range) are asked for, but there are \(rowCount)")
    }
    let width = exampleShape.reduce(MemoryLayout<Float>.stride, *)
    let bytes = rows.bytes.slice(range.lowerBound * width..<range.upperBound * width)
    guard let tensor = Tensor(.float, shape: [range.count] + exampleShape, bytes: bytes) else {
      throw MethodError(.training, "training rows do not fill their shape")
    }
    return tensor
  }
}

/// Finds the other models that a learning step names: teachers, students.
public protocol ModelSource: Sendable {
  /// A model by the name of a variant or baseline of the suite, or by a path relative to the suite file.
  ///
  /// - Throws: `training` when there is none, `underlying` when it cannot be read.
  func model(named name: String) throws(MethodError) -> Model
}

/// A teacher whose answers a student learns.
public struct Distillation: Sendable {
  /// One, or an ensemble whose probabilities are averaged.
  public var teachers: [Model]
  /// T ≥ 1: logits are divided by it before the softmax.
  public var temperature: Double
  /// Weight of the soft targets, 0...1; the labels have the rest.
  public var alpha: Double
  /// Intermediate values that the student imitates; empty for none.
  public var hints: [Hint]
  /// Weight of the mean squared differences of all hints.
  public var hintWeight: Double
  /// Soft targets computed once are kept here; nil computes them anew. The trainer adds the identity of data and teachers.
  public var cacheFolder: String?

  /// An intermediate value of the first teacher, and the student's that shall become like it.
  public struct Hint: Sendable, Hashable {
    public var teacher: String
    public var student: String

    public init(teacher: String, student: String) {
      self.teacher = teacher
      self.student = student
    }
  }

  public init(
    teachers: [Model], temperature: Double = 4, alpha: Double = 0.9, hints: [Hint] = [], hintWeight: Double = 1,
    cacheFolder: String? = nil
  ) {
    self.teachers = teachers
    self.temperature = temperature
    self.alpha = alpha
    self.hints = hints
    self.hintWeight = hintWeight
    self.cacheFolder = cacheFolder
  }
}
