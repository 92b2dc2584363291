import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import Server

@Suite("Encodings that a client declares")
struct EncodingTests {
  let storage = MemoryStorage()

  private func send(_ client: any TestClientProtocol, _ partHeader: String, _ content: String) async throws
    -> TestResponse
  {
    let body =
      "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\(partHeader)\r\n\(content)\r\n--b--\r\n"
    return try await client.send(
      .post, "/api/extract-pose", headers: [.contentType: "multipart/form-data; boundary=b"], body: body)
  }

  private var stored: String? {
    storage.state.withLock { $0.images.values.first.map { String(buffer: $0.bytes) } }
  }

  @Test(
    "a part in base64 is decoded, in lines or not, whatever its length",
    arguments: ["P", "PP", "PPP", "PPPP", String(repeating: "P and more ", count: 20_000)])
  func base64(content: String) async throws {
    try await withRoutes(storage) { client in
      let encoded = Data(content.utf8).base64EncodedString(options: [.lineLength76Characters])
      let answer = try await send(client, "Content-Transfer-Encoding: base64\r\n", encoded)
      #expect(answer.status == .created)
    }
    #expect(stored == content)
  }

  @Test("a part that claims base64 and is none is 400", arguments: ["P", "P===", "UA==UA==", "U", "U*AA", "UA=A"])
  func noBase64(content: String) async throws {
    try await withRoutes(storage) { client in
      let answer = try await send(client, "Content-Transfer-Encoding: BASE64\r\n", content)
      #expect(answer.status == .badRequest)
      #expect((answer.json["message"] as? String)?.contains("base64") == true)
    }
  }

  @Test("encodings that change nothing are taken", arguments: ["7bit", "8bit", "binary", "Binary"])
  func identity(encoding: String) async throws {
    try await withRoutes(storage) { client in
      let answer = try await send(client, "Content-Transfer-Encoding: \(encoding)\r\n", "P=3D")
      #expect(answer.status == .created)
    }
    #expect(stored == "P=3D")
  }

  @Test(
    "a part in another encoding is 415 and told by its name",
    arguments: [
      ("Content-Transfer-Encoding: quoted-printable", "quoted-printable"),
      ("Content-Transfer-Encoding: x-uuencode", "x-uuencode"), ("Content-Encoding: gzip", "gzip"),
    ])
  func unknown(field: String, name: String) async throws {
    try await withRoutes(storage) { client in
      let answer = try await send(client, field + "\r\n", "P")
      #expect(answer.status == .unsupportedMediaType)
      #expect(answer.errorCode == "UNSUPPORTED_ENCODING")
      #expect((answer.json["message"] as? String)?.contains(name) == true)
    }
    #expect(storage.imageCount == 0)
  }

  @Test("a picture as the body itself in another encoding is 415 and told by its name", arguments: ["base64", "x-uu"])
  func unknownOfBody(encoding: String) async throws {
    try await withRoutes(storage) { client in
      let name = try #require(HTTPField.Name("Content-Transfer-Encoding"))
      let answer = try await client.send(
        .post, "/api/extract-pose", headers: [.contentType: "image/png", name: encoding], body: "UA==")
      #expect(answer.status == .unsupportedMediaType)
      #expect(answer.errorCode == "UNSUPPORTED_ENCODING")
      #expect((answer.json["message"] as? String)?.contains(encoding) == true)
      let plain = try await client.send(
        .post, "/api/extract-pose", headers: [.contentType: "image/png", name: "binary"], body: "P")
      #expect(plain.status == .created)
    }
    #expect(storage.imageCount == 1)
  }

  @Test(
    "a packed body is 415, told by its name and how to send it, whatever the route",
    arguments: ["gzip", "GZIP", "deflate", "br", "zstd", "compress", "identity, gzip"])
  func packed(encoding: String) async throws {
    try await withRoutes(storage, configure: { $0.apiKey = "key" }) { client in
      for (method, path) in [
        (HTTPRequest.Method.post, "/api/extract-pose"), (.put, "/api/poses/1"), (.post, "/api/session"),
      ] {
        var headers: HTTPFields = [.contentEncoding: encoding]
        if path != "/api/session" { headers[.authorization] = "Bearer key" }
        let answer = try await client.send(method, path, headers: headers, body: "{}")
        #expect(answer.status == .unsupportedMediaType, "\(path)")
        #expect(answer.errorCode == "UNSUPPORTED_ENCODING")
        #expect(answer.headers[.acceptEncoding] == "identity")
        let name = encoding.split(separator: " ").last.map(String.init) ?? ""
        #expect((answer.json["message"] as? String)?.contains(name) == true)
      }
    }
  }

  @Test("Content-Encoding: identity changes nothing")
  func identityBody() async throws {
    try await withRoutes(storage) { client in
      let answer = try await client.send(
        .post, "/api/extract-pose", headers: [.contentEncoding: "identity"], body: "P")
      #expect(answer.status == .created)
    }
  }
}
