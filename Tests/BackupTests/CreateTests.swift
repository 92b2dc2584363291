import EmbeddedStorage
import Foundation
import PoseCore
import StorageContract
import Testing

@testable import Backup

@Suite("A backup")
struct CreateTests {
  @Test("is proven, and has its name, its counts and its SHA-256")
  func proven() async throws {
    try await withFixture { fixture in
      for number in 0..<25 { try await fixture.add(number) }
      let backup = try await fixture.create()
      #expect(backup.path == fixture.backups + "/2025-12-10-backup.zip")
      #expect(try fixture.names() == ["2025-12-10-backup.zip"])
      #expect(backup.manifest.rows.count == 25 && backup.manifest.pictures == 25)
      #expect(backup.manifest.warnings == [])
      let sum = try await Tool.run("/usr/bin/sha256sum", [backup.path])
      #expect(sum.output.hasPrefix(backup.sha256))
      let attributes = try FileManager.default.attributesOfItem(atPath: backup.path)
      #expect(attributes[.size] as? Int == backup.size)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      guard case .proven(backup.manifest) = try await fixture.verify(backup.path) else {
        Issue.record("not proven again")
        return
      }
    }
  }

  @Test("never takes the place of another: the second of a day gets -2")
  func secondOfADay() async throws {
    try await withFixture { fixture in
      let first = try await fixture.create()
      try await fixture.add(1)
      #expect(try await fixture.create().path == fixture.backups + "/2025-12-10-backup-2.zip")
      #expect(try await fixture.create().path == fixture.backups + "/2025-12-10-backup-3.zip")
      #expect(try await Tool.run("/usr/bin/sha256sum", [first.path]).output.hasPrefix(first.sha256))
    }
  }

  @Test("of nothing is proven, too")
  func empty() async throws {
    try await withFixture { fixture in
      let backup = try await fixture.create()
      #expect(backup.manifest.rows.count == 0 && backup.manifest.pictures == 0)
      #expect(try await Tool.python("read_archive.py", [backup.path]).status == 0)
    }
  }

  @Test("holds rows of others as they are, and says whose picture is lost")
  func adopted() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      try await fixture.storage.poses.restore(Sample.adopted)
      let lost = PoseRecord(
        id: 1600, imageID: "65F1A2B3C4D5E6F708192A3B", keypoints: Array("[]".utf8), createdAt: 5, updatedAt: 5)
      try await fixture.addRow(lost)
      let backup = try await fixture.create()
      #expect(backup.manifest.rows.count == 5)
      #expect(backup.manifest.lost.map(\.row) == [1001, 1002, 1500, 1600])
      #expect(backup.manifest.warnings.contains("The picture 65F1A2B3C4D5E6F708192A3B of row 1600 is lost."))
    }
  }

  @Test("holds pictures that no row names, but none that arrived after it began")
  func unnamed() async throws {
    try await withFixture { fixture in
      let kept = try await fixture.addPicture([1, 2, 3])
      let late = ImageID.generate(at: 1)
      try await fixture.storage.images.put(
        late, Pieces(bytes: [1]), length: 1, uploadedAt: 1_765_362_700, metadata: ImageMetadata())
      let archive = try await read(try await fixture.create())
      #expect(archive.names.contains("images/\(kept).bin"))
      #expect(!archive.names.contains("images/\(late).bin"))
    }
  }

  @Test("reads in Python as its writer meant it", arguments: [false, true])
  func python(includesChunks: Bool) async throws {
    try await withFixture { fixture in
      for number in 0..<12 { try await fixture.add(number) }
      let empty = try await fixture.addPicture([])
      let backup = try await fixture.create(includesChunks: includesChunks)
      let archive = try await read(backup)
      #expect(archive.names.contains("mongodb/images.chunks.json") == includesChunks)
      #expect(archive.names.filter { $0.hasPrefix("images/") && $0.hasSuffix(".jpg") }.count == 12)
      #expect(archive.names.contains("images/\(empty).bin"))
      #expect(archive.files.count == 13)
      let file = try #require(archive.files.first)
      #expect(file.filename == "Übung \"0\" \\ 🧘.jpg" && file.chunkSize == 261_120)
      #expect(file.uploadDate.date == "2025-12-10T10:30:00Z")
      #expect(file.metadata.contentType == "image/jpeg" && file.metadata.width == 640)
      #expect(archive.sql.hasSuffix("\n-- Dump completed\n"))
    }
  }

  @Test("reads in unzip and 7-Zip")
  func unpackers() async throws {
    try await withFixture { fixture in
      for number in 0..<12 { try await fixture.add(number) }
      let path = try await fixture.create().path
      let unzip = try await Tool.run("/usr/bin/unzip", ["-tq", path])
      #expect(unzip.status == 0, "\(unzip.output)")
      let sevenZip = try await Tool.run("/usr/bin/7z", ["t", path])
      #expect(sevenZip.status == 0, "\(sevenZip.output)")
    }
  }

  @Test("with a passphrase opens in 7-Zip with it alone, and is proven with it alone")
  func passphrase() async throws {
    try await withFixture { fixture in
      for number in 0..<5 { try await fixture.add(number) }
      let backup = try await fixture.create(passphrase: "correct horse")
      let right = try await Tool.run("/usr/bin/7z", ["t", "-pcorrect horse", backup.path])
      #expect(right.status == 0, "\(right.output)")
      #expect(try await Tool.run("/usr/bin/7z", ["t", "-pwrong", backup.path]).status != 0)
      guard case .proven = try await fixture.verify(backup.path, passphrase: "correct horse") else {
        Issue.record("not proven with the passphrase")
        return
      }
      for (passphrase, hint) in [(nil, "set BACKUP_PASSPHRASE"), ("wrong", "not the one")] {
        guard case .undecided(let error) = try await fixture.verify(backup.path, passphrase: passphrase) else {
          Issue.record("decided without the passphrase")
          continue
        }
        #expect(error.message.contains(hint))
      }
    }
  }

  private func read(_ backup: ProvenBackup) async throws -> ReadArchive {
    let python = try await Tool.python("read_archive.py", [backup.path])
    #expect(python.status == 0, "\(python.output)")
    return try JSONDecoder().decode(ReadArchive.self, from: Data(python.output.utf8))
  }
}

/// What `read_archive.py` prints.
private struct ReadArchive: Decodable {
  var names: [String]
  var files: [File]
  var sql: String

  struct File: Decodable {
    var filename: String?
    var chunkSize: Int
    var uploadDate: ExtendedDate
    var metadata: Metadata
  }

  struct ExtendedDate: Decodable {
    var date: String

    enum CodingKeys: String, CodingKey { case date = "$date" }
  }

  struct Metadata: Decodable {
    var contentType: String?
    var width: Int?
  }
}
