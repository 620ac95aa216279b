import AssayHistory
import AssayTestSupport
import Foundation
import Testing

private let hash = String(repeating: "0123456789", count: 4)
private let other = String(repeating: "abcdef0123", count: 4)

private func file(_ text: String, _ path: String) throws {
  let url = URL(fileURLWithPath: path)
  try FileManager.default.createDirectory(
    atPath: url.deletingLastPathComponent().path, withIntermediateDirectories: true)
  try Data(text.utf8).write(to: url)
}

struct GitCommitTests {
  @Test("HEAD is followed to its commit, from folders below too")
  func loose() throws {
    try withTemporaryFolder { folder in
      try file("ref: refs/heads/main\n", "\(folder)/.git/HEAD")
      #expect(GitCommit.current(in: folder) == nil, "no commit yet")
      try file("\(hash)\n", "\(folder)/.git/refs/heads/main")
      try file("", "\(folder)/a/b/c")
      #expect(GitCommit.current(in: folder) == hash)
      #expect(GitCommit.current(in: "\(folder)/a/b/") == hash)
      try file("\(other)\n", "\(folder)/.git/HEAD")
      #expect(GitCommit.current(in: folder) == other, "detached")
    }
  }

  @Test("Packed references are read, loose ones go before")
  func packed() throws {
    try withTemporaryFolder { folder in
      try file("ref: refs/heads/main\n", "\(folder)/.git/HEAD")
      try file(
        "# pack-refs with: peeled\n\(other) refs/heads/mai\n\(hash) refs/heads/main\n^\(other)\n",
        "\(folder)/.git/packed-refs")
      #expect(GitCommit.current(in: folder) == hash)
      try file("\(other)\n", "\(folder)/.git/refs/heads/main")
      #expect(GitCommit.current(in: folder) == other)
    }
  }

  @Test("A linked work tree has its own HEAD and the repository's references")
  func workTree() throws {
    try withTemporaryFolder { folder in
      try file("gitdir: ../main/.git/worktrees/side\n", "\(folder)/side/.git")
      try file("ref: refs/heads/side\n", "\(folder)/main/.git/worktrees/side/HEAD")
      try file("../..\n", "\(folder)/main/.git/worktrees/side/commondir")
      try file("\(hash)\n", "\(folder)/main/.git/refs/heads/side")
      #expect(GitCommit.current(in: "\(folder)/side") == hash)
    }
  }

  @Test(
    "What is no repository or damaged has no commit",
    arguments: ["", "\n", "ref: ../../etc/passwd\n", "ref: refs/../../x\n", "ref: ", "zz\n", "0123\n", "\u{0}"])
  func damaged(head: String) throws {
    try withTemporaryFolder { folder in
      try file(head, "\(folder)/.git/HEAD")
      #expect(GitCommit.current(in: folder) == nil)
    }
  }
}
