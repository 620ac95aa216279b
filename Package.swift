// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// - Parameter files: Folders of files that tests read at run time.
func tests(_ name: String, _ dependencies: [Target.Dependency], files: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["AssayTestSupport"], exclude: files, swiftSettings: strict)
}

let package = Package(
  name: "assay",
  products: [.executable(name: "assay", targets: ["assay"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // C surfaces, nothing else.
    .target(name: "CCSV", linkerSettings: [.linkedLibrary("csv")]),
    .target(name: "CLinux"),
    .target(name: "COnnxRuntime", linkerSettings: [.linkedLibrary("dl")]),
    // Bridge.cpp is compiled against libtorch by scripts/setup, not by the package, which must build without it.
    .target(name: "CTorch", exclude: ["Bridge"], linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "CGnuplot",
      cxxSettings: [.unsafeFlags(["-w"])],
      linkerSettings: [
        .linkedLibrary("boost_iostreams"), .linkedLibrary("boost_filesystem"), .linkedLibrary("boost_system"),
      ]),

    module("AssayCore"),
    module("AssayFiles", ["AssayCore"]),
    .target(
      name: "AssayONNX",
      dependencies: ["AssayCore", "AssayFiles", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Schema/onnx.proto"],
      swiftSettings: strict),
    module("AssayData", ["AssayCore", "AssayFiles", "CCSV", "CArchive"]),
    module("AssayMethods", ["AssayCore", "AssayONNX"]),
    module("AssayRuntime", ["AssayCore", "AssayONNX"]),
    module("AssayTorch", ["AssayCore", "AssayFiles", "AssayONNX", "CTorch"]),
    module("AssayEngines", ["AssayCore", "AssayFiles", "AssayONNX", "AssayRuntime", "AssayTorch", "COnnxRuntime"]),
    module("AssayTraining", ["AssayCore", "AssayFiles", "AssayONNX", "AssayMethods", "AssayTorch", "AssayData"]),
    .target(
      name: "AssayMeasure", dependencies: ["AssayCore", "CLinux"],
      // Measuring loops and the calibration kernel are optimized in debug builds too: unoptimized, the kernel is a hundred
      // times slower, and with it every test that measures.
      swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    module("AssayJudge", ["AssayCore", "AssayMeasure"]),
    module(
      "AssayHistory",
      [
        "AssayCore", "AssayFiles", "AssayMeasure", "AssayJudge", .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    module(
      "AssayPipeline",
      [
        "AssayCore", "AssayFiles", "AssayONNX", "AssayData", "AssayMethods", "AssayRuntime", "AssayMeasure", "CLinux",
        "Yams",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    module("AssayReport", ["AssayCore", "AssayFiles", "AssayMeasure", "AssayJudge", "CCSV", "CGnuplot"]),
    .executableTarget(
      name: "assay",
      dependencies: [
        "AssayCore", "AssayONNX", "AssayData", "AssayMethods", "AssayRuntime", "AssayEngines", "AssayTorch",
        "AssayTraining",
        "AssayMeasure", "AssayJudge", "AssayHistory", "AssayPipeline", "AssayReport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .target(name: "CArchive", linkerSettings: [.linkedLibrary("z"), .linkedLibrary("zip")]),

    .target(
      name: "AssayTestSupport", dependencies: ["AssayCore", "AssayONNX", "AssayMethods"],
      path: "Tests/AssayTestSupport",
      swiftSettings: strict),
    tests("AssayCoreTests", ["AssayCore"], files: ["Goldens"]),
    tests("AssayONNXTests", ["AssayCore", "AssayONNX"], files: ["Fixtures", "Oracles"]),
    tests("AssayDataTests", ["AssayCore", "AssayData", "CCSV"], files: ["Oracles"]),
    tests("AssayMeasureTests", ["AssayCore", "AssayMeasure", "CLinux"], files: ["Oracles"]),
    tests("AssayJudgeTests", ["AssayCore", "AssayMeasure", "AssayJudge"]),
    tests(
      "AssayHistoryTests",
      [
        "AssayCore", "AssayMeasure", "AssayJudge", "AssayHistory", "AssayReport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      files: ["Goldens"]),
    tests("AssayMethodsTests", ["AssayCore", "AssayONNX", "AssayMethods", "AssayRuntime"], files: ["Oracles"]),
    tests("AssayRuntimeTests", ["AssayCore", "AssayONNX", "AssayRuntime"], files: ["Fixtures", "Oracles"]),
    tests(
      "AssayTorchTests", ["AssayCore", "AssayFiles", "AssayONNX", "AssayRuntime", "AssayTorch"], files: ["Oracles"]),
    tests(
      "AssayTrainingTests",
      ["AssayCore", "AssayONNX", "AssayData", "AssayMethods", "AssayRuntime", "AssayTorch", "AssayTraining"],
      files: ["Oracles"]),
    tests(
      "AssayEnginesTests", ["AssayCore", "AssayFiles", "AssayONNX", "AssayRuntime", "AssayEngines"], files: ["Models"]),
    tests(
      "AssayPipelineTests",
      [
        "AssayCore", "AssayONNX", "AssayData", "AssayMethods", "AssayRuntime", "AssayEngines", "AssayMeasure",
        "AssayPipeline",
      ]),
    tests("AssayReportTests", ["AssayCore", "AssayMeasure", "AssayJudge", "AssayReport", "CCSV"], files: ["Goldens"]),
    tests(
      "AssayCommandTests",
      ["assay", "AssayCore", "AssayONNX", "AssayData", "AssayMethods", "AssayRuntime", "AssayPipeline"],
      files: ["Goldens"]),
    tests("ArchitectureTests", []),
    tests(
      "ContractTests",
      [
        "AssayCore", "AssayONNX", "AssayMethods", "AssayRuntime", "AssayEngines", "AssayData", "AssayMeasure",
        "AssayPipeline",
      ]),
  ]
)
