import EmbeddedStorage
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("How the backup stands")
struct BackupStateTests {
  @Test("health tells the last run and the last proven one, and stays 200 when a run failed")
  func health() async throws {
    try await BackedServer.run { backed, client in
      let before = try await client.send(.get, "/api/health")
      #expect(before.status == .ok)
      let none = try #require(before.json["backup"] as? [String: Any])
      #expect(none["last"] is NSNull && none["lastProvenAt"] is NSNull)

      _ = try await client.send(.post, "/api/backup/trigger")
      try backed.breakFolder()
      _ = try await client.send(.post, "/api/backup/trigger")
      let after = try await client.send(.get, "/api/health")
      #expect(after.status == .ok)
      #expect(after.json["success"] as? Bool == true)
      let backup = try #require(after.json["backup"] as? [String: Any])
      let last = try #require(backup["last"] as? [String: Any])
      #expect(last["id"] as? Int == 2 && last["state"] as? String == "failed")
      #expect(backup["lastProvenAt"] as? String == "2025-12-10T10:30:00.000Z")
      #expect(backup["lastProvenAge"] as? Int == 0)
      #expect(backup["nextRun"] as? String == "2025-12-10T23:59:00.000Z")
      #expect(backup["inTrouble"] as? Bool == true)
      #expect((backup["troubles"] as? [String])?.isEmpty == false)
    }
  }

  @Test("what is wrong is told to those who show the key, that something is wrong to all")
  func withKey() async throws {
    try await BackedServer.run(configure: { $0.apiKey = "secret" }) { backed, client in
      try backed.breakFolder()
      var key = HTTPFields()
      key[custom: "X-API-Key"] = "secret"
      _ = try await client.send(.post, "/api/backup/trigger", headers: key)
      let stranger = try await client.send(.get, "/api/health").json["backup"] as? [String: Any]
      #expect(stranger?["inTrouble"] as? Bool == true)
      #expect(stranger?["troubles"] == nil)
      let friend = try await client.send(.get, "/api/health", headers: key).json["backup"] as? [String: Any]
      #expect((friend?["troubles"] as? [String])?.isEmpty == false)
    }
  }

  @Test("a mail that can't be sent shows in health, in the list without its words, and in the numbers")
  func mail() async throws {
    try await BackedServer.run { backed, client in
      let runs = backed.storage.runs
      try await runs.enqueue(NewMail(host: nil, content: "to whom, and what", dueAt: testTime))
      let mail = try #require(try await runs.takeMail(at: testTime, host: BackedServer.host, lease: 60))
      try await runs.putBack(mail, dueAt: testTime + 60, failure: "The mail server is away.")
      let health = try await client.send(.get, "/api/health").json["backup"] as? [String: Any]
      #expect(health?["unsentMail"] as? Int == 1)
      let list = try await client.send(.get, "/api/backups")
      let shown = try #require((list.data["unsentMail"] as? [[String: Any]])?.first)
      #expect(shown["failure"] as? String == "The mail server is away.")
      #expect(shown["dueAt"] as? String == "2025-12-10T10:31:00.000Z")
      #expect(!String(buffer: list.body).contains("to whom"))
      let numbers = try await client.send(.get, "/metrics")
      #expect(String(buffer: numbers.body).contains("\nposevault_mail_waiting 1.0\n"))
    }
  }

  @Test("numbers tell the age, size and result of backups")
  func metrics() async throws {
    try await BackedServer.run { backed, client in
      let size = try #require(try await client.send(.post, "/api/backup/trigger").data["size"] as? Int)
      var text = String(buffer: try await client.send(.get, "/metrics").body)
      for line in [
        "posevault_backup_proven_age_seconds 0.0", "posevault_backup_last_result 1.0",
        "posevault_backup_size_bytes \(Double(size))", "posevault_backup_duration_seconds 0.0",
      ] {
        #expect(text.contains("\n\(line)\n"), "\(line)")
      }
      try backed.breakFolder()
      _ = try await client.send(.post, "/api/backup/trigger")
      text = String(buffer: try await client.send(.get, "/metrics").body)
      #expect(text.contains("\nposevault_backup_last_result 0.0\n"))
      #expect(!text.contains("\nposevault_backup_troubles 0.0\n"))
    }
  }
}
