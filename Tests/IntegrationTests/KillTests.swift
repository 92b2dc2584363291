import Foundation
import Testing

@Suite("kill -9 at any moment", .serialized)
struct KillTests {
  @Test("loses no write that was acknowledged, in 28 kills, 21 of them under load")
  func kills() async throws {
    try await withTemporaryFolder { folder in
      let workload = Workload()
      for round in 0..<28 {
        // every fourth time while it starts
        if round % 4 == 3 {
          let process = try ServerProcess.launch(in: folder)
          try await Task.sleep(for: .milliseconds(.random(in: 0...1500)))
          kill(process.processIdentifier, SIGKILL)
          _ = try await ServerProcess.wait(for: process)
          continue
        }
        let server = try await ServerProcess.start(in: folder)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<6 { group.addTask { try await workload.run(server.client) } }
          try await Task.sleep(for: .milliseconds(.random(in: 20...1500)))
          #expect(try await server.end(SIGKILL) == SIGKILL)
          try await group.waitForAll()
        }
      }
      let server = try await ServerProcess.start(in: folder)
      try await workload.check(server.client)
      // the load was one
      #expect(await workload.uploads >= 40)
      #expect(try await server.end(SIGTERM) == 0)
    }
  }
}
