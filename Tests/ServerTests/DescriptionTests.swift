import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PoseCore
import Testing

@testable import Server

@Suite("The description in OpenAPI")
struct DescriptionTests {
  private struct Description {
    /// The statuses of its answers, by path, then by method in small letters.
    var statuses: [String: [String: Set<String>]]
    /// The fields of each form that is an object.
    var fields: [String: Set<String>]

    static func read() throws -> Description {
      let file = try #require(PageFile.all().first { $0.path == "/api/openapi.json" })
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(file.bytes.readableBytesView)) as? [String: Any])
      let paths = try #require(json["paths"] as? [String: [String: Any]])
      let components = try #require(json["components"] as? [String: Any])
      let schemas = try #require(components["schemas"] as? [String: [String: Any]])
      return Description(
        // beside its methods a path may have parameters
        statuses: paths.mapValues { $0.compactMapValues { keys(of: ($0 as? [String: Any])?["responses"]) } },
        fields: schemas.compactMapValues { keys(of: $0["properties"]) })
    }

    private static func keys(of json: Any?) -> Set<String>? { (json as? [String: Any]).map { Set($0.keys) } }
  }

  @Test("it has every route of the API, and none that is not there")
  func paths() throws {
    let routes = makeServer(MemoryStorage()).buildRouter().routes.map {
      "\($0.path)".replacing(/:(\w+)/) { "{\($0.1)}" }
    }
    let served = Set(routes.filter { $0.hasPrefix("/api/") || $0 == "/metrics" })
    #expect(try Set(Description.read().statuses.keys) == served)
  }

  @Test("it has the methods that each route takes")
  func methods() async throws {
    let description = try Description.read()
    try await withRoutes(MemoryStorage()) { client in
      for (path, methods) in description.statuses {
        let allow = try #require(try await client.send(.options, path).headers[.allow], "\(path)")
        let taken = Set(allow.split(separator: ", ").map { $0.lowercased() }).subtracting(["head", "options"])
        #expect(Set(methods.keys) == taken, "\(path)")
      }
    }
  }

  @Test("while a restore fills the storage, all but the sign of life answers 503, and the description says so")
  func restoring() async throws {
    let description = try Description.read()
    let mark = RestoreMark(host: "desk", pid: 1, since: testTime, heartbeatAt: testTime, file: "a.zip")
    try await withRoutes(
      MemoryStorage(), restoreMark: mark, configure: { $0.dataFolder = FileManager.default.temporaryDirectory.path }
    ) { client in
      for (path, methods) in description.statuses where path.hasPrefix("/api/") {
        let isHealth = path == "/api/health/live"
        for (method, statuses) in methods {
          let name = try #require(HTTPRequest.Method(method.uppercased()))
          let response = try await client.send(name, path.replacing(/{\w+}/, with: "1"))
          #expect(response.status == (isHealth ? .ok : .serviceUnavailable), "\(method) \(path)")
          #expect(isHealth || statuses.contains("503"), "\(method) \(path)")
        }
      }
      let health = try await client.send(.get, "/api/health").json
      #expect((health["error"] as? [String: Any])?["code"] as? String == "RESTORING")
      let restoring = try #require(health["restoring"] as? [String: String])
      #expect(restoring == ["since": "2025-12-10T10:30:00.000Z", "host": "desk", "file": "a.zip"])
      #expect(Set(restoring.keys) == description.fields["Restoring"])
      let backup = try #require(health["backup"] as? [String: Any])
      #expect(Set(backup.keys) == description.fields["BackupHealth"])
      // success is beside the state, storage stands for the databases here, and there is nothing to warn of
      let state = Set(health.keys).subtracting(["success", "message", "error"])
      #expect(state.union(["warnings"]) == description.fields["HealthState"])
    }
  }
}
