import Curl
import Foundation
import PoseCore
import TestServers
import Testing

@testable import S3

@Suite("S3 from a server that misbehaves", .serialized)
struct MisbehaviourTests {
  private let content = Sample.bytes(400_000)

  private func failure<Value>(_ body: () async throws -> Value) async -> PoseVaultError? {
    do {
      _ = try await body()
      Issue.record("no error")
    } catch {
      return error as? PoseVaultError
    }
    return nil
  }

  @Test("what may pass is tried again, as long as it takes or as often as is allowed")
  func storms() async throws {
    let server = try OddServer(["503", "429", "500"])
    _ = try await server.bucket.put("o", .bytes(content), options: S3PutOptions(onlyIfAbsent: true))
    #expect(try server.asked().map(\.length) == [400_000, 400_000, 400_000, 400_000])
    let storm = try OddServer(Array(repeating: "503", count: 9))
    let error = await failure { try await storm.bucket.get("o", limit: 1) }
    #expect(try storm.methods().count == 4)
    #expect(error?.code == .storageUnavailable && error?.isLasting == false)
    #expect(error?.message.contains("SlowDown: 'as ordered'") == true)
    // what is wrong stays wrong
    let refused = try OddServer(["403"])
    _ = await failure { try await refused.bucket.get("o", limit: 1) }
    #expect(try refused.methods().count == 1)
  }

  @Test("a server that asks to be left alone for longer than is must be not asked again")
  func retryAfter() async throws {
    let server = try OddServer(["503:3600"])
    _ = await failure { try await server.bucket.get("o", limit: 1) }
    #expect(try server.methods() == ["GET"])
    let patience = S3Patience(attempts: 5, first: .seconds(1), longest: .seconds(3), longestAsked: 60)
    #expect(patience.pause(after: 1, asked: 10, chance: 0) == .seconds(10))
    #expect(patience.pause(after: 1, asked: nil, chance: 1) == .seconds(1))
    #expect(patience.pause(after: 2, asked: nil, chance: 0.5) == .seconds(1))
    #expect(patience.pause(after: 4, asked: 2, chance: 1) == .seconds(5))
    #expect(patience.pause(after: 5, asked: nil, chance: 0) == nil)
    #expect(patience.pause(after: 1, asked: 61, chance: 0) == nil)
  }

  @Test("a body that is cut is read on where it ended, and every byte comes once")
  func cutBodies() async throws {
    let server = try OddServer(["ok", "cut", "cut", "cut", "cut", "cut"])
    _ = try await server.bucket.put("o", .bytes(content))
    let got = try await server.bucket.get("o", limit: content.count)
    #expect(got?.bytes == content)
    // half of what was left each time; more often than attempts without progress are allowed
    #expect(
      try server.asked().dropFirst().map { $0.headers["range"] } == [
        nil, "bytes=200000-", "bytes=300000-", "bytes=350000-", "bytes=375000-", "bytes=387500-",
      ])
    // what is read on must be the object that it began with
    #expect(try server.asked().dropFirst(2).allSatisfy { $0.headers["if-match"] != nil })
    let ranged = try OddServer(["ok", "cut"])
    _ = try await ranged.bucket.put("o", .bytes(content))
    let part = try await ranged.bucket.get("o", range: 1000..<9000, limit: 8000)
    #expect(part?.bytes == Array(content[1000..<9000]))
  }

  @Test("an object that was replaced while it was read is an error, not a mixture")
  func replaced() async throws {
    let server = try OddServer(["ok", "replaced"])
    _ = try await server.bucket.put("o", .bytes(content))
    let error = await failure { try await server.bucket.get("o", limit: 400_000) }
    #expect(error?.code == .preconditionFailed)
    #expect(try server.asked().last?.headers["range"] == "bytes=200000-")
  }

  @Test("other bytes than the server has a digest of, another range than was asked for, and too many are errors")
  func wrongBytes() async throws {
    let server = try OddServer(["ok", "wrong", "whole", "no-length", "long"])
    let bucket = server.bucket
    _ = try await bucket.put("o", .bytes(content))
    #expect(await failure { try await bucket.get("o", limit: 400_000) }?.message.contains("SHA-256") == true)
    #expect(
      await failure { try await bucket.get("o", range: 5..<9, limit: 400_000) }?.message.contains("other bytes") == true
    )
    #expect(await failure { try await bucket.get("o", limit: 400_000) } != nil)
    #expect(await failure { try await bucket.get("o", limit: 400_000) }?.message.contains("longer") == true)
  }

  @Test("a put without a condition is not sent again where it may have been stored; with one it is, and counts once")
  func writtenOnce() async throws {
    for answer in ["cut-put", "stored", "500", "stored-500"] {
      let server = try OddServer([answer])
      let error = await failure { try await server.bucket.put("o", .bytes(content)) }
      #expect(error?.nothingWasWritten == false, "\(answer)")
      #expect(try server.methods() == ["PUT"], "\(answer)")
    }
    let busy = try OddServer(["503", "503"])
    _ = try await busy.bucket.put("o", .bytes(content))
    #expect(try busy.methods() == ["PUT", "PUT", "PUT"])
    for answer in ["stored", "stored-500"] {
      let server = try OddServer([answer])
      let written = try await server.bucket.put(
        "o", .bytes(content), options: S3PutOptions(metadata: ["run": "7"], onlyIfAbsent: true))
      // the second finds the first; a look tells whose it is
      #expect(try server.methods() == ["PUT", "PUT", "HEAD"], "\(answer)")
      #expect(try await server.bucket.head("o")?.etag == written.etag)
    }
    // somebody else's object of the same bytes is not ours
    let taken = try OddServer(["ok", "cut-put"])
    _ = try await taken.bucket.put("o", .bytes(content), options: S3PutOptions(metadata: ["run": "other"]))
    let error = await failure {
      try await taken.bucket.put(
        "o", .bytes(content), options: S3PutOptions(metadata: ["run": "7"], onlyIfAbsent: true))
    }
    #expect(error?.code == .preconditionFailed)
  }

  @Test("each part is sent again, a beginning is not, and an end that was not heard is found out")
  func parts() async throws {
    let bytes = Sample.bytes(11_000_000)
    try await Sample.withFile(bytes) { path in
      let upload = S3Upload(partLength: 5 * 1024 * 1024, lanes: 1)
      let server = try OddServer(["ok", "503", "cut-put", "ok", "ok", "ok", "stored"])
      _ = try await server.bucket.upload("o", file: path, length: bytes.count, upload: upload)
      #expect(try await server.bucket.get("o", limit: bytes.count)?.bytes == bytes)
      let lost = try OddServer(["stored"])
      _ = await failure { try await lost.bucket.upload("o", file: path, length: bytes.count, upload: upload) }
      #expect(try lost.methods() == ["POST"])
      let late = try OddServer(["ok", "ok", "ok", "ok", "late-error"])
      let error = await failure { try await late.bucket.upload("o", file: path, length: bytes.count, upload: upload) }
      #expect(error?.message.contains("too late") == true && error?.nothingWasWritten == false)
      #expect(try late.methods() == ["POST", "PUT", "PUT", "PUT", "POST", "DELETE"])
    }
  }

  @Test("a redirection is not followed, and the error says where the bucket is")
  func redirects() async throws {
    let server = try OddServer(["redirect", "moved"])
    let error = await failure { try await server.bucket.get("o", limit: 1) }
    #expect(error?.isLasting == true)
    #expect(await failure { try await server.bucket.get("o", limit: 1) }?.message.contains("eu-north-1") == true)
    #expect(try server.methods().count == 2)
  }

  @Test("where the clocks differ, the server's time is taken once, and said")
  func skew() async throws {
    let server = try OddServer(["skew", "skew", "skew", "skew"])
    _ = try await server.bucket.put("o", .bytes(content))
    _ = try await server.bucket.put("p", .bytes(content))
    #expect(try server.methods().count == 3)
    #expect(server.log.lines.count == 1 && server.log.lines[0].contains("clock"), "\(server.log.lines)")
  }

  @Test("a server that doesn't answer is given up after the limits, and a cancelled request at once")
  func slow() async throws {
    let server = try OddServer(
      ["hang", "hang"], patience: .none, limits: TransferLimits(connect: 1, reply: 1, total: 2))
    #expect(await failure { try await server.bucket.get("o", limit: 1) }?.code == .storageUnavailable)
    let patient = try OddServer(["hang"], limits: TransferLimits(connect: 60, reply: 300, total: 300))
    let task = Task { try await patient.bucket.get("o", limit: 1) }
    while try patient.server.count == 0 { try await Task.sleep(for: .milliseconds(10)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }

  @Test("only a server with a certificate that is trusted, and is its own, gets a request")
  func encryption() async throws {
    let trusted = try OddServer(["tls"])
    _ = try await trusted.bucket.put("o", .bytes(content))
    #expect(try await trusted.bucket.get("o", limit: 400_000)?.bytes == content)
    for server in [try OddServer(["tls"], trusts: false), try OddServer(["stranger"])] {
      let error = await failure { try await server.bucket.put("o", .bytes([1])) }
      #expect(error?.isLasting == true && error?.nothingWasWritten == true)
      #expect(try server.methods() == [])
    }
  }

  @Test("what is no answer of S3 is an error; a list without an end ends, and errors show no key")
  func nonsense() async throws {
    let server = try OddServer(["html", "empty", "403:user testkey with test/secret+key\nmay not"])
    #expect(await failure { try await server.bucket.list(prefix: "", limit: 5) }?.code == .storageUnavailable)
    #expect(
      await failure { try await server.bucket.list(prefix: "", limit: 5) }?.message.contains("empty page") == true)
    let refused = await failure { try await server.bucket.list(prefix: "", limit: 5) }
    let said = refused.debugDescription
    #expect(said.contains("AccessDenied: 'user *** with ***may not'"), "\(said)")
  }

  @Test("one connection serves one request after the other")
  func connections() async throws {
    let server = try OddServer([])
    _ = try await server.bucket.put("o", .bytes(content), options: S3PutOptions(onlyIfAbsent: true))
    for _ in 0..<5 { _ = try await server.bucket.get("o", limit: 400_000) }
    #expect(Set(try server.asked().map(\.connection)).count == 1)
  }

  @Test("metadata that can't be a header's are refused before anything is sent")
  func metadata() async throws {
    let server = try OddServer([])
    for metadata in [["a": "line\r\nX-Evil: 1"], ["a": "ü"], ["A b": "x"], ["a": String(repeating: "x", count: 2048)]] {
      let error = await failure {
        try await server.bucket.put("o", .bytes([1]), options: S3PutOptions(metadata: metadata))
      }
      #expect(error?.code == .badRequest)
    }
    #expect(try server.methods() == [])
  }
}
