import Foundation
import Glibc
import TestServers
import Testing

@Suite("The limit of open files and connections")
struct DescriptorLimitTests {
  @Test("the soft limit is raised to the hard one at the start")
  func raised() async throws {
    try await withTemporaryFolder { folder in
      let server = try await ServerProcess.start(
        in: folder, wrapper: ["/usr/bin/prlimit", "--nofile=256:4096", "--"])
      let limits = try String(contentsOfFile: "/proc/\(server.pid)/limits", encoding: .utf8)
      #expect(limits.contains(/Max open files +4096 +4096/))
      try await server.end(SIGTERM)
    }
  }

  @Test("where no more connections can be accepted, one line says so, resting ones give way, and the server answers")
  func exhausted() async throws {
    try await withTemporaryFolder { folder in
      let server = try await ServerProcess.start(
        in: folder, wrapper: ["/usr/bin/prlimit", "--nofile=200:200", "--"])
      #expect(ServerProcess.log(in: folder).contains("too few for MAX_CONNECTIONS=512"))
      var resting: [Int32] = []
      defer { for socket in resting { close(socket) } }
      for _ in 0..<250 { resting.append(try HTTPClient.connect(server.client.port)) }
      let answer = try await server.client.send("GET", "/api/health/live")
      #expect(answer.status == 200)
      let lines = ServerProcess.log(in: folder).split(separator: "\n").filter { $0.contains("can be accepted") }
      #expect(lines.count == 1, "\(lines)")
      try await server.end(SIGTERM)
    }
  }
}
