import Foundation
import NIOCore
import PoseCore
import Synchronization
import TestServers
import Testing

@testable import Server

/// Real curl, the client of the documentation.
@Suite("curl", .enabled(if: Missing.mayRun(with: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"))))
struct CurlTests {
  /// curl's standard output.
  private func curl(_ arguments: [String]) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
    process.arguments = ["-sS", "--max-time", "20"] + arguments
    let output = Pipe()
    process.standardOutput = output
    return try await withCheckedThrowingContinuation { continuation in
      do {
        try process.run()
      } catch {
        return continuation.resume(throwing: error)
      }
      // a thread of its own, since reading to the end blocks
      Thread.detachNewThread {
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        continuation.resume(returning: String(decoding: data, as: UTF8.self))
      }
    }
  }

  @Test(
    "a form from curl arrives byte by byte, small or large, whatever the file's name",
    arguments: ["a.jpg", "tom's cat.jpg", "日本 \"x\".jpg", "back\\slash;semi=colon.jpg"], [1, 70_000, 1_100_000])
  func form(name: String, size: Int) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("curl-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      for index in 0..<size { buffer[index] = [13, 10, 45, 45, 0, 255, 80][(index * 7919 / 13) % 7] }
      buffer[0] = 80
      count = size
    }
    let file = folder.appendingPathComponent("upload")
    try Data(bytes).write(to: file)
    let storage = MemoryStorage()
    let path = file.path
    try await withServer(storage) { server in
      let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      let answer = try await curl([
        "-w", "%{http_code}", "-F", "note=extra", "-F", "image=@\(path);filename=\"\(escaped)\"",
        "http://127.0.0.1:\(server.port)/api/extract-pose",
      ])
      #expect(answer.hasSuffix("201"))
    }
    let stored = try #require(storage.state.withLock { $0.images.values.first })
    #expect(stored.bytes == ByteBuffer(bytes: bytes))
    #expect(stored.image.metadata.fileName == name.split(separator: "\\").last.map(String.init))
  }

  @Test("a picture as the body itself, in chunks")
  func rawChunked() async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("curl-\(UUID())")
    try Data(repeating: 80, count: 1_100_000).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let path = file.path
    try await withServer { server in
      let answer = try await curl([
        "-w", "%{http_code}", "-H", "Content-Type: image/png", "-H", "Transfer-Encoding: chunked", "--data-binary",
        "@\(path)", "http://127.0.0.1:\(server.port)/api/extract-pose",
      ])
      #expect(answer.hasSuffix("201"))
    }
  }

  @Test("curl reads a refusal that comes while it sends")
  func refusal() async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("curl-\(UUID())")
    try Data(repeating: 80, count: 5_000_000).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let path = file.path
    try await withServer(configure: { $0.maxUploadBytes = 1000 }) { server in
      for expect in ["Expect: 100-continue", "Expect:"] {
        let answer = try await curl([
          "-H", expect, "-F", "image=@\(path)", "http://127.0.0.1:\(server.port)/api/extract-pose",
        ])
        #expect(answer.contains("IMAGE_TOO_LARGE"))
      }
    }
  }
}
