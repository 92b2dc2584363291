import Crypto
import Foundation
import PoseCore
import S3
import Synchronization
import TestServers
import Testing

@Suite("S3 as a real server speaks it", .serialized)
struct RealServerTests {
  private func bucket(
    objectLock: Bool = false, isPathStyle: Bool = true, secret: String = SeaweedFSServer.secret
  ) async throws -> S3Bucket {
    let server = try await SeaweedFSServer.shared()
    let host = isPathStyle ? "127.0.0.1" : "localhost"
    return S3Bucket(
      try S3Location(
        bucket: try await server.makeBucket(objectLock: objectLock), region: SeaweedFSServer.region,
        endpoint: "http://\(host):\(server.port)", isPathStyle: isPathStyle),
      credentials: try S3Credentials(accessKeyID: SeaweedFSServer.accessKeyID, secret: secret),
      log: LogLines().logger())
  }

  private static func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: Data(bytes)).map { String(format: "%02x", $0) }.joined()
  }

  @Test("an object comes back with all that is known of it, in both styles of address", arguments: [true, false])
  func roundTrip(isPathStyle: Bool) async throws {
    let bucket = try await bucket(isPathStyle: isPathStyle)
    let bytes = Sample.bytes(300_000)
    let written = try await bucket.put(
      "a/b", .bytes(bytes),
      options: S3PutOptions(contentType: "image/jpeg", metadata: ["name": "x%20y z", "sha256": "0"]))
    #expect(written.sha256 == Self.sha256(bytes))
    let head = try #require(try await bucket.head("a/b"))
    #expect(head.length == 300_000 && head.contentType == "image/jpeg" && head.etag == written.etag)
    #expect(head.metadata == ["name": "x%20y z", "sha256": "0"])
    #expect(try #require(head.modifiedAt) > 1_700_000_000)
    let got = try #require(try await bucket.get("a/b", limit: 300_000))
    #expect(got.bytes == bytes && got.object.length == 300_000)
    #expect(try await bucket.head("a") == nil)
    #expect(try await bucket.get("a/c", limit: 1) == nil)
    try await bucket.ping()
    try await bucket.delete("a/b")
    try await bucket.delete("a/b")
    #expect(try await bucket.head("a/b") == nil)
  }

  @Test("keys of any characters are signed and sent alike, and listed as they are; curl reads what was written")
  func oddKeys() async throws {
    let bucket = try await bucket()
    let keys = [
      "plain", "with space", "plus+and&amp;", "ü/写真🧘", "a=b?c#d", "per%cent%41", "tilde~-._", "quote'\"<>",
      "semi;colon:@,$!*()",
    ]
    for key in keys {
      _ = try await bucket.put(key, .bytes(Array(key.utf8)))
      let read = try await bucket.get(key, limit: 100)?.bytes
      #expect(read == Array(key.utf8), "\(key)")
    }
    let listed = try await bucket.list(prefix: "", limit: 100)
    #expect(Set(listed.map(\.key)) == Set(keys))
    #expect(listed.allSatisfy { $0.length == $0.key.utf8.count })
    let server = try await SeaweedFSServer.shared()
    #expect(try await server.curl([], "/\(bucket.location.bucket)/with%20space") == "with space")
    // and the other way round
    try await server.put("by curl", at: "/\(bucket.location.bucket)/curl")
    #expect(try await bucket.get("curl", limit: 10)?.bytes == Array("by curl".utf8))
  }

  @Test("ranges hold exactly their bytes; one behind the end is an error, and more than the limit, too")
  func ranges() async throws {
    let bucket = try await bucket()
    let bytes = Sample.bytes(100_000)
    _ = try await bucket.put("o", .bytes(bytes))
    for range in [0..<1, 99_999..<100_000, 500..<70_000, 0..<100_000, 7..<7] {
      let got = try #require(try await bucket.get("o", range: range, limit: 100_000))
      #expect(got.bytes == Array(bytes[range]), "\(range)")
      #expect(got.object.length == 100_000)
    }
    await #expect(throws: PoseVaultError.self) { try await bucket.get("o", range: 100_000..<100_001, limit: 9) }
    await #expect(throws: PoseVaultError.self) { try await bucket.get("o", limit: 99_999) }
    _ = try await bucket.put("nothing", .bytes([]))
    #expect(try await bucket.get("nothing", limit: 0)?.bytes == [])
  }

  @Test("an object that is there stays where only a new one was to be stored, and where another one was meant")
  func conditions() async throws {
    let bucket = try await bucket()
    let first = try await bucket.put("o", .bytes([1]), options: S3PutOptions(onlyIfAbsent: true))
    for options in [S3PutOptions(onlyIfAbsent: true), S3PutOptions(onlyIfEtag: "\"another\"")] {
      let error = await #expect(throws: PoseVaultError.self) {
        try await bucket.put("o", .bytes([2]), options: options)
      }
      #expect(error?.code == .preconditionFailed)
    }
    #expect(try await bucket.get("o", limit: 9)?.bytes == [1])
    _ = try await bucket.put("o", .bytes([3]), options: S3PutOptions(onlyIfEtag: first.etag))
    #expect(try await bucket.get("o", limit: 9)?.bytes == [3])
    await #expect(throws: PoseVaultError.self) { try await bucket.get("o", etag: first.etag, limit: 9) }
  }

  @Test("of many who store one key at once where it is free, one succeeds")
  func race() async throws {
    let bucket = try await bucket()
    let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
      for number in UInt8(1)...12 {
        group.addTask {
          do {
            _ = try await bucket.put("o", .bytes([number]), options: S3PutOptions(onlyIfAbsent: true))
            return number
          } catch let error as PoseVaultError where error.code == .preconditionFailed {
            return nil
          }
        }
      }
      return try await group.reduce(into: [UInt8]()) { winners, winner in
        if let winner { winners.append(winner) }
      }
    }
    #expect(winners.count == 1)
    #expect(try await bucket.get("o", limit: 9)?.bytes == winners)
  }

  @Test("a file goes in parts, several at once, and comes back in pieces that are never all in memory")
  func parts() async throws {
    let bucket = try await bucket()
    let bytes = Sample.bytes(23_000_001)
    try await Sample.withFile(bytes) { path in
      _ = try await bucket.upload(
        "large", file: path, length: bytes.count,
        options: S3PutOptions(contentType: "application/x-tar", metadata: ["run": "1"], onlyIfAbsent: true),
        upload: S3Upload(partLength: 5 * 1024 * 1024, lanes: 3))
    }
    let head = try #require(try await bucket.head("large"))
    #expect(head.length == bytes.count && head.contentType == "application/x-tar" && head.metadata["run"] == "1")
    let digest = Mutex(SHA256())
    let object = try await bucket.get("large", limit: bytes.count) { piece in
      digest.withLock { $0.update(bufferPointer: piece) }
    }
    #expect(object?.length == bytes.count)
    let found = digest.withLock { $0.finalize() }.map { String(format: "%02x", $0) }.joined()
    #expect(found == Self.sha256(bytes))
    #expect(try await bucket.unfinishedUploads(prefix: "") == [])
  }

  @Test("an upload that fails or is cancelled leaves no parts behind")
  func brokenUpload() async throws {
    let bucket = try await bucket()
    try await Sample.withFile(Sample.bytes(6_000_000)) { path in
      // the file is shorter than was said
      await #expect(throws: PoseVaultError.self) {
        try await bucket.upload(
          "o", file: path, length: 16_000_000, upload: S3Upload(partLength: 5 * 1024 * 1024, lanes: 1))
      }
      let task = Task {
        try await bucket.upload("o", file: path, length: 6_000_000, upload: S3Upload(partLength: 5 * 1024 * 1024))
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(try await bucket.head("o") == nil)
    #expect(try await bucket.unfinishedUploads(prefix: "") == [])
  }

  @Test("unfinished uploads under a prefix are found and removed, if they are old enough")
  func unfinished() async throws {
    let bucket = try await bucket()
    let server = try await SeaweedFSServer.shared()
    for key in ["ours/a", "ours/b", "others/c"] {
      try await server.curl(["-X", "POST"], "/\(bucket.location.bucket)/\(key)?uploads=")
    }
    #expect(Set(try await bucket.unfinishedUploads(prefix: "").map(\.key)) == ["ours/a", "ours/b", "others/c"])
    #expect(try await bucket.abortUploads(prefix: "ours/", before: 1_000_000_000) == 0)
    #expect(try await bucket.abortUploads(prefix: "ours/", before: 99_000_000_000) == 2)
    #expect(try await bucket.unfinishedUploads(prefix: "").map(\.key) == ["others/c"])
  }

  @Test("lists go over pages, by prefix, and go on behind a key")
  func lists() async throws {
    let bucket = try await bucket()
    let keys = (0..<1203).map { "p/" + String(format: "%05d", $0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, key) in (keys + ["other"]).enumerated() {
        if index >= 8 { try await group.next() }
        group.addTask { _ = try await bucket.put(key, .bytes([1])) }
      }
      try await group.waitForAll()
    }
    #expect(try await bucket.list(prefix: "p/", limit: 5000).map(\.key) == keys)
    #expect(try await bucket.list(prefix: "p/", limit: 3).map(\.key) == Array(keys[..<3]))
    #expect(
      try await bucket.list(prefix: "p/", after: "p/00099", limit: 1101).map(\.key) == Array(keys[100..<1201]))
    #expect(try await bucket.list(prefix: "q", limit: 10) == [])
  }

  @Test("a locked object can't be removed or unlocked, and its lock can be made longer")
  func objectLock() async throws {
    let bucket = try await bucket(objectLock: true)
    let until = Int64(Date().timeIntervalSince1970) + 86_400
    let written = try await bucket.put(
      "o", .bytes([1]), options: S3PutOptions(onlyIfAbsent: true, lock: S3Lock(.compliance, until: until)))
    let version = try #require(written.versionID)
    #expect(try await bucket.head("o")?.lock == S3Lock(.compliance, until: until))
    for bypasses in [false, true] {
      let error = await #expect(throws: PoseVaultError.self) {
        try await bucket.delete("o", versionID: version, bypassesGovernance: bypasses)
      }
      #expect((error?.cause as? S3Failure)?.code == "AccessDenied")
    }
    await #expect(throws: PoseVaultError.self) {
      try await bucket.lock("o", versionID: version, S3Lock(.compliance, until: until - 3600))
    }
    try await bucket.lock("o", versionID: version, S3Lock(.compliance, until: until + 3600))
    #expect(try await bucket.head("o")?.lock == S3Lock(.compliance, until: until + 3600))
    // a delete without the version hides it, and what was written stays
    try await bucket.delete("o")
    #expect(try await bucket.head("o") == nil)
    #expect(try await bucket.head("o", versionID: version)?.length == 1)
  }

  @Test("a governance lock yields to who may bypass it, and a legal hold to nobody before it is taken away")
  func hold() async throws {
    let bucket = try await bucket(objectLock: true)
    let until = Int64(Date().timeIntervalSince1970) + 86_400
    let governed = try await bucket.put(
      "g", .bytes([1]), options: S3PutOptions(lock: S3Lock(.governance, until: until)))
    await #expect(throws: PoseVaultError.self) { try await bucket.delete("g", versionID: governed.versionID) }
    try await bucket.delete("g", versionID: governed.versionID, bypassesGovernance: true)
    let held = try await bucket.put("h", .bytes([1]), options: S3PutOptions(hasLegalHold: true))
    #expect(try await bucket.head("h")?.hasLegalHold == true)
    await #expect(throws: PoseVaultError.self) {
      try await bucket.delete("h", versionID: held.versionID, bypassesGovernance: true)
    }
    try await bucket.setLegalHold("h", versionID: held.versionID, false)
    try await bucket.delete("h", versionID: held.versionID)
    #expect(try await bucket.head("h", versionID: held.versionID) == nil)
  }

  @Test("a wrong key, a bucket that is missing and a server that is gone are told apart, without the keys")
  func refusals() async throws {
    let wrong = try await bucket(secret: "geheim")
    let refused = await #expect(throws: PoseVaultError.self) { try await wrong.get("o", limit: 1) }
    #expect(refused?.code == .storageUnavailable && refused?.isLasting == true)
    #expect((refused?.cause as? S3Failure)?.code == "SignatureDoesNotMatch")
    let server = try await SeaweedFSServer.shared()
    func absent(port: Int) throws -> S3Bucket {
      S3Bucket(
        try S3Location(
          bucket: "not-there", region: "us-east-1", endpoint: "http://127.0.0.1:\(port)", isPathStyle: true),
        credentials: try Sample.credentials(), patience: S3Patience(attempts: 2, first: .milliseconds(1)),
        log: LogLines().logger())
    }
    let missing = try absent(port: server.port)
    for call: @Sendable () async throws -> Void in [
      { _ = try await missing.get("o", limit: 1) }, { _ = try await missing.head("o") },
      { _ = try await missing.list(prefix: "", limit: 1) }, { try await missing.ping() },
      { _ = try await missing.put("o", .bytes([1])) },
    ] {
      let error = await #expect(throws: PoseVaultError.self) { try await call() }
      #expect(error?.code == .storageUnavailable && error?.nothingWasWritten == true)
    }
    let gone = try absent(port: try FreePort.find())
    let unreachable = await #expect(throws: PoseVaultError.self) { try await gone.put("o", .bytes([1])) }
    #expect(unreachable?.code == .storageUnavailable && unreachable?.nothingWasWritten == true)
    #expect(unreachable?.isLasting == false)
    for error in [refused, unreachable] {
      let said = error.debugDescription
      #expect(
        !said.contains("geheim") && !said.contains(SeaweedFSServer.secret) && !said.contains("testkey"), "\(said)")
    }
  }
}
