import Foundation
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Servers with a charset, and other settings, of their own", .serialized)
struct CharsetTests {
  /// What else a server's settings could do to statements, as each session begins with it.
  private static let others = """
    SET NAMES latin1; SET sql_safe_updates = 1, sql_select_limit = 2, max_join_size = 1, sql_auto_is_null = 1, \
    completion_type = 'RELEASE', default_storage_engine = MyISAM, autocommit = 0; SET SESSION TRANSACTION READ ONLY
    """

  /// Ways to have a session with another charset than its client asked for: the server passes over what clients ask
  /// for (MariaDB), or sets it anew for each user without special rights.
  private static let ways: [(MySQLServer.Flavor, String)] = [
    (.mariadb, "--skip-character-set-client-handshake"), (.mariadb, "--init-connect=\(others)"),
    (.mysql9, "--init-connect=\(others)"),
  ]

  @Test(
    "keep every character, find it, and run each statement as it is meant",
    arguments: ways.filter { MySQLServer.isAvailable($0.0) })
  func kept(flavor: MySQLServer.Flavor, option: String) async throws {
    let server = try await MySQLServer.start(
      flavor, options: ["--character-set-server=latin1", "--collation-server=latin1_swedish_ci", option])
    try await withFixture(on: server) { fixture in
      let name = "Übung 日本 😀 e\u{301}.jpg"
      let storage = try await fixture.open()
      var pose = NewPose(imageID: .generate(at: 1), keypoints: Array("[]".utf8), createdAt: 1_765_362_600)
      pose.details = PoseDetails(fileName: name)
      let id = try #require(try await storage.poses.insert([pose]).first?.id)
      let found = try #require(try await storage.poses.find(id, with: .details)?.details.fileName)
      #expect(found.utf8.elementsEqual(name.utf8))
      for part in ["日本", "😀", name] {
        #expect(try await storage.poses.count(of: PoseFilter(fileName: .contains(NameSearch(part)))) == 1)
      }
      // no key in the condition, and more rows than the server would send
      for second in 1...3 {
        let erasure = Erasure(
          id: 0, subject: Erasure.subject(imageID: "x", pose: second, dataset: "d"), poses: [second],
          erasedAt: Int64(second))
        #expect(try await storage.erasures.record([erasure]) == 1)
      }
      try await storage.erasures.reopen()
      #expect(try await storage.erasures.erasures(after: nil, limit: 10, isPending: true).count == 3)
      #expect(try await storage.poses.insert([newPose(), newPose()]).map(\.id) == [id + 1, id + 2])
      #expect(try await storage.poses.list(.offset(0, limit: 10)).count == 3)
      #expect(
        try await storage.poses.list(.offset(0, limit: 10), of: PoseFilter(isCorrected: false), with: []).count == 3)
      for added in [id + 1, id + 2] { #expect(try await storage.poses.delete(added) { _ in } != nil) }
      let engine =
        "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'poses'"
      #expect(try await fixture.sql(engine).trimmingCharacters(in: .whitespacesAndNewlines) == "InnoDB")
      // what lies in the table, whatever a session makes of it
      let stored = try await fixture.sql("SELECT HEX(file_name) FROM poses")
      let hexadecimal = name.utf8.map { String(format: "%02X", $0) }.joined()
      #expect(stored.trimmingCharacters(in: .whitespacesAndNewlines) == hexadecimal)
    }
    try await server.stop()
  }
}
