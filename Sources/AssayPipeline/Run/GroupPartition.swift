import AssayCore
import FoundationEssentials
import Glibc

/// Splits a group whose members do not fit into memory together; the baseline takes part in each piece.
enum GroupPartition {
  /// Resident memory reckoned for a worker besides its model, in bytes.
  private static let process_B = 96 << 20

  /// Parts in which all members can be alive at once within 60 % of the available memory.
  ///
  /// A member is reckoned at three times its file (weights, packed weights, activations) and the process itself. A part
  /// holds the baseline and at least one other member, however large.
  static func parts(_ members: [GroupRunner.Member], memory_B: Int?) -> [[GroupRunner.Member]] {
    guard let memory_B else { return [members] }
    let budget_B = memory_B / 10 * 6
    let baseline = members.first { $0.trial.variant == Trial.baselineVariant }
    let others = members.filter { $0.trial.variant != Trial.baselineVariant }
    let fixed_B = baseline.map(reckoned_B) ?? 0
    var parts: [[GroupRunner.Member]] = []
    var part: [GroupRunner.Member] = []
    var part_B = fixed_B
    for member in others {
      let member_B = reckoned_B(member)
      if !part.isEmpty, part_B + member_B > budget_B {
        parts.append(part)
        (part, part_B) = ([], fixed_B)
      }
      part.append(member)
      part_B += member_B
    }
    parts.append(part)
    return parts.map { (baseline.map { [$0] } ?? []) + $0 }
  }

  private static func reckoned_B(_ member: GroupRunner.Member) -> Int {
    var status = stat()
    let file_B = stat(member.model.path, &status) == 0 ? Int(status.st_size) : 0
    return 3 * file_B + process_B
  }
}
