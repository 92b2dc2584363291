import Foundation
import TestServers
import Testing

/// The stock curl, with which the documentation calls the API.
struct Curl: Sendable {
  let port: Int
  /// Where it writes what it gets.
  let folder: String
  let key: String

  /// - Parameters:
  ///   - path: behind `/api`.
  ///   - key: in place of its own; none is sent where it is empty.
  func send(_ path: String, _ options: [String], key: String? = nil) async throws -> HTTPClient.Response {
    let body = folder + "/curl-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: body) }
    let key = key ?? self.key
    let output = try await Command.run(
      ["curl", "--silent", "--show-error", "--max-time", "60", "--globoff", "--path-as-is", "--output", body]
        + ["--write-out", "%{http_code} %{header_json}"] + (key.isEmpty ? [] : ["-H", "Authorization: Bearer \(key)"])
        + options + ["http://127.0.0.1:\(port)/api\(path)"])
    let parts = output.split(separator: " ", maxSplits: 1)
    let fields = try #require(
      JSONSerialization.jsonObject(with: Data(parts[1].utf8)) as? [String: [String]], "\(output)")
    return HTTPClient.Response(
      status: try #require(Int(parts[0])), headers: fields.mapValues { $0.joined(separator: ", ") },
      // for HEAD, curl writes the header there
      body: options.contains("--head") ? [] : Array(FileManager.default.contents(atPath: body) ?? Data()))
  }
}
