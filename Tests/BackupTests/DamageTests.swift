import Foundation
import PoseCore
import Testing

@testable import Backup

/// One of the archives that `break_archive.py` makes, and what a look at it must find.
struct BrokenArchive: Sendable, CustomTestStringConvertible {
  let name: String
  let finding: String

  init(_ name: String, _ finding: String) {
    (self.name, self.finding) = (name, finding)
  }

  var testDescription: String { name }
}

@Suite("An archive that is broken, or made to do harm, is damaged, and nothing is written")
struct DamageTests {
  @Test(
    "the file itself",
    arguments: [
      BrokenArchive("nothing", "the archive: can't be read"), BrokenArchive("no-zip", "the archive: can't be read"),
      BrokenArchive("cut-in-half", "the archive: can't be read"),
      BrokenArchive("cut-at-the-end", "the archive: can't be read"),
      BrokenArchive("flipped-bit-in-picture", "images/"), BrokenArchive("flipped-bit-in-dump", "mysql/poses.sql: "),
    ])
  func file(archive: BrokenArchive) async throws { try await expectDamage(archive) }

  @Test(
    "entries that are missing, changed or there twice",
    arguments: [
      BrokenArchive("picture-missing", ".jpg: is missing"),
      BrokenArchive("picture-missing-relist", "images.files.json: line 1: the picture"),
      BrokenArchive("picture-missing-with-document-relist", "of row 1 is missing, and not listed as lost"),
      BrokenArchive("picture-without-document-relist", "images.files.json has no document of it"),
      BrokenArchive("picture-changed", "the SHA-256 differs"),
      BrokenArchive("picture-changed-relist", "is not what was uploaded"),
      BrokenArchive("picture-longer-relist", "bytes, but 1004 were uploaded"),
      BrokenArchive("picture-in-two-formats-relist", "occurs in two formats"),
      BrokenArchive("picture-twice", ".jpg: occurs twice in the archive"),
      BrokenArchive("manifest-twice", "manifest.json: occurs twice in the archive"),
      BrokenArchive("missing-mysql-poses.sql", "mysql/poses.sql: is missing"),
      BrokenArchive("missing-relist-mysql-poses.sql", "mysql/poses.sql: is missing"),
      BrokenArchive("missing-mongodb-images.files.json", "mongodb/images.files.json: is missing"),
      BrokenArchive("missing-relist-mongodb-images.files.json", "mongodb/images.files.json: is missing"),
      BrokenArchive("missing-entries.jsonl", "entries.jsonl: is missing"),
      BrokenArchive("missing-manifest.json", "manifest.json: is missing"),
    ])
  func entries(archive: BrokenArchive) async throws { try await expectDamage(archive) }

  @Test(
    "names that lead elsewhere, and entries that are no files",
    arguments: (0..<13).map {
      BrokenArchive("name-\($0)", $0 == 6 ? "is in the archive, but not in its list" : "the archive: ")
    }
      + [
        BrokenArchive("traversal-in-the-local-header", "the archive: "),
        BrokenArchive("zero-in-a-name", #"its directory has the name RESTORE.txt\x00evil"#),
        BrokenArchive("symbolic-link", ".jpg: is not a file"),
        BrokenArchive("symbolic-link-relist", ".jpg: is not a file"), BrokenArchive("device", ".jpg: is not a file"),
        BrokenArchive("two-entries-in-one-place", ".jpg: is missing"),
      ])
  func names(archive: BrokenArchive) async throws { try await expectDamage(archive) }

  @Test(
    "sizes that are none, and bombs",
    arguments: [
      BrokenArchive("huge-picture-declared", ".jpg: has"), BrokenArchive("negative-size-declared", ".jpg: has"),
      BrokenArchive("huge-size-in-the-directory", "Inconsistent uncompressed size"),
      BrokenArchive("huge-dump-declared", "mysql/poses.sql: has"),
      BrokenArchive("bomb-in-picture", "but its pictures are said to have more"),
      BrokenArchive("bomb-in-dump", "mysql/poses.sql: has a line of more than"),
      BrokenArchive("bomb-in-dump-row", "mysql/poses.sql: has a line of more than"),
      BrokenArchive("bomb-in-files", "images.files.json: has a line of more than"),
      BrokenArchive("bomb-in-entries", "entries.jsonl: has a line of more than"),
      BrokenArchive("bomb-of-entries", "entries.jsonl: lists more entries than an archive of this size can hold"),
      BrokenArchive("bomb-in-manifest", "manifest.json: is too long"),
      BrokenArchive("bomb-in-a-table", "posevault_x.jsonl: has a line of more than"),
      BrokenArchive("bomb-of-a-kind-of-later", "clips/1.mp4: has an impossible size"),
    ])
  func sizes(archive: BrokenArchive) async throws { try await expectDamage(archive) }

  @Test(
    "lists and manifests",
    arguments: [
      BrokenArchive("entry-listed-twice", "twice"), BrokenArchive("list-names-others", "a line that names no entry"),
      BrokenArchive("list-is-no-list", "a line that names no entry"), BrokenArchive("list-is-cut", "cut off"),
      BrokenArchive("manifest-is-no-json", "manifest.json: is not a PoseVault manifest"),
      BrokenArchive("manifest-is-empty", "manifest.json: is not a PoseVault manifest"),
      BrokenArchive("manifest-without-times", "manifest.json: has a wrong time"),
      BrokenArchive("manifest-with-other-rows", "the database had 7 rows, but 6 were restored"),
      BrokenArchive("manifest-with-another-chain", "their digests differ"),
      BrokenArchive("manifest-with-other-kinds", "lists other kinds of entries"),
      BrokenArchive("manifest-with-a-table-that-is-not-there", "lists other tables than the archive has"),
      BrokenArchive("manifest-with-a-table-elsewhere", "manifest.json: lacks what a manifest has"),
      BrokenArchive("manifest-with-other-columns", "its columns are not those that are listed"),
      BrokenArchive("manifest-with-a-damaged-picture-that-is-not-there", "which is not in the archive so"),
      BrokenArchive("table-with-another-count", "has 1 rows up to 1, not 2 up to 2"),
      BrokenArchive("table-whose-ids-do-not-ascend", "row 2 follows row 2"),
      BrokenArchive("table-that-is-no-json", "posevault_x.jsonl: line 1: not a row"),
      BrokenArchive("table-without-ids", "posevault_x.jsonl: line 1: not a row"),
      BrokenArchive("manifest-with-numbers-without-end", "the database had 6 rows, but 9 were restored"),
      BrokenArchive("manifest-with-row-left-out-that-is-there", "the database had 6 rows, but 7 were restored"),
    ])
  func lists(archive: BrokenArchive) async throws { try await expectDamage(archive) }

  @Test(
    "SQL beyond the dump's grammar",
    arguments: [
      "statement-at-the-start", "statement-between", "statement-after-rows", "comment-that-runs", "client-command",
      "other-table", "other-columns", "table-changed", "time-that-is-none", "time-as-number", "id-beyond-int",
      "id-with-zero", "id-as-expression", "id-without-end", "null-for-keypoints", "text-as-hexadecimal", "two-texts",
      "text-with-unknown-escape", "text-with-raw-zero", "text-that-is-no-utf-8", "text-without-end", "carriage-returns",
      "spaces", "column-with-a-statement", "column-with-a-comment", "column-with-a-default", "column-twice",
      "index-of-no-column", "first-line-of-the-future", "without-a-needed-column",
    ].map { BrokenArchive("dump-" + $0, "mysql/poses.sql: line") } + [
      BrokenArchive("dump-statement-at-the-end", "something follows the end of the dump"),
      BrokenArchive("dump-without-end", "the dump ends early"), BrokenArchive("dump-cut", "the dump ends early"),
      BrokenArchive("dump-row-twice", "row 2 follows row 2"),
      BrokenArchive("dump-rows-exchanged", "row 2 follows row 3"),
    ])
  func sql(archive: BrokenArchive) async throws { try await expectDamage(archive) }

  @Test(
    "rows that are not those that were read",
    arguments: [
      BrokenArchive("dump-row-gone", "the database had 6 rows, but 5 were restored"),
      BrokenArchive("dump-digit-changed", "as sum of the keypoints' CRC-32"),
      BrokenArchive("dump-picture-exchanged", "their digests differ"),
      BrokenArchive("dump-time-changed", "their digests differ"),
    ])
  func rows(archive: BrokenArchive) async throws { try await expectDamage(archive) }

  @Test(
    "documents of pictures",
    arguments: [
      BrokenArchive("documents-no-json", "line 1: not a document"),
      BrokenArchive("documents-without-id", "line 1: not a document"),
      BrokenArchive("documents-without-end", "line 1: not a document"),
      BrokenArchive("documents-that-are-deep", "line 1: not a document"),
      BrokenArchive("documents-other-length", "were uploaded"),
      BrokenArchive("documents-other-digest", "is not what was uploaded"),
      BrokenArchive("documents-twice", "tells of the picture"),
    ])
  func documents(archive: BrokenArchive) async throws { try await expectDamage(archive) }

  @Test("what can't be told is neither proven nor damaged")
  func undecided() async throws {
    try await withFixture { fixture in
      for (path, hint) in [
        (fixture.folder + "/none.zip", "no such file"), (fixture.folder, "is not a file"),
        (try await Sound.broken("manifest-of-the-future", in: fixture), "format is 99"),
      ] {
        guard case .undecided(let error) = try await fixture.verify(path) else {
          Issue.record("decided: \(path)")
          continue
        }
        #expect(error.message.contains(hint), "\(error.message)")
      }
    }
  }

  @Test(
    "what a later version may have added is passed over, and told",
    arguments: [
      ("later-kind", ["It holds 1 entry of a kind that this version does not know: clip."]),
      ("later-table", ["It holds the table posevault_x, which this version does not know."]),
      (
        "later-kind-of-table",
        [
          "It holds the table posevault_frames, which this version does not know.",
          "It holds 1 entry of a kind that this version does not know: clip.",
        ]
      ),
      ("later-column", ["Its table poses has columns that this version does not know: subject_id."]),
      ("later-picture-format", []), ("fewer-columns", []),
    ] as [(String, [String])])
  func later(name: String, warnings: [String]) async throws {
    try await withFixture { fixture in
      let path = try await Sound.broken(name, in: fixture)
      guard case .proven(let manifest) = try await fixture.verify(path) else {
        Issue.record("not proven: \(try await fixture.verify(path))")
        return
      }
      #expect(manifest.warnings == warnings)
    }
  }

  @Test("every broken archive that the script makes is looked at here")
  func complete() async throws {
    let cases = try await Tool.python("break_archive.py", []).output.split(separator: "\n")
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    for name in cases where !name.hasPrefix("name-") {
      let short = name.hasPrefix("dump-") ? name.dropFirst(5) : name
      #expect(source.contains("\"\(name)\"") || source.contains("\"\(short)\""), "\(name)")
    }
    #expect(cases.count { $0.hasPrefix("name-") } == 13)
  }

  private func expectDamage(_ archive: BrokenArchive) async throws {
    try await withFixture { fixture in
      let path = try await Sound.broken(archive.name, in: fixture)
      guard case .damaged(let findings) = try await fixture.verify(path) else {
        Issue.record("not found damaged")
        return
      }
      #expect(findings.contains { $0.contains(archive.finding) }, "\(findings)")
      #expect(findings.allSatisfy { $0.count < 500 && !$0.contains("\n") })
      #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder).sorted() == ["broken.zip", "data"])
    }
  }
}

/// The archive that all broken ones are made of.
private enum Sound {
  private static let archive = Task {
    let fixture = try await BackupFixture()
    for number in 0..<6 { try await fixture.add(number) }
    let path = FileManager.default.temporaryDirectory.path + "/posevault-sound-\(UUID().uuidString).zip"
    try FileManager.default.moveItem(atPath: try await fixture.create().path, toPath: path)
    await fixture.tearDown()
    return path
  }

  static func broken(_ name: String, in fixture: BackupFixture) async throws -> String {
    let path = fixture.folder + "/broken.zip"
    let python = try await Tool.python("break_archive.py", [name, try await archive.value, path])
    try #require(python.status == 0, "\(python.output)")
    return path
  }
}
