import Backup
import EmbeddedStorage
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("Backups")
struct BackupTests {
  private static let asynchronous: HTTPFields = {
    var headers = HTTPFields()
    headers[custom: "Prefer"] = "wait=10, Respond-Async"
    return headers
  }()

  private static func elsewhere(_ number: Int = 0) -> BackupRun.State {
    let archive = BackupArchive(
      path: "/elsewhere/2025-12-0\(number)-backup.zip", size: 15, sha256: String(repeating: "ab", count: 32),
      counts: BackupCounts(poses: 4, pictures: 3, lostPictures: 1, leftOut: 2), isShrunk: number == 1,
      warnings: number == 2 ? ["One picture is lost."] : [])
    return .proven(archive, at: testTime)
  }

  @Test("the trigger waits, and tells which archive was made and proven")
  func trigger() async throws {
    try await BackedServer.run { backed, client in
      #expect(try await client.upload("P").status == .created)
      let response = try await client.send(.post, "/api/backup/trigger")
      #expect(response.status == .ok)
      #expect(response.json["success"] as? Bool == true)
      #expect(response.json["message"] as? String == "Backup completed successfully")
      #expect(response.headers[.location] == "/api/backups/1")
      let run = response.data
      #expect(run["id"] as? Int == 1)
      #expect(run["status"] as? String == "proven" && run["state"] as? String == "proven")
      #expect(run["verdict"] as? String == "proven")
      #expect(run["file"] as? String == "2025-12-10-backup.zip")
      #expect(run["startedAt"] as? String == "2025-12-10T10:30:00.000Z")
      #expect(run["finishedAt"] as? String == "2025-12-10T10:30:00.000Z")
      #expect(run["dueAt"] is NSNull && run["message"] is NSNull)
      #expect(run["host"] as? String == BackedServer.host)
      #expect(run["progress"] as? Double == 1)
      let counts = run["counts"] as? [String: Int] ?? [:]
      for (name, count) in ["poses": 1, "pictures": 1, "lostPictures": 0, "leftOut": 0, "damagedPictures": 0] {
        #expect(counts[name] == count, "\(name)")
      }
      #expect(counts["pictureBytes"] == 1)
      let file = backed.backups + "/2025-12-10-backup.zip"
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      #expect(attributes[.size] as? Int == run["size"] as? Int)
      let shown = try await client.send(.get, "/api/backups/1")
      #expect(shown.data["sha256"] as? String == run["sha256"] as? String)
      #expect(shown.data["status"] == nil)
    }
  }

  @Test("with Prefer: respond-async it answers at once, and the run is found under its Location")
  func asynchronous() async throws {
    try await BackedServer.run { _, client in
      let response = try await client.send(.post, "/api/backup/trigger", headers: Self.asynchronous)
      #expect(response.status == .accepted)
      #expect(response.data["state"] as? String == "running")
      #expect(response.headers[custom: "Preference-Applied"] == "respond-async")
      let location = try #require(response.headers[.location])
      for _ in 0..<600 {
        let run = try await client.send(.get, location)
        #expect(run.status == .ok)
        if run.data["state"] as? String == "proven" { return }
        try await Task.sleep(for: .milliseconds(50))
      }
      Issue.record("the run did not end")
    }
  }

  @Test("while a run is under way, another one is 409")
  func running() async throws {
    try await BackedServer.run { backed, client in
      let origin = BackupOrigin(host: "other", pid: 2, startedAt: testTime, claim: nil)
      _ = try await backed.storage.runs.beginBackup(origin)
      for headers in [HTTPFields(), Self.asynchronous] {
        let response = try await client.send(.post, "/api/backup/trigger", headers: headers)
        #expect(response.status == .conflict)
        #expect(response.errorCode == "BACKUP_RUNNING")
      }
    }
  }

  @Test("a client that leaves does not stop the run")
  func leaving() async throws {
    try await BackedServer.run { backed, client in
      let waiting = Task { try await client.send(.post, "/api/backup/trigger") }
      while try await backed.desk.run(1) == nil { try await Task.sleep(for: .milliseconds(1)) }
      waiting.cancel()
      _ = try? await waiting.value
      for _ in 0..<600 {
        if case .proven = try await backed.desk.run(1)?.state { return }
        try await Task.sleep(for: .milliseconds(50))
      }
      Issue.record("the run was not proven")
    }
  }

  @Test("a run that fails is 500 in the documented form, with the reason, and stays in the list")
  func failed() async throws {
    try await BackedServer.run { backed, client in
      try backed.breakFolder()
      let response = try await client.send(.post, "/api/backup/trigger")
      #expect(response.status == .internalServerError)
      #expect(response.errorCode == "BACKUP_FAILED")
      let error = try #require(response.json["error"] as? [String: Any])
      #expect(error["details"] as? [String: String] == ["id": "1"])
      let message = try #require(response.json["message"] as? String)
      #expect(message.contains("backups"))
      let run = try await client.send(.get, "/api/backups/1").data
      #expect(run["state"] as? String == "failed")
      #expect(run["message"] as? String == message)
      for field in ["verdict", "file", "size", "sha256", "counts"] { #expect(run[field] is NSNull, "\(field)") }
      #expect(try await client.send(.get, "/api/backups/1/download").status == .notFound)
    }
  }

  @Test("runs are listed in pages, newest first, with their verdicts")
  func list() async throws {
    try await BackedServer.run { backed, client in
      for number in 1...3 { _ = try await backed.addRun(ofHost: "other", Self.elsewhere(number)) }
      for (query, ids, next) in [("", [3, 2, 1], nil), ("?limit=2", [3, 2], 2), ("?limit=2&after=2", [1], nil)] {
        let data = try await client.send(.get, "/api/backups" + query).data
        #expect((data["backups"] as? [[String: Any]])?.compactMap { $0["id"] as? Int } == ids, "\(query)")
        #expect((data["pagination"] as? [String: Any])?["next"] as? Int == next, "\(query)")
      }
      let data = try await client.send(.get, "/api/backups").data
      let runs = try #require(data["backups"] as? [[String: Any]])
      #expect(runs.map { $0["verdict"] as? String } == ["proven", "proven with warnings", "shrunk"])
      #expect((data["lastProven"] as? [String: Any])?["id"] as? Int == 3)
      #expect(data["nextRun"] as? String == "2025-12-10T23:59:00.000Z")
      for query in ["?limit=0", "?limit=1001", "?after=0", "?after=x"] {
        #expect(try await client.send(.get, "/api/backups" + query).status == .badRequest, "\(query)")
      }
    }
  }

  @Test("ids that are none are 400, and unknown ones 404", arguments: ["", "/download"])
  func ids(suffix: String) async throws {
    try await BackedServer.run { _, client in
      try await #expect(client.send(.get, "/api/backups/0\(suffix)").status == .badRequest)
      try await #expect(client.send(.get, "/api/backups/x\(suffix)").status == .badRequest)
      try await #expect(client.send(.get, "/api/backups/7\(suffix)").status == .notFound)
    }
  }

  @Test("the archive is downloaded whole or in part, by its id and as the latest")
  func download() async throws {
    try await BackedServer.run { backed, client in
      #expect(try await client.send(.get, "/api/backups/latest/download").errorCode == "NOT_FOUND")
      _ = try await client.upload("PP")
      let run = try await client.send(.post, "/api/backup/trigger").data
      let bytes = ByteBuffer(bytes: try Data(contentsOf: URL(filePath: backed.backups + "/2025-12-10-backup.zip")))
      let tag = "\"\(try #require(run["sha256"] as? String))\""
      for path in ["/api/backups/1/download", "/api/backups/latest/download"] {
        let whole = try await client.send(.get, path)
        #expect(whole.status == .ok)
        #expect(whole.body == bytes)
        #expect(whole.headers[.contentType] == "application/zip")
        #expect(whole.headers[.contentLength] == "\(bytes.readableBytes)")
        #expect(whole.headers[.contentDisposition] == "attachment; filename=\"2025-12-10-backup.zip\"")
        #expect(whole.headers[.eTag] == tag)
        let part = try await client.send(.get, path, headers: [.range: "bytes=2-11", .ifRange: tag])
        #expect(part.status == .partialContent)
        #expect(part.body == bytes.getSlice(at: 2, length: 10))
        #expect(part.headers[.contentRange] == "bytes 2-11/\(bytes.readableBytes)")
        let behind = try await client.send(.get, path, headers: [.range: "bytes=\(bytes.readableBytes)-"])
        #expect(behind.status == .rangeNotSatisfiable)
        try await #expect(client.send(.get, path, headers: [.ifNoneMatch: tag]).status == .notModified)
        let head = try await client.send(.head, path)
        #expect(head.headers[.contentLength] == "\(bytes.readableBytes)" && head.body.readableBytes == 0)
      }
    }
  }

  @Test("an archive on another machine is 409 and names it; one that is gone or was changed is 404")
  func absent() async throws {
    try await BackedServer.run { backed, client in
      let id = try await backed.addRun(ofHost: "camera-2", Self.elsewhere())
      let elsewhere = try await client.send(.get, "/api/backups/\(id)/download")
      #expect(elsewhere.status == .conflict)
      #expect(elsewhere.errorCode == "ARCHIVE_ELSEWHERE")
      let details = (elsewhere.json["error"] as? [String: Any])?["details"] as? [String: String]
      #expect(details == ["host": "camera-2"])

      let run = try await client.send(.post, "/api/backup/trigger").data
      let file = backed.backups + "/" + (try #require(run["file"] as? String))
      let path = "/api/backups/\(try #require(run["id"] as? Int))/download"
      try Data([1, 2, 3]).write(to: URL(filePath: file))
      try await #expect(client.send(.get, path).status == .notFound)
      try FileManager.default.removeItem(atPath: file)
      #expect(try await client.send(.get, path).errorCode == "NOT_FOUND")
    }
  }

  @Test("backups want the key")
  func key() async throws {
    try await BackedServer.run(configure: { $0.apiKey = "secret" }) { _, client in
      for path in ["/api/backups", "/api/backups/1", "/api/backups/1/download", "/api/backups/latest/download"] {
        try await #expect(client.send(.get, path).status == .unauthorized)
      }
      try await #expect(client.send(.post, "/api/backup/trigger").status == .unauthorized)
    }
  }
}
