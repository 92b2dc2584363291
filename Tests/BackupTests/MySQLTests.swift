import Foundation
import PoseCore
import TestServers
import Testing

@testable import Backup

/// Restores dumps as a user would on the worst day, with the stock client.
@Suite("The dump restores with the stock mysql client", .serialized)
struct MySQLTests {
  @Test("every row comes back equal, on each server that there is", arguments: MySQLServer.available)
  func rows(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.shared(flavor)
    let database = try await server.makeDatabase()
    let rows = (1...700).map(Self.row) + Sample.adopted
    _ = try await server.sql(Self.dump(rows), database: database)
    // as hexadecimal digits nothing is left to the client's or the test's own escaping
    let columns = [
      "id", "hex(image_id)", "hex(cast(keypoints AS CHAR CHARACTER SET utf8mb4))", "unix_timestamp(created_at)",
      "unix_timestamp(updated_at)", "unix_timestamp(corrected_at)", "score", "picture_width", "picture_height",
      "hex(file_name)", "hex(cast(world_keypoints AS CHAR CHARACTER SET utf8mb4))",
      "hex(cast(detected_keypoints AS CHAR CHARACTER SET utf8mb4))",
    ]
    let restored = try await server.sql(
      "SELECT \(columns.joined(separator: ", ")) FROM poses ORDER BY id", database: database
    ).split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    #expect(restored.count == rows.count)
    // ids of rows that were gone are not given again
    let next = "INSERT INTO poses (image_id, keypoints) VALUES ('a', '[]'); SELECT LAST_INSERT_ID()"
    #expect(try await server.sql(next, database: database) == "2001\n")
    for (found, row) in zip(restored, rows) {
      #expect(found[0] == "\(row.id)" && found[1] == Self.hex(row.imageID))
      #expect(try Self.sameJSON(found[2], row.keypoints))
      #expect(found[3...5].map { Int64($0) } == [row.createdAt, row.updatedAt, row.correctedAt])
      #expect(Float(found[6]) == row.details.score)
      #expect(found[7...8].map { Int($0) } == [row.details.pictureWidth, row.details.pictureHeight])
      #expect(found[9] == row.details.fileName.map(Self.hex) ?? "NULL")
      #expect(try Self.sameJSON(found[10], row.worldKeypoints) && Self.sameJSON(found[11], row.detectedKeypoints))
    }
  }

  @Test("the session is as it was before", arguments: MySQLServer.available)
  func session(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.shared(flavor)
    let state = """
      SELECT @@time_zone, @@sql_mode, @@character_set_client, @@character_set_results, @@collation_connection,
        @@autocommit, @@unique_checks, @@foreign_key_checks, @@sql_notes;
      """
    let settings = "SET NAMES latin1; SET time_zone='+05:30'; SET sql_mode='ANSI_QUOTES';"
    let output = try await server.sql(
      settings + state + Self.dump([Self.row(1)]) + state, database: try await server.makeDatabase()
    ).split(separator: "\n")
    #expect(output.count == 2 && output.first == output.last, "\(output)")
  }

  @Test("into a database that has the table, nothing is changed", arguments: MySQLServer.available)
  func existing(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.shared(flavor)
    let database = try await server.makeDatabase()
    _ = try await server.sql(Self.dump([Self.row(1)]), database: database)
    await #expect(throws: TestServerFailure.self) {
      _ = try await server.sql(Self.dump([Self.row(2)]), database: database)
    }
    #expect(try await server.sql("SELECT id FROM poses", database: database) == "1\n")
  }

  @Test("interrupted, it leaves an empty table", arguments: MySQLServer.available)
  func brokenOff(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.shared(flavor)
    let database = try await server.makeDatabase()
    let dump = Self.dump((1...700).map(Self.row))
    let end = try #require(dump.range(of: "\nCOMMIT;"))
    _ = try await server.sql(String(dump[..<end.lowerBound]), database: database)
    #expect(try await server.sql("SELECT count(*) FROM poses", database: database) == "0\n")
  }

  private static func row(_ number: Int) -> PoseRecord {
    PoseRecord(
      id: number, imageID: ImageID.generate(at: 5).description, keypoints: Sample.keypoints(number),
      createdAt: number.isMultiple(of: 3) ? nil : 1_765_362_600, updatedAt: Int64(number),
      correctedAt: number.isMultiple(of: 2) ? nil : 2_147_483_647,
      details: PoseDetails(
        score: 0.5 + Float(number) / 1999, pictureWidth: number, pictureHeight: nil,
        fileName: "Übung '\(number)' \\ \"写真\" 🧘‍♀️.jpg"),
      worldKeypoints: Sample.keypoints(number + 1), detectedKeypoints: nil)
  }

  private static func dump(_ rows: [PoseRecord]) -> String {
    var (writer, sql) = (DumpWriter(), [UInt8]())
    for row in rows { writer.append(row, to: &sql) }
    return String(decoding: writer.begin(nextID: 2001) + sql + writer.end(), as: UTF8.self)
  }

  private static func hex(_ text: String) -> String { Hexadecimal.text(text.utf8).uppercased() }

  private static func sameJSON(_ hexadecimal: String, _ json: [UInt8]?) throws -> Bool {
    guard let json else { return hexadecimal == "NULL" }
    return try ParsedJSON.areSame(try #require(Hexadecimal.bytes(hexadecimal)), json)
  }
}
