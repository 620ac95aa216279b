import AssayCore
import AssayTorch
import Testing

@Suite("ATen operators by name", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct TorchOperatorTests {
  private func failure(_ name: String, _ arguments: [TorchValue]) throws -> TorchError? {
    let library = try TorchFixture.loaded()
    return TorchFixture.error { () throws(TorchError) in try library.operator(name).call(arguments) }
  }

  @Test("Arguments of every kind arrive")
  func kinds() throws {
    let library = try TorchFixture.loaded()
    let x = try TorchFixture.tensor([1, 2, 3, 4], [1, 1, 2, 2])
    func first(_ name: String, _ arguments: TorchValue...) throws -> [Float] {
      try TorchFixture.floats(#require(try library.operator(name).call(arguments).first))
    }
    #expect(try first("aten::add.Tensor", .tensor(x), .tensor(x), 2) == [3, 6, 9, 12], "a tensor, Scalar alpha")
    #expect(try first("aten::mul.Tensor", .tensor(x), 0.5) == [0.5, 1, 1.5, 2], "a number where a tensor is declared")
    #expect(try first("aten::max_pool2d", .tensor(x), 2) == [4], "one number for int[2]")
    #expect(try first("aten::max_pool2d", .tensor(x), [1, 2]) == [2, 4])
    #expect(try first("aten::cat", .tensors([x, x]), 0) == [1, 2, 3, 4, 1, 2, 3, 4])
    #expect(try first("aten::div.Tensor_mode", .tensor(x), 2, "floor") == [0, 1, 1, 2])
    #expect(try first("aten::sum.dim_IntList", .tensor(x), [2, 3], true) == [10])
    #expect(try first("aten::sum.dim_IntList", .tensor(x), nil, false) == [10], "none for int[1]?")
    #expect(try first("aten::clamp", .tensor(x), nil, 3) == [1, 2, 3, 3])
    #expect(try first("aten::leaky_relu", .tensor(x), 1) == [1, 2, 3, 4], "an integer for a Scalar")
    #expect(try first("aten::conv2d", .tensor(x), .tensor(x), nil, [1, 1]) == [30], "padding and others by default")
    #expect(
      try first("aten::upsample_bilinear2d", .tensor(x), [1, 1], false, 0.5, 0.5).count == 1, "float? as number")
    let types = try library.call("aten::to.dtype", .tensor(x), .type(.int64))
    #expect(try #require(types.first).values().elements(Int64.self) == [1, 2, 3, 4])
    let moved = try library.call("aten::to.device", .tensor(x), .device(.cpu), .type(.double))
    #expect(try #require(moved.first).elementType == .double)
    let flat = try library.call("aten::reshape", .tensor(x), [4])[0]
    let index = try TorchTensor(Tensor([3, 0] as [Int64], shape: [2]), library: library)
    #expect(try first("aten::index.Tensor", .tensor(flat), .optionalTensors([index])) == [4, 1])
    let rows = try TorchFixture.tensor([1, 2, 3, 4], [1, 4])
    #expect(try first("aten::index.Tensor", .tensor(rows), .optionalTensors([nil, index])) == [4, 1])
  }

  @Test("Results are tensors: lists one by one, numbers of rank 0, what was not asked for undefined")
  func results() throws {
    let library = try TorchFixture.loaded()
    let x = try TorchFixture.tensor([1, 2, 3, 4, 5])
    let parts = try library.call("aten::split.Tensor", .tensor(x), 2)
    #expect(parts.map(\.shape) == [[2], [2], [1]])
    let equal = try library.call("aten::equal", .tensor(x), .tensor(x))
    #expect(equal.count == 1 && equal[0].shape.isEmpty && equal[0].elementType == .bool)
    #expect(try equal[0].number() == 1)
    let sorted = try library.call("aten::sort", .tensor(x), 0, true)
    #expect(try TorchFixture.floats(sorted[0]) == [5, 4, 3, 2, 1])
    #expect(try sorted[1].values().elements(Int64.self) == [4, 3, 2, 1, 0])
    let nothing = try library.call(
      "aten::native_batch_norm_backward", .tensor(TorchFixture.tensor([1, 2], [2, 1])),
      .tensor(TorchFixture.tensor([1, 2], [2, 1])), nil, nil, nil, .tensor(TorchFixture.tensor([1.5])),
      .tensor(TorchFixture.tensor([1])), true, 1e-5, .bools([true, false, false]))
    #expect(nothing.map(\.isDefined) == [true, false, false])
    #expect(nothing[1].shape.isEmpty && nothing[1].elementType == nil)
  }

  @Test("The declaration is told, and an operator knows its name")
  func schema() throws {
    let add = try TorchFixture.loaded().operator("aten::add.Tensor")
    #expect(add.name == "aten::add.Tensor")
    #expect(add.schema == "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor")
  }

  @Test(
    "A name that libtorch does not have", arguments: ["aten::no_such", "aten::add.NoSuch", "add", "", "::", ".", "a.b"])
  func unknown(name: String) throws {
    let error = try #require(try failure(name, []))
    #expect(error.code == .operator)
    #expect(error.message.hasPrefix(name))
    #expect(error.exitStatus == .badInput)
  }

  @Test("Arguments that do not fit name the argument, its declaration and what was given")
  func wrongArguments() throws {
    let x = try TorchFixture.tensor([1, 2], [1, 2])
    let missing = try #require(try failure("aten::mm", [.tensor(x)]))
    #expect(missing.code == .argument && missing.message.contains("'mat2' is missing"))
    let many = try #require(try failure("aten::relu", [.tensor(x), 1, 2]))
    #expect(many.code == .argument && many.message.contains("takes 1 arguments and was given 3"))
    let wrong: [(String, [TorchValue], String)] = [
      ("aten::relu", ["text"], "'self' is declared as Tensor and was given a string"),
      ("aten::relu", [nil], "given none"),
      ("aten::reshape", [.tensor(x), .tensor(x)], "'shape' is declared as SymInt[] and was given a tensor"),
      ("aten::cat", [.tensor(x), 0], "given a tensor"),
      ("aten::cat", [.optionalTensors([x, nil]), 0], "none among the tensors"),
      ("aten::dropout", [.tensor(x), 0.5, 1], "given an integer"),
      ("aten::to.dtype", [.tensor(x), 7], "given an integer"),
      ("aten::to.dtype", [.tensor(x), .type(.string)], "no such element type"),
      ("aten::flatten.using_ints", [.tensor(x), 0.5], "given a floating point number"),
    ]
    for (name, arguments, text) in wrong {
      let error = try #require(try failure(name, arguments))
      #expect(error.code == .argument || error.code == .unsupported)
      #expect(error.message.contains(text), "\(name): \(error.message)")
    }
  }

  @Test("What libtorch refuses comes as one short line, without its backtrace")
  func refused() throws {
    let x = try TorchFixture.tensor([1, 2], [1, 2])
    let integers = try TorchTensor(Tensor([1, 2] as [Int64], shape: [1, 2]), library: TorchFixture.loaded())
    let cases: [(String, [TorchValue], TorchErrorCode)] = [
      ("aten::mm", [.tensor(x), .tensor(x)], .argument),
      ("aten::reshape", [.tensor(x), [7]], .argument),
      ("aten::conv2d", [.tensor(x), .tensor(x)], .argument),
      ("aten::select.int", [.tensor(x), 0, 9], .argument),
      ("aten::softmax.int", [.tensor(integers), 1], .unsupported),
      ("aten::zeros", [[1 << 45]], .memory),
      ("aten::cholesky", [.tensor(x)], .argument),
      ("aten::div.Tensor_mode", [.tensor(x), 1, "no such mode"], .argument),
    ]
    for (name, arguments, code) in cases {
      let error = try #require(try failure(name, arguments))
      #expect(error.code == code, "\(error)")
      #expect(error.message.hasPrefix("\(name): "))
      #expect(!error.message.contains("\n") && !error.message.contains("Exception raised"), "\(error)")
      #expect(error.message.utf8.count < 500)
    }
  }

  @Test("Deterministic algorithms can be asked for")
  func deterministic() throws {
    let library = try TorchFixture.loaded()
    let x = try TorchFixture.tensor([0, 0, 0])
    let index = try TorchTensor(Tensor([1, 1] as [Int64], shape: [2]), library: library)
    library.setDeterministic(true)
    defer { library.setDeterministic(false) }
    let sum = try library.call(
      "aten::index_add", .tensor(x), 0, .tensor(index), .tensor(TorchFixture.tensor([1, 2])))
    #expect(try TorchFixture.floats(sum[0]) == [0, 3, 0])
  }
}
