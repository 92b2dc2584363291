import Foundation
import PoseCore
import StorageContract
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Tables of other programs that differ from the usual one", .serialized)
struct OddTableTests {
  /// `poses` with columns as given, the last ones by default as they usually are.
  private static func table(
    id: String = "id INT AUTO_INCREMENT PRIMARY KEY", image: String = "image_id VARCHAR(255) NOT NULL",
    keypoints: String = "keypoints JSON NOT NULL", created: String = "TIMESTAMP NULL",
    updated: String = "TIMESTAMP NULL",
    rest: String = "", options: String = ""
  ) -> String {
    """
    CREATE TABLE poses (\(id), \(image), \(keypoints), created_at \(created), updated_at \(updated)\(rest)) \(options)
    """
  }

  private func make(_ table: String, _ fixture: MySQLFixture) async throws {
    try await fixture.server.sql("CREATE DATABASE \(fixture.database)")
    try await fixture.sql(table)
  }

  static let readable: [String] = [
    table(), table(created: "TIMESTAMP(3) NULL", updated: "TIMESTAMP(6) NULL"),
    table(created: "DATETIME", updated: "DATETIME"), table(created: "DATETIME(6)", updated: "DATETIME(3)"),
    table(id: "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY"),
    table(id: "id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY", image: "image_id CHAR(24) NOT NULL"),
    table(image: "image_id TEXT NOT NULL", keypoints: "keypoints TEXT NOT NULL"),
    table(image: "image_id CHAR(36) CHARACTER SET ascii NOT NULL", keypoints: "keypoints LONGTEXT"),
    table(
      image: "image_id VARCHAR(255) CHARACTER SET utf16 NOT NULL", keypoints: "keypoints LONGTEXT CHARACTER SET utf16"),
    table(
      image: "image_id VARCHAR(255) COLLATE utf8mb4_bin NOT NULL",
      created: "TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
      rest: ", subject INT NOT NULL DEFAULT 7, INDEX other (image_id)"),
    table(rest: ", INDEX idx_created_at (created_at)", options: "ROW_FORMAT = COMPACT"),
  ]

  @Test(
    "every way of reading, changing, deleting and archiving works on them", arguments: MySQLServer.available, readable)
  func served(flavor: MySQLServer.Flavor, table: String) async throws {
    try await withFixture(flavor) { fixture in
      try await make(table, fixture)
      let image = "65f1a2b3c4d5e6f708192a3b"
      // the year begins at 1704067200
      let fraction = table.contains("(3)") || table.contains("(6)") ? ".75" : ""
      try await fixture.sql(
        """
        SET time_zone = '+00:00';
        INSERT INTO poses (id, image_id, keypoints, created_at, updated_at)
        VALUES (5, '\(image)', '[1]', '2024-01-01 00:00:00\(fraction)', '2024-01-01 00:00:01\(fraction)')
        """)
      let storage = try await fixture.open()
      let poses = storage.poses
      let first = try #require(try await poses.find(5, with: .details))
      #expect(first.createdAt == 1_704_067_200 && first.updatedAt == 1_704_067_201 && first.imageID == image)

      let id = try #require(ImageID(image))
      let inserted = try await poses.insert([newPose(id, at: 1_765_362_600), newPose(id, at: 1_765_362_601)])
      #expect(inserted.map(\.id) == [6, 7])
      #expect(try await poses.list(.offset(0, limit: 10)).map(\.id) == [7, 6, 5])
      #expect(try await poses.list(.after(7, limit: 10)).map(\.id) == [6, 5])
      for (filter, ids) in [
        (PoseFilter(imageID: id), [7, 6, 5]), (PoseFilter(createdFrom: 1_704_067_201), [7, 6]),
        (PoseFilter(createdFrom: 1_704_067_200, createdBefore: 1_704_067_201), [5]),
        (PoseFilter(imageID: id, createdFrom: 5), [7, 6, 5]), (PoseFilter(isCorrected: true), []),
      ] {
        #expect(try await poses.list(.offset(0, limit: 10), of: filter, with: .all).map(\.id) == ids, "\(filter)")
        #expect(try await poses.count(of: filter) == ids.count)
      }
      #expect(try await poses.referenced(among: [id]) == [id])

      // as If-Match does: the row that is about to change is the one that was read
      let read = try #require(try await poses.find(5))
      let updated = try #require(
        try await poses.update(5, keypoints: Array("[2]".utf8), at: 1_765_362_700, with: []) { row in
          guard row == read else { throw PoseVaultError(.preconditionFailed, "another row") }
        })
      #expect(updated.createdAt == 1_704_067_200 && updated.updatedAt == 1_765_362_700)
      #expect(try await poses.revert(5, at: 1_765_362_800, with: []) { _ in }?.createdAt == 1_704_067_200)

      let archived = try await poses.withSnapshot { snapshot in
        (try await snapshot.totals(), try await snapshot.rows(after: nil, limit: 10), try await snapshot.nextID())
      }
      #expect(
        archived.0.count == 3 && archived.0.sumOfIDs == 18 && archived.1.map(\.id) == [5, 6, 7] && archived.2 == 8)
      #expect(archived.1.first?.createdAt == 1_704_067_200)

      #expect(try await poses.delete(7) { _ in }?.imageIsShared == true)
      #expect(try await poses.delete(6) { _ in }?.imageIsShared == true)
      #expect(try await poses.delete(5) { _ in }?.imageIsShared == false)
      try await poses.restore([first])
      #expect(try await poses.find(5, with: .details) == first)
      try await poses.continueIDs(at: 50)
      #expect(try await poses.insert([newPose()])[0].id == 50)
      #expect(try await storage.posesBeforeUpgrade() == nil)
    }
  }

  static let unusable: [(String, String)] = [
    (table(id: "id VARCHAR(36) PRIMARY KEY"), "its column id is VARCHAR(36)"),
    (table(id: "id INT PRIMARY KEY"), "its column id is INT"),
    (table(id: "id INT AUTO_INCREMENT, INDEX (id)"), "primary key"),
    (table(id: "id INT AUTO_INCREMENT", rest: ", PRIMARY KEY (id, image_id)"), "primary key is id, image_id"),
    (table(keypoints: "keypoints BLOB"), "its column keypoints is BLOB"),
    (table(keypoints: "keypoints VARCHAR(255)"), "its column keypoints is VARCHAR(255)"),
    (table(image: "image_id INT"), "its column image_id is INT"),
    (table(image: "image_id BINARY(12)"), "its column image_id is BINARY(12)"),
    (table(image: "image_id CHAR(20)"), "its column image_id is CHAR(20)"),
    (table(created: "BIGINT"), "its column created_at is BIGINT"),
    (table(updated: "DATE"), "its column updated_at is DATE"),
    (
      "CREATE TABLE poses (id INT AUTO_INCREMENT PRIMARY KEY, image_id VARCHAR(255), keypoints JSON)",
      "no column created_at"
    ),
    (table(rest: ", user_id INT NOT NULL"), "its column user_id is NOT NULL"),
    (table(rest: ", file_name VARCHAR(100)"), "file_name"),
    (table(rest: ", INDEX idx_image_id (keypoints(10))"), "idx_image_id"),
  ]

  @Test(
    "what can't be served is refused in words that name column and type, and left as it is",
    arguments: MySQLServer.available)
  func refused(flavor: MySQLServer.Flavor) async throws {
    for (table, words) in Self.unusable {
      // MySQL's JSON can't be indexed
      let table = table.contains("keypoints(10)") ? table.replacing("keypoints JSON", with: "keypoints TEXT") : table
      try await withFixture(flavor) { fixture in
        try await make(table, fixture)
        let before = try await fixture.sql("SHOW CREATE TABLE poses; SHOW TABLES")
        let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
        #expect(error?.code == .configuration && error?.message.contains(words) == true, "\(error as Any)")
        #expect(try await fixture.sql("SHOW CREATE TABLE poses; SHOW TABLES") == before)
      }
    }
  }

  @Test("indexes that statements need are made and shown at every start", arguments: MySQLServer.available)
  func indexes(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let names = ["idx_image_id", "idx_created_at", "posevault_id", "posevault_file_name", "posevault_corrected_at"]
      let id = try await fixture.open().poses.insert([newPose()])[0].id
      try await fixture.close()
      for name in names { try await fixture.sql("DROP INDEX \(name) ON poses") }
      #expect(try await MySQLStorage.unchanged(fixture.configuration).posesBeforeUpgrade() == 1)
      _ = try await fixture.open()
      try await fixture.close()
      for name in names {
        try await fixture.sql(
          "ALTER TABLE poses ALTER INDEX \(name) \(flavor == .mariadb ? "IGNORED" : "INVISIBLE")")
      }
      let poses = try await fixture.open().poses
      for filter in [PoseFilter.all, PoseFilter(createdFrom: 5, isCorrected: false)] {
        #expect(try await poses.list(.offset(0, limit: 5), of: filter, with: []).map(\.id) == [id])
        #expect(try await poses.count(of: filter) == 1)
      }
      #expect(try await poses.delete(id) { _ in } != nil)
    }
  }

  @Test("a user who may not make an index is told the right that is missing", arguments: MySQLServer.available)
  func missingRight(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      _ = try await fixture.open()
      try await fixture.close()
      try await fixture.sql("DROP INDEX idx_image_id ON poses")
      let name = fixture.configuration.user
      try await fixture.server.sql(
        "REVOKE ALL ON \(name).* FROM '\(name)'@'%'; GRANT SELECT, INSERT, UPDATE, DELETE ON \(name).* TO '\(name)'@'%'"
      )
      let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
      #expect(error?.message.contains("lacks the right INDEX") == true, "\(error as Any)")
      #expect(error?.message.contains("\n") == false)
    }
  }

  @Test("ids above 2³¹ go through everything, in a table that was made for them", arguments: MySQLServer.available)
  func largeIDs(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      try await make(
        Self.table(id: "id BIGINT AUTO_INCREMENT PRIMARY KEY", options: "AUTO_INCREMENT = 3000000000"), fixture)
      let poses = try await fixture.open().poses
      let ids = try await poses.insert([newPose(), newPose()]).map(\.id)
      #expect(ids == [3_000_000_000, 3_000_000_001])
      #expect(try await poses.list(.after(3_000_000_001, limit: 5)).map(\.id) == [3_000_000_000])
      #expect(try await poses.find(3_000_000_001)?.id == 3_000_000_001)
      #expect(
        try await poses.update(3_000_000_000, keypoints: Array("[2]".utf8), at: 1_765_362_700, with: []) { _ in }?.id
          == 3_000_000_000)
      let rows = try await poses.withSnapshot { snapshot in
        #expect(try await snapshot.totals().sumOfIDs == 6_000_000_001)
        #expect(try await snapshot.nextID() == 3_000_000_002)
        return try await snapshot.rows(after: nil, limit: 10)
      }
      #expect(try await poses.delete(3_000_000_000) { _ in } != nil)
      #expect(try await poses.delete(3_000_000_001) { _ in } != nil)
      try await poses.restore(rows)
      #expect(try await poses.list(.offset(0, limit: 5)).map(\.id) == ids.reversed())
    }
  }

  @Test(
    "rows with ids above 2³¹ are restored into a table of ours, which grows for them", arguments: MySQLServer.available)
  func growing(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      try await poses.restore([
        PoseRecord(id: 4_000_000_000, imageID: "a", keypoints: Array("[]".utf8), createdAt: 1, updatedAt: 1)
      ])
      try await poses.continueIDs(at: 5_000_000_000)
      #expect(try await poses.insert([newPose()])[0].id == 5_000_000_000)
      #expect(try await poses.list(.offset(0, limit: 5)).map(\.id) == [5_000_000_000, 4_000_000_000])
    }
  }

  @Test("a full table goes on without a restart once its ids are larger", arguments: MySQLServer.available)
  func outOfIDs(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      // statements are prepared while ids are INT
      let first = try await poses.insert([newPose()])[0].id
      for _ in 0..<20 { #expect(try await poses.list(.offset(0, limit: 5)).map(\.id) == [first]) }
      _ = try await poses.find(first, with: .all)
      try await fixture.sql("INSERT INTO poses (id, image_id, keypoints) VALUES (2147483647, 'last', '[]')")
      let error = await #expect(throws: PoseVaultError.self) { _ = try await poses.insert([newPose()]) }
      #expect(error?.nothingWasWritten == true)
      let command = try #require(error?.message.firstMatch(of: /ALTER TABLE [^;]*/)?.output)
      try await fixture.sql(String(command))
      let id = try await poses.insert([newPose()])[0].id
      #expect(id == 2_147_483_648)
      for _ in 0..<20 {
        #expect(try await poses.list(.offset(0, limit: 5)).map(\.id) == [id, 2_147_483_647, first])
        #expect(try await poses.find(id, with: .all)?.id == id)
      }
      #expect(
        try await poses.update(id, keypoints: Array("[2]".utf8), at: 1_765_362_700, with: []) { _ in }?.id == id)
      #expect(try await poses.delete(id) { _ in } != nil)
      let next = try await poses.insert([newPose(), newPose()]).map(\.id)
      #expect(next == [id + 1, id + 2])
    }
  }
}
