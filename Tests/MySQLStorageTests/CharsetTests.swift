import Foundation
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Text on servers with a charset of their own", .serialized)
struct CharsetTests {
  /// Ways to have a session with another charset than its client asked for: the server passes over what clients ask
  /// for (MariaDB), or sets it anew for each user without special rights.
  private static let ways: [(MySQLServer.Flavor, String)] = [
    (.mariadb, "--skip-character-set-client-handshake"), (.mariadb, "--init-connect=SET NAMES latin1"),
    (.mysql9, "--init-connect=SET NAMES latin1"),
  ]

  @Test(
    "keeps every character, and is found by it",
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
      // what lies in the table, whatever a session makes of it
      let stored = try await fixture.sql("SELECT HEX(file_name) FROM poses")
      let hexadecimal = name.utf8.map { String(format: "%02X", $0) }.joined()
      #expect(stored.trimmingCharacters(in: .whitespacesAndNewlines) == hexadecimal)
    }
    try await server.stop()
  }
}
