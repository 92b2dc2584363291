import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Server

@Suite("The description in OpenAPI")
struct DescriptionTests {
  private struct Description: Decodable {
    struct Anything: Decodable {}
    /// By path, then by method; beside the methods a path may have parameters.
    var paths: [String: [String: Anything]]

    static func read() throws -> Description {
      let file = try #require(PageFile.all().first { $0.path == "/api/openapi.json" })
      return try JSONDecoder().decode(Description.self, from: Data(file.bytes.readableBytesView))
    }
  }

  @Test("it has every route of the API, and none that is not there")
  func paths() throws {
    let routes = makeServer(MemoryStorage()).buildRouter().routes.map {
      "\($0.path)".replacing(/:(\w+)/) { "{\($0.1)}" }
    }
    let served = Set(routes.filter { $0.hasPrefix("/api/") || $0 == "/metrics" })
    #expect(try Set(Description.read().paths.keys) == served)
  }

  @Test("it has the methods that each route takes")
  func methods() async throws {
    let description = try Description.read()
    try await withRoutes(MemoryStorage()) { client in
      for (path, item) in description.paths {
        let allow = try #require(try await client.send(.options, path).headers[.allow], "\(path)")
        let taken = Set(allow.split(separator: ", ").map { $0.lowercased() }).subtracting(["head", "options"])
        #expect(Set(item.keys).subtracting(["parameters"]) == taken, "\(path)")
      }
    }
  }
}
