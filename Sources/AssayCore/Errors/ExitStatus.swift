/// The process exit codes of the `assay` command, as documented in README.
public enum ExitStatus: Int32, Sendable, Hashable, CaseIterable {
  case success = 0
  /// A gate failed or a regression was found.
  case regression = 1
  /// At least one trial failed; everything else was measured and saved.
  case trialFailed = 2
  /// The runs to compare come from different machines.
  case otherMachine = 7
  /// Wrong command line usage (`EX_USAGE`).
  case usage = 64
  /// An input file is malformed or contradicts itself (`EX_DATAERR`).
  case badInput = 65
  /// An engine that was asked for is missing (`EX_UNAVAILABLE`).
  case engineMissing = 69
  /// A fault of Assay itself (`EX_SOFTWARE`).
  case internalFault = 70
  /// An output file or folder cannot be created (`EX_CANTCREAT`).
  case cannotCreate = 73
  /// Reading or writing failed half-way, a full disk for example (`EX_IOERR`).
  case inputOutput = 74
  /// Stopped by Ctrl-C (128 + SIGINT); what was measured is saved.
  case interrupted = 130
}
