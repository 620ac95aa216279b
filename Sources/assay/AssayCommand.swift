import ArgumentParser
import AssayCore
import AssayPipeline
import Glibc

/// The command `assay`: parses, wires the modules together, prints. No logic of its own.
@main
struct AssayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assay",
    abstract: "Measures what an optimized neural network really costs and gains.",
    discussion: """
      A suite pits a baseline model against variants of it. Assay builds the variants, runs them on real engines, and \
      measures latency, throughput, memory, size and accuracy so that the numbers can be trusted.

      Exit codes: 0 all well, 1 a gate failed or a regression was found, 2 a trial failed, 7 runs of different \
      machines, 64 wrong usage, 65 bad input \
      file, 69 an engine that was asked for is missing, 73 output cannot be created, 74 writing failed, 130 interrupted.
      """,
    version: ProgramIdentity.version,
    subcommands: [
      PlanCommand.self, RunCommand.self, ChooseCommand.self, CompareCommand.self, ReportCommand.self,
      ViewCommand.self, SiteCommand.self, ExportCommand.self, BaselineCommand.self,
      HistoryCommand.self, OptimizeCommand.self, InspectCommand.self, ListCommand.self, DoctorCommand.self,
      SelftestCommand.self, WorkerCommand.self,
    ])

  static func main() {
    // A worker that died must be an error of one write, not the end of this process.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as any ExplainedError {
      Console.error(error)
      Glibc.exit(error.exitStatus.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}

extension ExitCode {
  /// Ends the process with this status, after everything was said.
  init(_ status: ExitStatus) { self.init(status.rawValue) }
}
