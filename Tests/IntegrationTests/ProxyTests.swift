import Foundation
import TestServers
import Testing

@Suite("deploy/nginx.conf")
struct ProxyTests {
  @Test("serves uploads, links and pictures by TLS, redirects to it, and says when no server is up")
  func proxy() async throws {
    try await withTemporaryFolder { folder in
      let server = try await ServerProcess.start(
        in: folder + "/server", settings: ["PUBLIC_URL": "https://\(TLSProxy.name)"])
      // nobody listens at the second one's port
      let proxy = try await TLSProxy.start(in: folder, ports: [server.client.port, FreePort.find()])
      let picture = folder + "/picture.jpg"
      try Data(TestPictures.distinct(1)).write(to: URL(filePath: picture))

      let upload = try await proxy.curl("--http2", "--form", "image=@\(picture)", path: "/api/extract-pose")
      #expect(upload.contains(#""message":"Pose extracted successfully""#))
      let pose = try await proxy.curl("--include", path: "/api/poses/1")
      #expect(pose.contains("HTTP/2 200"))
      let link = try #require(
        pose.firstMatch(of: /"imageUrl":"https:\/\/poses\.example\.org(\/api\/images\/[0-9a-f]{24})"/))
      let copy = folder + "/copy.jpg"
      _ = try await proxy.curl("--output", copy, path: String(link.1))
      #expect(FileManager.default.contentsEqual(atPath: picture, andPath: copy))

      let redirect = try await proxy.curl("--include", path: "/api/poses/1?x=1", scheme: "http")
      #expect(redirect.contains("308"))
      #expect(redirect.contains("Location: https://poses.example.org/api/poses/1?x=1"))
      for path in ["/metrics", "/metrics/", "/metrics?x", "//metrics", "/./metrics", "/%6Detrics"] {
        let status = try await proxy.curl(
          "--path-as-is", "--write-out", "%{http_code}", "--output", "/dev/null", path: path)
        #expect(status == "404", "\(path)")
      }

      try await server.end(SIGTERM)
      let down = try await proxy.curl("--include", path: "/api/poses/1")
      #expect(down.contains("HTTP/2 503"))
      #expect(down.lowercased().contains("retry-after: 5"))
      #expect(down.contains(#""code":"UNREACHABLE""#))
    }
  }
}
