import Foundation
import GRDB
import PoseCore
import Testing

@testable import EmbeddedStorage

@Suite("The SQLite file")
struct DatabaseFileTests {
  @Test("commits reach the disk: WAL with synchronous=FULL")
  func durability() async throws {
    try await withFixture { fixture in
      let database = try await fixture.open().poses.database
      #expect(try await database.write { db in try Int.fetchOne(db, sql: "PRAGMA synchronous") } == 2)
      #expect(try await database.write { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") } == "wal")
    }
  }

  @Test("once closed, the main file alone holds everything")
  func closing() async throws {
    try await withFixture { fixture in
      let storage = try await fixture.open()
      let pose = NewPose(imageID: ImageID.generate(at: 1), keypoints: Array("[]".utf8), createdAt: 1)
      _ = try await storage.poses.insert([pose, pose, pose])
      try await storage.close()

      let copy = fixture.folder + "/copy.sqlite"
      try FileManager.default.copyItem(atPath: fixture.database, toPath: copy)
      let rows = try await DatabaseQueue(path: copy).read { db in
        try Int.fetchOne(db, sql: "SELECT count(*) FROM poses")
      }
      #expect(rows == 3)
    }
  }

  @Test("what was deleted is in none of the database's files: not in use, nor closed, nor where an old version left it")
  func erasure() async throws {
    try await withFixture { fixture in
      func remains(_ text: String) throws -> Bool {
        try ["", "-wal"].contains { ending in
          guard FileManager.default.fileExists(atPath: fixture.database + ending) else { return false }
          return try Data(contentsOf: URL(filePath: fixture.database + ending)).range(of: Data(text.utf8)) != nil
        }
      }
      func store(_ name: String, in storage: EmbeddedStorage) async throws -> Int {
        var pose = NewPose(imageID: ImageID.generate(at: 1), keypoints: Array("[]".utf8), createdAt: 1)
        pose.details = PoseDetails(fileName: name)
        return try await storage.poses.insert([pose])[0].id
      }
      var storage = try await fixture.open()
      let id = try await store("Anna Muster knee.jpg", in: storage)
      _ = try await store("another.jpg", in: storage)
      #expect(try remains("Anna Muster"))
      _ = try await storage.poses.delete(id) { _ in }
      for _ in 0..<200 where try remains("Anna Muster") { try await Task.sleep(for: .milliseconds(100)) }
      #expect(try !remains("Anna Muster"))
      #expect(try remains("another.jpg"))
      try await storage.close()

      let queue = try DatabaseQueue(path: fixture.database)
      try await queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA secure_delete = OFF")
        try db.execute(
          sql: "INSERT INTO poses (image_id, keypoints, file_name) VALUES ('a', '[]', 'Berta Muster knee.jpg')")
        try db.execute(sql: "DELETE FROM poses WHERE file_name LIKE 'Berta%'")
        try db.execute(sql: "DELETE FROM posevault_meta WHERE name = 'remains_erased'")
        try db.checkpoint(.truncate)
      }
      try queue.close()
      #expect(try remains("Berta Muster"))
      storage = try await fixture.open()
      try await storage.close()
      #expect(try !remains("Berta Muster"))
      #expect(try remains("another.jpg"))
    }
  }

  @Test("a write that another process kept from beginning says that nothing was written")
  func unwritten() async throws {
    try await withFixture { fixture in
      let storage = try await fixture.open()
      let pose = NewPose(imageID: ImageID.generate(at: 1), keypoints: Array("[]".utf8), createdAt: 1)
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let queue = try DatabaseQueue(path: fixture.database, configuration: configuration)
      try await queue.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
      let error = await #expect(throws: PoseVaultError.self) { _ = try await storage.poses.insert([pose]) }
      #expect(error?.code == .storageUnavailable && error?.nothingWasWritten == true, "\(error as Any)")
      try await queue.writeWithoutTransaction { db in try db.execute(sql: "ROLLBACK") }
      #expect(try await storage.poses.count() == 0)
      try queue.close()
    }
  }

  @Test("only its owner may read what is stored")
  func rights() async throws {
    try await withFixture { fixture in
      let storage = try await fixture.open()
      let id = try await fixture.putPicture([1, 2, 3])
      let name = "/images/\(id.description.suffix(2))"
      for (file, rights) in [
        ("", 0o700), ("/images", 0o700), (name, 0o700), ("\(name)/\(id).jpg", 0o600), ("/posevault.sqlite", 0o600),
        ("/posevault.sqlite-wal", 0o600), ("/server.lock", 0o600),
      ] {
        let attributes = try FileManager.default.attributesOfItem(atPath: fixture.folder + file)
        #expect(attributes[.posixPermissions] as? Int == rights, "\(file)")
      }
      try await storage.close()
    }
  }

  @Test("several processes may make a new folder at once")
  func simultaneousOpening() async throws {
    try await withFixture { fixture in
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 {
          group.addTask {
            let storage = try await EmbeddedStorage.open(fixture.folder, role: .command)
            let dataset = try await storage.poses.datasetID()
            try await storage.close()
            return dataset
          }
        }
        let datasets = try await group.reduce(into: Set<String>()) { $0.insert($1) }
        #expect(datasets.count == 1)
      }
    }
  }

  @Test("a database of the first version is upgraded, and keeps its poses")
  func olderVersion() async throws {
    try await withFixture { fixture in
      try FileManager.default.createDirectory(atPath: fixture.folder, withIntermediateDirectories: true)
      let pool = try DatabasePool(path: fixture.database)
      try Schema.migrator.migrate(pool, upTo: "1")
      try pool.close()
      let id = try await fixture.insertRow(imageID: "a", keypoints: "[]", createdAt: nil, updatedAt: nil)
      let storage = try await fixture.open()
      #expect(try await storage.poses.find(id)?.imageID == "a")
      #expect(try await storage.runs.enqueue(NewMail(host: nil, content: "", dueAt: 1)) > 0)
    }
  }

  @Test("what lay in the trash of an earlier version lies there still, and its ids are not given again")
  func olderTrash() async throws {
    try await withFixture { fixture in
      try FileManager.default.createDirectory(atPath: fixture.folder, withIntermediateDirectories: true)
      let pool = try DatabasePool(path: fixture.database)
      try Schema.migrator.migrate(pool, upTo: "7")
      let image = ImageID.generate(at: 1_765_362_600)
      try await pool.write { db in
        for (name, time) in [(image.description, 5), ("65f1a2b3c4d5e6f708192a3b", 6)] {
          try db.execute(
            sql: "INSERT INTO posevault_trash (image_id, length, reason, trashed_at) VALUES (?, 7, 'unreferenced', ?)",
            arguments: [name, time])
        }
        try db.execute(sql: "DELETE FROM posevault_trash WHERE id = 2")
      }
      try pool.close()
      let storage = try await fixture.open()
      let item = TrashItem(id: 1, picture: image, length: 7, reason: .unreferenced, trashedAt: 5)
      #expect(try await storage.trash.items(after: nil, limit: 9) == [item])
      let other = StoredImage(
        id: .generate(at: 1_765_362_600), length: 8, uploadedAt: 1, metadata: ImageMetadata())
      try await storage.trash.discard([other], for: .unreferenced, at: 9)
      #expect(try await storage.trash.items(after: nil, limit: 9).map(\.id) == [1, 3])
    }
  }

  @Test("a database of a newer version is refused, and left as it is")
  func newerVersion() async throws {
    try await withFixture { fixture in
      try await fixture.open().close()
      let queue = try DatabaseQueue(path: fixture.database)
      try await queue.write { db in
        try db.execute(
          sql: "INSERT INTO grdb_migrations VALUES ('999'); ALTER TABLE poses ADD COLUMN mood TEXT")
      }
      let before = try await queue.read { db in
        try String.fetchAll(db, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
      }
      let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
      #expect(error?.code == .storageUnavailable && error?.message.contains("newer version") == true)
      #expect(
        try await queue.read { db in try String.fetchAll(db, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        } == before)
    }
  }

  @Test("a file that is no database is refused")
  func notADatabase() async throws {
    try await withFixture { fixture in
      try FileManager.default.createDirectory(atPath: fixture.folder, withIntermediateDirectories: true)
      let text = Data(String(repeating: "This is a shopping list. ", count: 400).utf8)
      try text.write(to: URL(filePath: fixture.database))
      let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
      #expect(error?.code == .storageUnavailable && error?.message.contains("damaged") == true)
      #expect(try Data(contentsOf: URL(filePath: fixture.database)) == text)
    }
  }

  @Test("a full disk refuses writes, says so, leaves nothing, and reading goes on")
  func diskFull() async throws {
    try await withFixture { fixture in
      let storage = try await fixture.open()
      let kept = try await storage.poses.insert([newPose()])[0]
      // SQLite answers the same when it may not grow its file
      try await storage.poses.database.write { db in
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        try db.execute(sql: "PRAGMA max_page_count = \(pages)")
      }
      let large = NewPose(
        imageID: .generate(at: 1), keypoints: Array("[\(String(repeating: "1,", count: 9000))1]".utf8), createdAt: 1)
      let error = await #expect(throws: PoseVaultError.self) { _ = try await storage.poses.insert([newPose(), large]) }
      #expect(error?.code == .storageUnavailable && error?.message.contains("full") == true)
      #expect(try await storage.poses.count() == 1)
      #expect(try await storage.poses.find(kept.id) == kept)
      let name = ImageMetadata(contentType: "image/jpeg", fileName: String(repeating: "x", count: 20_000))
      let refused = await #expect(throws: PoseVaultError.self) { _ = try await fixture.putPicture([1], name) }
      #expect(refused?.code == .storageUnavailable)
      #expect(try await fixture.leftovers() == [])
    }
  }
}
