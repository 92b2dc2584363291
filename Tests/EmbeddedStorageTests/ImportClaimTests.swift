import PoseCore
import Testing

@testable import EmbeddedStorage

@Suite("Two imports into one folder")
struct ImportClaimTests {
  @Test("of two processes one at a time has a name, others have theirs, and a name comes free again")
  func claims() async throws {
    try await withFixture { fixture in
      let folder = DataFolder(path: fixture.folder)
      _ = try await fixture.open()
      let files = BlockingPool("files", threads: 2, maxWaiting: 100, waitLimit: .seconds(60))
      let one = try FileImportClaims(folder, files)
      var other: FileImportClaims? = try FileImportClaims(folder, files)
      #expect(try await one.claim("photos/ü.jpg"))
      #expect(try await other?.claim("photos/ü.jpg") == false)
      #expect(try await other?.claim("photos/b.jpg") == true)
      await one.release("photos/ü.jpg")
      #expect(try await other?.claim("photos/ü.jpg") == true)
      #expect(try await !one.claim("photos/b.jpg"))
      // as when its process is killed; a thread whose call has just ended may hold it for a moment
      other = nil
      var isFree = false
      for _ in 0..<100 where !isFree {
        isFree = try await one.claim("photos/b.jpg")
        if !isFree { try await Task.sleep(for: .milliseconds(50)) }
      }
      #expect(isFree)
      try await files.shutDown()
    }
  }
}
