import Access
import EmbeddedStorage
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import Server

@Suite("The audit trail")
struct AuditTests {
  @Test("a change, a download and a sign-in are noted with who, what and which, on a real storage; reading is not")
  func changes() async throws {
    try await BackedServer.run(configure: { $0.name = "this-server" }) { backed, client in
      let made = try await client.send(.post, "/api/keys", body: #"{"name":"Ann Müller","role":"owner"}"#)
      let key = try #require(made.data["key"] as? String)
      let headers: HTTPFields = [.authorization: "Bearer \(key)"]
      func send(_ method: HTTPRequest.Method, _ path: String, body: String? = nil) async throws -> TestResponse {
        try await client.send(method, path, headers: headers, body: body)
      }
      let stored = try await send(.post, "/api/extract-pose", body: "P").data
      let (id, image) = (try #require(stored["id"] as? Int), try #require(stored["imageId"] as? String))
      #expect(try await send(.get, "/api/poses").status == .ok)
      #expect(try await send(.get, "/api/poses/\(id)").status == .ok)
      #expect(try await send(.get, "/api/poses/export?fileName=Patient").status == .ok)
      #expect(try await send(.post, "/api/poses/\(id)/revert").status == .ok)
      #expect(try await send(.delete, "/api/poses/\(id)").status == .ok)
      #expect(try await send(.delete, "/api/poses/\(id)").status == .notFound)
      #expect(try await send(.delete, "/api/poses/Patient").status == .badRequest)
      _ = try await client.send(.post, "/api/session", body: #"{"apiKey":"\#(key)"}"#)
      try await backed.server.recorder.work(isLast: true)

      let answer = try await send(.get, "/api/audit")
      let entries = try #require(answer.data["entries"] as? [[String: Any]])
      let told = entries.map { entry in
        "\(entry["by"] as? String ?? "") \(entry["action"] as? String ?? "") \(entry["subjects"] as? [String] ?? []) "
          + "\(entry["outcome"] as? Int ?? 0)"
      }
      #expect(
        told == [
          "1 DELETE /api/poses/{id} [] 404",
          "1 DELETE /api/poses/{id} [] 400",
          #"1 POST /api/session ["session 1"] 200"#,
          #"1 DELETE /api/poses/{id} ["pose \#(id)", "image \#(image)"] 200"#,
          #"1 POST /api/poses/{id}/revert ["pose \#(id)"] 200"#,
          "1 GET /api/poses/export [] 200",
          #"1 POST /api/extract-pose ["pose \#(id)", "image \#(image)"] 201"#,
          #"none POST /api/keys ["key 1"] 201"#,
        ])
      #expect(entries.allSatisfy { $0["server"] as? String == "this-server" })
      #expect(entries.dropFirst(2).allSatisfy { $0["request"] is String })
      let text = String(buffer: answer.body)
      #expect(!text.contains("Patient") && !text.contains("Müller") && !text.contains(key))

      let filtered = try await send(.get, "/api/audit?action=DELETE&limit=1")
      let page = try #require(filtered.data["entries"] as? [[String: Any]])
      #expect(page.map { $0["outcome"] as? Int } == [404])
      let next = try #require((filtered.data["pagination"] as? [String: Any])?["next"] as? Int)
      let rest = try await send(.get, "/api/audit?action=DELETE&subject=pose%20\(id)&limit=5&after=\(next)")
      #expect((rest.data["entries"] as? [[String: Any]])?.count == 1)
      let csv = try await send(.get, "/api/audit?format=csv&limit=1")
      #expect(String(buffer: csv.body).split(separator: "\n").count == 2)
    }
  }

  @Test("an erasure, a deletion for good and one into the trash are told apart, and each names the pose")
  func deletions() async throws {
    try await BackedServer.run(configure: { $0.usesTrash = true }) { backed, client in
      var images: [String] = []
      for _ in 0..<2 { images.append(try #require(try await client.upload().data["imageId"] as? String)) }
      #expect(try await client.send(.delete, "/api/poses/1").status == .ok)
      #expect(try await client.send(.delete, "/api/trash/1").status == .ok)
      #expect(try await client.send(.delete, "/api/poses/2?erase=true").status == .ok)
      let told = try await backed.storage.audit.entries(of: AuditFilter(action: "DELETE"), before: nil, limit: 9).map {
        "\($0.entry.action) \($0.entry.subjects)"
      }
      #expect(
        told == [
          #"DELETE /api/poses/{id}?erase=true ["pose 2", "image \#(images[1])"]"#,
          #"DELETE /api/trash/{id} ["pose 1", "image \#(images[0])"]"#,
          #"DELETE /api/poses/{id} ["pose 1", "image \#(images[0])"]"#,
        ])
    }
  }

  @Test("what changes nothing and comes from nobody, or is wrong, is counted: it can't fill the trail")
  func counted() async throws {
    let access = MemoryAccess()
    let audit = MemoryAudit()
    let monitor = try await access.make(.monitor)
    let server = makeServer(MemoryStorage(), access: access, audit: audit)
    try await server.buildApplication().test(.router) { client in
      let headers: HTTPFields = [.authorization: "Bearer \(monitor)"]
      for _ in 0..<50 {
        let signedOut = try await client.send(.delete, "/api/session")
        #expect(signedOut.status == .ok)
        #expect(try await client.send(.post, "/api/session", body: "x").status == .badRequest)
        #expect(try await client.send(.delete, "/api/health").status == .methodNotAllowed)
        #expect(try await client.send(.post, "/api/poses", headers: headers).status == .methodNotAllowed)
        #expect(try await client.send(.delete, "/api/sessions/7", headers: headers).status == .notFound)
      }
    }
    #expect(audit.entries.isEmpty)
    try await server.recorder.work(isLast: true)
    #expect(
      audit.entries.map { "\($0.by) \($0.action) \($0.outcome) \($0.count)" } == [
        "nobody DELETE /api/health 405 50", "nobody DELETE /api/session 200 50", "1 DELETE /api/sessions/{id} 404 50",
        "1 POST /api/poses 405 50", "nobody POST /api/session 400 50",
      ])
  }

  @Test("with AUDIT_READS, who looks at a pose, a picture or a list is noted once for each key, item and hour")
  func views() async throws {
    for notesViews in [true, false] {
      let access = MemoryAccess()
      let audit = MemoryAudit()
      let uploader = try await access.make(.uploader)
      let viewers = [try await access.make(.viewer), try await access.make(.viewer)]
      let server = makeServer(
        MemoryStorage(), access: access, audit: audit, configure: { $0.auditsReads = notesViews })
      let image = Mutex("")
      try await server.buildApplication().test(.router) { client in
        let stored = try await client.send(
          .post, "/api/extract-pose", headers: [.authorization: "Bearer \(uploader)"], body: "P")
        let id = try #require(stored.data["imageId"] as? String)
        image.withLock { $0 = id }
        for key in viewers + viewers {
          let headers: HTTPFields = [.authorization: "Bearer \(key)"]
          #expect(try await client.send(.get, "/api/poses/1", headers: headers).status == .ok)
          #expect(try await client.send(.get, "/api/poses/9", headers: headers).status == .notFound)
          #expect(try await client.send(.get, "/api/images/\(id)", headers: headers).status == .ok)
          #expect(try await client.send(.get, "/api/poses", headers: headers).status == .ok)
          #expect(try await client.send(.get, "/api/poses?include=world,details", headers: headers).status == .ok)
          // as the gallery shows them
          #expect(try await client.send(.get, "/api/images/\(id)/thumbnail", headers: headers).status == .ok)
        }
      }
      let told = audit.entries.filter { $0.action.hasPrefix("GET ") }.map { "\($0.by) \($0.action) \($0.subjects)" }
      let expected = ["2", "3"].flatMap { by in
        [
          #"\#(by) GET /api/poses/{id} ["pose 1"]"#,
          #"\#(by) GET /api/images/{imageId} ["image \#(image.withLock { $0 })"]"#,
          "\(by) GET /api/poses []",
        ]
      }
      #expect(told == (notesViews ? expected : []))
    }
  }

  @Test("with AUDIT_READS, whatever shows a picture larger than in a list is a look at it, in the trash, too")
  func pictures() async throws {
    try await BackedServer.run(
      configure: {
        $0.auditsReads = true
        $0.usesTrash = true
      }
    ) { backed, client in
      let stored = try await client.upload().data
      let (id, image) = (try #require(stored["id"] as? Int), try #require(stored["imageId"] as? String))
      let other = try #require(try await client.upload().data["imageId"] as? String)
      func told() async throws -> [String] {
        try await backed.storage.audit.entries(of: AuditFilter(action: "GET "), before: nil, limit: 100).map {
          "\($0.entry.action) \($0.entry.subjects)"
        }
      }
      #expect(try await client.send(.get, "/api/images/\(image)/thumbnail?size=256").status == .ok)
      #expect(try await told() == [])
      #expect(try await client.send(.get, "/api/images/\(image)/thumbnail?size=1024").status == .ok)
      #expect(try await client.send(.get, "/api/images/\(other)/rendition").status == .ok)
      #expect(try await client.send(.delete, "/api/poses/\(id)").status == .ok)
      #expect(try await client.send(.get, "/api/trash").status == .ok)
      #expect(try await client.send(.get, "/api/trash/1/thumbnail").status == .ok)
      #expect(try await client.send(.get, "/api/trash/1/thumbnail?size=512").status == .ok)
      #expect(
        try await told() == [
          #"GET /api/trash/{id}/thumbnail ["trash 1"]"#, "GET /api/trash []",
          #"GET /api/images/{imageId}/rendition ["image \#(other)"]"#,
          #"GET /api/images/{imageId}/thumbnail ["image \#(image)"]"#,
        ])
    }
  }

  @Test("refusals are counted by address, what was asked for and minute; keys that were tried are not there")
  func refusals() async throws {
    let access = MemoryAccess()
    let audit = MemoryAudit()
    let viewer = try await access.make(.viewer)
    let server = makeServer(MemoryStorage(), access: access, audit: audit)
    try await server.buildApplication().test(.router) { client in
      for _ in 0..<3 {
        let refused = try await client.send(.get, "/api/poses", headers: [.authorization: "Bearer wr0ng"])
        #expect(refused.status == .unauthorized)
      }
      let headers: HTTPFields = [.authorization: "Bearer \(viewer)"]
      for _ in 0..<2 { #expect(try await client.send(.delete, "/api/poses/1", headers: headers).status == .forbidden) }
      #expect(try await client.send(.get, "/api/keys", headers: headers).status == .forbidden)
    }
    #expect(audit.entries.isEmpty)
    try await server.recorder.work(isLast: true)
    #expect(
      audit.entries.map { "\($0.by) \($0.action) \($0.outcome) \($0.count)" }
        == [
          "1 DELETE /api/poses/{id} 403 2", "nobody GET /api/poses 401 3", "1 GET /api/keys 403 1",
        ].sorted { $0.split(separator: " ").dropFirst().joined() < $1.split(separator: " ").dropFirst().joined() })
    #expect(audit.entries.allSatisfy { $0.at == testTime / 60 * 60 })
  }
}
