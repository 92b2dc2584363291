import Foundation
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Databases of other programs and versions", .serialized)
struct AdoptionTests {
  /// The contract's statement, which the Node installation ran.
  static let table = """
    CREATE TABLE poses (
      id INT AUTO_INCREMENT PRIMARY KEY,
      image_id VARCHAR(255) NOT NULL,
      keypoints JSON NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      INDEX idx_image_id (image_id),
      INDEX idx_created_at (created_at)
    );
    """
  static let columns = """
    SELECT column_name, column_type, is_nullable, column_default, extra FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'poses' ORDER BY ordinal_position LIMIT 5
    """

  @Test(
    "what an older installation left is served as it is, and nothing of it changes", arguments: MySQLServer.available)
  func adoption(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      try await fixture.server.sql("CREATE DATABASE \(fixture.database)")
      try await fixture.sql(Self.table)
      try await fixture.sql(
        """
        INSERT INTO poses (id, image_id, keypoints, created_at, updated_at) VALUES
          (7, '65f1a2b3c4d5e6f708192a3b', '[{"x":0.12345678901234567,"name":"nose"}]', NULL, NULL),
          (9, '65F1A2B3C4D5E6F708192A3C', '[]', '2024-03-31 02:30:00', '2024-03-31 02:30:00'),
          (12, 'lost', '{}', '2024-01-01', NULL);
        CREATE TABLE visitors (id INT PRIMARY KEY, name TEXT);
        INSERT INTO visitors VALUES (1, 'Ada');
        """)
      let everything = """
        SELECT id, image_id, keypoints, created_at, updated_at FROM poses ORDER BY id;
        SELECT * FROM visitors;
        """ + Self.columns
      let before = try await fixture.sql(everything)

      let poses = try await fixture.open().poses
      #expect(try await fixture.sql(everything) == before)
      #expect(try await poses.list(.offset(0, limit: 10)).map(\.id) == [12, 9, 7])
      #expect(try await poses.count() == 3)
      let first = try await poses.find(7)
      #expect(first?.createdAt == nil && first?.updatedAt == nil)
      let stored = try await fixture.sql("SELECT keypoints FROM poses WHERE id = 7").trimmingCharacters(in: .newlines)
      #expect(first.map { String(decoding: $0.keypoints, as: UTF8.self) } == stored)
      #expect(try await poses.find(9)?.imageID == "65F1A2B3C4D5E6F708192A3C")
      #expect(try await poses.find(12)?.updatedAt == nil)
      let image = try #require(ImageID("65f1a2b3c4d5e6f708192a3c"))
      #expect(try await poses.referenced(among: [image]) == [image])
      #expect(try await poses.insert([newPose()])[0].id > 12)
    }
  }

  @Test(
    "rows that don't fit into the sort buffer together are listed", arguments: MySQLServer.available,
    [(rows: 30, bytes: 300_000), (rows: 1000, bytes: 20_000)])
  func largeRows(flavor: MySQLServer.Flavor, size: (rows: Int, bytes: Int)) async throws {
    try await withFixture(flavor) { fixture in
      try await fixture.server.sql("CREATE DATABASE \(fixture.database)")
      try await fixture.sql(Self.table)
      try await fixture.sql(
        """
        INSERT INTO poses (image_id, keypoints)
        WITH RECURSIVE counter AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM counter WHERE n < \(size.rows))
        SELECT CONCAT('picture ', n), JSON_ARRAY(REPEAT('x', \(size.bytes))) FROM counter
        """)
      let poses = try await fixture.open().poses
      for limit in [10, 1000] {
        let ids = Array((1...size.rows).reversed().prefix(limit))
        #expect(try await poses.list(.offset(0, limit: limit)).map(\.id) == ids)
        #expect(try await poses.list(.after(size.rows + 1, limit: limit)).map(\.id) == ids)
        let uncorrected = PoseFilter(createdFrom: 5, isCorrected: false)
        #expect(try await poses.list(.offset(0, limit: limit), of: uncorrected, with: []).map(\.id) == ids)
      }
    }
  }

  @Test("a table whose row format knows only short indexes is adopted", arguments: MySQLServer.available)
  func shortIndexes(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      try await fixture.server.sql("CREATE DATABASE \(fixture.database) CHARACTER SET latin1")
      try await fixture.sql(Self.table.replacing("\n);", with: "\n) ROW_FORMAT = COMPACT;"))
      #expect(try await fixture.sql("SHOW CREATE TABLE poses").contains("ROW_FORMAT=COMPACT"))
      let poses = try await fixture.open().poses
      // they differ beyond what the index holds
      let names = ["a", "b"].map { String(repeating: "n", count: 250) + $0 }
      for name in names {
        var pose = newPose()
        pose.details = PoseDetails(fileName: name)
        _ = try await poses.insert([pose])
      }
      for filter in [PoseFilter(fileName: .equals(names[1])), PoseFilter(fileName: .contains("nb"))] {
        #expect(try await poses.list(.offset(0, limit: 5), of: filter, with: []).map(\.id) == [2])
        #expect(try await poses.count(of: filter) == 1)
      }
    }
  }

  @Test("a table that has used up its ids says so", arguments: MySQLServer.available)
  func lastID(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      try await fixture.sql("INSERT INTO poses (id, image_id, keypoints) VALUES (2147483647, 'last', '[]')")
      let error = await #expect(throws: PoseVaultError.self) { _ = try await poses.insert([newPose()]) }
      #expect(error?.code == .storageUnavailable && error?.message.contains("no id left") == true, "\(error as Any)")
      try await fixture.sql("ALTER TABLE poses MODIFY id BIGINT AUTO_INCREMENT")
      #expect(try await poses.insert([newPose()])[0].id == 2_147_483_648)
    }
  }

  @Test("times are seconds since 1970 whatever zone the server has", arguments: MySQLServer.available)
  func timeZone(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor, options: ["--default-time-zone=-08:00"])
    try await withFixture(on: server) { fixture in
      let poses = try await fixture.open().poses
      // an hour that a clock in Berlin skipped, and one that it showed twice
      for seconds: Int64 in [1_711_848_600, 1_729_992_600] {
        let id = try await poses.insert([newPose(at: seconds)])[0].id
        #expect(try await poses.find(id)?.createdAt == seconds)
        let utc = try await fixture.sql(
          "SET time_zone = '+00:00'; SELECT UNIX_TIMESTAMP(created_at) FROM poses WHERE id = \(id)")
        #expect(utc == "\(seconds)\n")
      }
    }
  }

  @Test("the table is the contract's, made by the contract's statement", arguments: MySQLServer.available)
  func table(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      _ = try await fixture.open()
      let ours = try await fixture.sql(Self.columns)
      try await fixture.sql("DROP TABLE poses;" + Self.table)
      #expect(try await fixture.sql(Self.columns) == ours)
    }
  }

  @Test("tables of ours are InnoDB with utf8mb4", arguments: MySQLServer.available)
  func tables(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      _ = try await fixture.open()
      let tables = try await fixture.sql(
        """
        SELECT table_name, engine, LEFT(table_collation, 7) FROM information_schema.tables
        WHERE table_schema = DATABASE() ORDER BY table_name
        """)
      #expect(
        tables == """
          poses\tInnoDB\tutf8mb4
          posevault_audit\tInnoDB\tutf8mb4
          posevault_audit_chains\tInnoDB\tutf8mb4
          posevault_erased\tInnoDB\tutf8mb4
          posevault_keys\tInnoDB\tutf8mb4
          posevault_mail\tInnoDB\tutf8mb4
          posevault_meta\tInnoDB\tutf8mb4
          posevault_migrations\tInnoDB\tutf8mb4
          posevault_restore\tInnoDB\tutf8mb4
          posevault_runs\tInnoDB\tutf8mb4
          posevault_sessions\tInnoDB\tutf8mb4
          posevault_sweep\tInnoDB\tutf8mb4
          posevault_trash\tInnoDB\tutf8mb4
          posevault_uploads\tInnoDB\tutf8mb4\n
          """)
    }
  }

  @Test("several servers may set up a new database at once", arguments: MySQLServer.available)
  func simultaneously(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let datasets = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 {
          group.addTask { try await fixture.open().poses.datasetID() }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(datasets.count == 1)
      #expect(datasets.first?.wholeMatch(of: /[0-9a-f]{32}/) != nil)
      #expect(
        try await fixture.sql("SELECT number FROM posevault_migrations ORDER BY number") == "1\n2\n3\n4\n5\n6\n7\n8\n")
    }
  }

  @Test("an upgrade that was cut short is finished by the next start", arguments: MySQLServer.available)
  func cutShort(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let dataset = try await fixture.open().poses.datasetID()
      for done in [0, 1, 2, 3, 7] {
        try await fixture.close()
        try await fixture.sql("DELETE FROM posevault_migrations WHERE number > \(done)")
        let poses = try await fixture.open().poses
        #expect(try await poses.datasetID() == dataset)
        #expect(try await poses.list(.offset(0, limit: 1)).isEmpty)
      }
    }
  }

  @Test("a database of a newer version is refused, and left as it is", arguments: MySQLServer.available)
  func newerVersion(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      try await fixture.open().close()
      try await fixture.sql("INSERT INTO posevault_migrations (number) VALUES (99); ALTER TABLE poses ADD mood TEXT")
      let before = try await fixture.sql("SHOW CREATE TABLE poses; SELECT * FROM posevault_migrations")
      let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
      #expect(error?.code == .storageUnavailable && error?.message.contains("newer version") == true)
      #expect(try await fixture.sql("SHOW CREATE TABLE poses; SELECT * FROM posevault_migrations") == before)
    }
  }
}

func newPose(_ image: ImageID = .generate(at: 1), at seconds: Int64 = 1_765_362_600) -> NewPose {
  NewPose(imageID: image, keypoints: Array("[]".utf8), createdAt: seconds)
}
