import Foundation
import Testing

@Suite("An upload's way to the disk")
struct FsyncTests {
  static let strace = "/usr/bin/strace"

  @Test(
    "file, folder and both commits are synchronised before the 201 is sent",
    .enabled("strace is needed") { FileManager.default.isExecutableFile(atPath: strace) })
  func order() async throws {
    try await withTemporaryFolder { folder in
      let trace = folder + "/trace"
      let server = try await ServerProcess.start(
        in: folder,
        wrapper: [
          Self.strace, "-f", "-y", "-s", "32", "-o", trace, "-e",
          "trace=fsync,fdatasync,rename,renameat,renameat2,link,write,writev,sendto,sendmsg",
        ])
      // the first upload also writes the header of SQLite's log
      var calls: [Substring] = []
      for number in 0..<2 {
        let before = try String(contentsOfFile: trace, encoding: .utf8).count
        let response = try await server.client.send(
          "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: TestPictures.distinct(number))
        #expect(response.status == 201)
        calls = try String(contentsOfFile: trace, encoding: .utf8).dropFirst(before).split(separator: "\n")
      }
      try await server.end(SIGTERM)

      let answer = try #require(calls.firstIndex { $0.contains("HTTP/1.1 201") })
      let steps = calls[..<answer].compactMap(Step.init)
      #expect(steps == [.file, .rename, .folder, .log, .log])
    }
  }

  enum Step: Equatable {
    case file, rename, folder, log, other(String)

    /// nil for calls that don't concern the disk.
    init?(_ call: Substring) {
      if call.contains(/rename(at2?)?\(/) {
        self = .rename
      } else if !call.contains(/f(data)?sync\(/) {
        return nil
      } else if call.contains("/images/incoming/") {
        self = .file
      } else if call.contains(/\/images\/[0-9a-f]{2}>/) {
        self = .folder
      } else if call.contains("/posevault.sqlite-wal>") {
        self = .log
      } else {
        self = .other(String(call))
      }
    }
  }
}
