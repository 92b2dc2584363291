import EmbeddedStorage
import Foundation
import NIOCore
import PoseCore
import TestServers
import Testing

@Suite("The commands of the backup", .serialized)
struct BackupCommandTests {
  @Test("create prints a path that verify proves; damaged, its exit status is 2, and 1 where there is no file")
  func createAndVerify() async throws {
    try await withTemporaryFolder { folder in
      try await Self.store(1, of: 10_000, in: folder)
      let created = try await BackupProcess.run(["create"], in: folder)
      #expect(created.status == 0, "\(created.errors)")
      let path = created.output.trimmingCharacters(in: .newlines)
      #expect(path.hasPrefix("/") && path.contains("/backups/") && path.hasSuffix("-backup.zip"))
      let proven = try await BackupProcess.run(["verify", path], in: folder)
      #expect(proven.status == 0 && proven.output.contains("proven, 1 poses and 1 pictures"), "\(proven)")
      let list = try await BackupProcess.run(["list"], in: folder)
      #expect(list.status == 0 && list.output.contains(path) && list.output.contains("proven"))
      let json = try await BackupProcess.run(["list", "--json"], in: folder)
      let run = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
      #expect(run?["verdict"] as? String == "proven" && path.hasSuffix("/\(run?["file"] as? String ?? "none")"))

      var bytes = try Data(contentsOf: URL(filePath: path))
      bytes[1000] ^= 1
      try bytes.write(to: URL(filePath: path))
      let damaged = try await BackupProcess.run(["verify", path], in: folder)
      #expect(damaged.status == 2 && damaged.output.contains("images/"), "\(damaged)")
      let missing = try await BackupProcess.run(["verify", path + ".no"], in: folder)
      #expect(missing.status == 1 && missing.output == "" && !missing.errors.isEmpty)
    }
  }

  @Test("prune removes what BACKUP_KEEP does not keep, and with --dry-run only tells")
  func prune() async throws {
    try await withTemporaryFolder { folder in
      try await Self.store(1, of: 10_000, in: folder)
      var paths: [String] = []
      for _ in 0..<5 { paths.append(try await BackupProcess.run(["create"], in: folder).output) }
      // as if each had been made a day before the next one
      let age = """
        import sqlite3, sys
        with sqlite3.connect(sys.argv[1]) as connection:
            connection.execute("UPDATE posevault_runs SET started_at = started_at - (5 - id) * 86400")
        """
      try await Command.run(["python3", "-c", age, folder + "/data/posevault.sqlite"])
      let keep = ["BACKUP_KEEP": "1"]
      let told = try await BackupProcess.run(["prune", "--dry-run"], in: folder, settings: keep)
      let reasons = told.output.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
      #expect(told.status == 0 && reasons.map(\.first) == ["keep", "keep", "keep", "remove", "remove"], "\(told)")
      #expect(reasons.allSatisfy { $0.count == 3 })
      #expect(try Self.archives(folder).count == 5)
      let done = try await BackupProcess.run(["prune"], in: folder, settings: keep)
      #expect(done.status == 0 && done.output == paths[1] + paths[0], "\(done)")
      #expect(try Self.archives(folder).count == 3)
    }
  }

  @Test("of two that are asked for at once one is made; the other says which is under way")
  func atOnce() async throws {
    try await withTemporaryFolder { folder in
      // long enough to be met under way
      try await Self.store(4, of: 60_000_000, in: folder)
      let first = try BackupProcess.start(["create"], in: folder)
      while try Self.names(folder).allSatisfy({ !$0.hasSuffix(".partial") }) {
        try await Task.sleep(for: .milliseconds(5))
      }
      let second = try await BackupProcess.run(["create"], in: folder)
      #expect(second.status == 1 && second.errors.contains("Another backup is running: run 1"), "\(second)")
      let end = try await first.end()
      #expect(end.status == 0, "\(end.errors)")
      #expect(try Self.names(folder).count == 1)
    }
  }

  @Test("one that is interrupted is a failed one and leaves nothing")
  func interrupted() async throws {
    try await withTemporaryFolder { folder in
      try await Self.store(4, of: 60_000_000, in: folder)
      let command = try BackupProcess.start(["create"], in: folder)
      while try Self.names(folder).allSatisfy({ !$0.hasSuffix(".partial") }) {
        try await Task.sleep(for: .milliseconds(5))
      }
      command.kill(SIGTERM)
      let end = try await command.end()
      #expect(end.status == 1 && end.errors.contains("interrupted"), "\(end)")
      #expect(try Self.names(folder) == [])
      let list = try await BackupProcess.run(["list"], in: folder)
      #expect(list.output.contains("FAILED"))
    }
  }

  /// Stores poses, each with a picture of so many bytes.
  private static func store(_ count: Int, of length: Int, in folder: String) async throws {
    let storage = try await EmbeddedStorage.open(folder + "/data", role: .command)
    for number in 0..<count {
      let id = ImageID.generate(at: 1_700_000_000)
      let bytes = ByteBuffer(repeating: UInt8(number), count: length)
      let stream = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
        continuation.yield(bytes)
        continuation.finish()
      }
      try await storage.images.put(
        id, stream, length: length, uploadedAt: 1_700_000_000, metadata: ImageMetadata())
      let keypoints = KeypointsJSON.bytes(
        of: Landmark.allCases.map { _ in Keypoint(x: 0.5, y: 0.5, z: 0, visibility: 1, presence: 1) })
      _ = try await storage.poses.insert([NewPose(imageID: id, keypoints: keypoints, createdAt: 1_700_000_000)])
    }
    try await storage.close()
  }

  /// The names in BACKUP_DIR, without those that only a run under way has.
  private static func archives(_ folder: String) throws -> [String] {
    try names(folder).filter { $0.hasSuffix(".zip") }
  }

  private static func names(_ folder: String) throws -> [String] {
    let backups = folder + "/backups"
    guard FileManager.default.fileExists(atPath: backups) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: backups).filter { $0 != ".posevault-backups" }
  }
}
