import AssayCore
import AssayONNX

/// How the weights of a model are stored, by the names of their initializers, as a list of steps left them.
///
/// Each step adds the forms that it wrote. What it changed without a form of its own loses the old one, with one
/// exception: a mask lasts as long as its zeros do, also where a step scales the weight or stores it in few bits.
public struct WeightForms: Sendable {
  private var forms: [String: any WeightForm] = [:]
  /// Weights whose zeros are a mask.
  private var masks: Set<String> = []

  /// No step yet.
  public init() {}

  /// As an earlier list of steps left them.
  public init(_ forms: [String: any WeightForm], masked: Set<String>) {
    self.forms = forms
    masks = masked
  }

  /// Names of the weights whose zeros are a mask, in alphabetical order.
  public var maskedNames: [String] { masks.sorted() }

  /// The form of a weight; nil when it is stored plainly.
  public subscript(name: String) -> (any WeightForm)? { forms[name] }

  /// Names of the initializers that have a form, in alphabetical order.
  public var names: [String] { forms.keys.sorted() }

  public var isEmpty: Bool { forms.isEmpty }

  /// Whether the zeros of a weight are a mask, which training keeps.
  public func isMasked(_ name: String) -> Bool { masks.contains(name) }

  /// The weight as a function of what training may change, zeros of its mask kept; nil when it has no form.
  public func trainable(_ name: String) -> TrainableWeight? {
    guard let form = forms[name] else { return nil }
    var weight = form.trainable()
    guard isMasked(name), !form.keepsZerosItself, !weight.parameters.isEmpty else { return weight }
    let dense = form.dense()
    guard let floats = dense.converted(to: .float) else { return weight }
    weight.value = .product(weight.value, .constant(floats.nonzeroMask()))
    return weight
  }

  /// Puts the trained form of a weight in the place of the one it was.
  public mutating func replace(_ name: String, by form: any WeightForm) { forms[name] = form }

  /// The forms after a step.
  ///
  /// - Parameter model: What the step was applied to.
  func after(_ rewrite: Rewrite, of model: Model) -> WeightForms {
    var result = WeightForms()
    result.forms = rewrite.forms
    result.masks = rewrite.masks
    guard !forms.isEmpty || !masks.isEmpty else { return result }
    let successors = Successors(rewrite)
    for name in Set(forms.keys).union(masks) {
      guard let old = model.graph.constant(name) else { continue }
      let new = rewrite.model.graph.constant(name)
      if let new, new == old {
        if result.forms[name] == nil { result.forms[name] = forms[name] }
        if masks.contains(name) { result.masks.insert(name) }
      } else if masks.contains(name) {
        result.carryMask(of: name, successors, old: forms[name]?.dense() ?? old, new: new)
      }
    }
    return result
  }

  /// Marks what became of a masked weight, where its zeros are still there.
  private mutating func carryMask(of name: String, _ successors: Successors, old: Tensor, new: Tensor?) {
    var (found, values) = (name, forms[name]?.dense() ?? new)
    if new == nil, let successor = successors.renamed(name, count: old.count) {
      (found, values) = (successor.name, successor.tensor)
    }
    guard let values, let before = old.countOfZeros, let zeros = values.countOfZeros, zeros > 0,
      // As many in proportion: units may have been cut out.
      Double(zeros) * Double(old.count) >= Double(before) * Double(values.count) * 0.999
    else { return }
    masks.insert(found)
    if forms[found] == nil, values.elementType == .float {
      forms[found] = smallestForm(of: values, nonzeros: values.count - zeros)
    }
  }
}

extension WeightForm {
  /// Whether the trainable half of the form keeps every zero of a mask already.
  fileprivate var keepsZerosItself: Bool {
    self is any SparseForm || self is MaskedForm || (self as? CodebookForm)?.keepsZeros == true
  }
}
