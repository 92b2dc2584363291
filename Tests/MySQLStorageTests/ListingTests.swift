import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Lists and counts", .serialized, .timeLimit(.minutes(2)))
struct ListingTests {
  /// MariaDB 10.11 reads whole rows when a kept statement that reads a whole index is run again beside another one.
  @Test("counts and searches by name read an index, whatever else is read", arguments: MySQLServer.available)
  func countsByIndex(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let storage = try await fixture.open()
      let poses = storage.poses
      _ = try await poses.insert((0..<Self.rows).map { _ in newPose() })
      let before = try await Self.rowsScanned(fixture)
      let filters = [
        PoseFilter(fileName: .contains("a")), PoseFilter(fileName: .contains("a"), isCorrected: false),
        PoseFilter(createdFrom: 5, fileName: .contains("a")), PoseFilter(createdFrom: 5, isCorrected: true),
      ]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask {
            for _ in 0..<300 { _ = try await poses.list(.offset(10, limit: 10), of: .all, with: []) }
          }
        }
        for _ in 0..<50 {
          for filter in filters {
            #expect(try await poses.count(of: filter) == 0)
            #expect(try await poses.list(.offset(0, limit: 10), of: filter, with: []).isEmpty)
          }
          let count = try await storage.database.read { try MySQLPoseRepository.count(.all, $0) }
          #expect(count == Self.rows)
        }
        try await group.waitForAll()
      }
      // the pages themselves are temporary tables of ten rows that are scanned
      let scanned = try await Self.rowsScanned(fixture) - before
      #expect(scanned < 2 * Self.rows + 600 * 20)
    }
  }

  private static let rows = 3000

  /// Rows that were read by going through a table from its beginning, in the whole server.
  private static func rowsScanned(_ fixture: MySQLFixture) async throws -> Int {
    let line = try await fixture.sql("SHOW GLOBAL STATUS LIKE 'Handler_read_rnd_next'")
    return Int(line.split { $0.isWhitespace }.last ?? "") ?? 0
  }
}
