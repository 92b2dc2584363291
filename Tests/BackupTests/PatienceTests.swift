import EmbeddedStorage
import Foundation
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import Backup

@Suite("A store that does not answer for a while")
struct PatienceTests {
  private let patience = ReadPatience(
    limit: .seconds(60), firstPause: .milliseconds(1), longestPause: .milliseconds(2))

  @Test("is asked again, and the backup is proven: listings, pictures, their documents, rows")
  func comesBack() async throws {
    try await withFixture { fixture in
      for number in 0..<9 { try await fixture.add(number) }
      // each call fails at first, and every fifth one later
      let outage = Outage { $0 < 4 || $0.isMultiple(of: 5) }
      let backup = try await fixture.create(
        poses: FailingPoses(sound: fixture.storage.poses, outage: outage),
        images: FailingImages(sound: fixture.storage.images, outage: outage), patience: patience)
      #expect(backup.manifest.pictures == 9 && backup.manifest.rows.count == 9)
      #expect(backup.manifest.damaged == [] && backup.manifest.lost == [])
      #expect(outage.failures > 8)
    }
  }

  @Test("and then never again fails the backup, with its own code and error")
  func staysAway() async throws {
    try await withFixture { fixture in
      for number in 0..<9 { try await fixture.add(number) }
      let outage = Outage { $0 > 12 }
      let error = await #expect(throws: PoseVaultError.self) {
        try await fixture.create(
          images: FailingImages(sound: fixture.storage.images, outage: outage),
          patience: ReadPatience(limit: .milliseconds(20), firstPause: .milliseconds(1), longestPause: .milliseconds(2))
        )
      }
      #expect(error?.code == .storageUnavailable)
      #expect(error?.message.contains("The server is away.") == true && error?.message.contains("It was tried") == true)
      var (cause, depth) = (error?.cause as? PoseVaultError, 0)
      while let inner = cause?.cause as? PoseVaultError, depth < 5 { (cause, depth) = (inner, depth + 1) }
      #expect(cause?.message == "The server is away.")
      #expect(try fixture.names() == [])
    }
  }

  @Test("does not hold a run that is told to end")
  func cancelled() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = Task {
        _ = try await fixture.create(
          images: FailingImages(sound: fixture.storage.images, outage: Outage { _ in true }),
          patience: ReadPatience(limit: .seconds(600), firstPause: .seconds(500), longestPause: .seconds(500)))
      }
      try await Task.sleep(for: .milliseconds(100))
      run.cancel()
      await #expect(throws: CancellationError.self) { try await run.value }
    }
  }
}

/// Decides which calls fail, counted from 1.
private final class Outage: Sendable {
  private let fails: @Sendable (Int) -> Bool
  private let counts = Mutex((calls: 0, failures: 0))

  init(_ fails: @escaping @Sendable (Int) -> Bool) { self.fails = fails }

  var failures: Int { counts.withLock { $0.failures } }

  func check() throws {
    let isAway = counts.withLock { counts in
      counts.calls += 1
      let isAway = fails(counts.calls)
      if isAway { counts.failures += 1 }
      return isAway
    }
    if isAway { throw PoseVaultError(.storageUnavailable, "The server is away.") }
  }
}

private struct FailingImages: ArchivableImages {
  let sound: any ArchivableImages
  let outage: Outage

  func put(_ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata) async throws
    -> StoredImage
  { try await sound.put(id, bytes, length: length, uploadedAt: uploadedAt, metadata: metadata) }

  func find(_ id: ImageID) async throws -> StoredImage? {
    try outage.check()
    return try await sound.find(id)
  }

  /// Fails before, or in the middle.
  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    try outage.check()
    guard let stream = try await sound.read(id, range: range) else { return nil }
    let isCut = (try? outage.check()) == nil
    return AsyncThrowingStream<ByteBuffer, any Error> { continuation in
      Task {
        var isFirst = true
        for try await piece in stream {
          if isCut, !isFirst { break }
          continuation.yield(piece)
          isFirst = false
        }
        if isCut {
          continuation.finish(throwing: PoseVaultError(.storageUnavailable, "The server is away."))
        } else {
          continuation.finish()
        }
      }
    }
  }

  func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    try outage.check()
    return try await sound.list(after: after, limit: min(limit, 4))
  }

  func document(_ id: ImageID) async throws -> [UInt8]? {
    try outage.check()
    return try await sound.document(id)
  }

  func readDamaged(_ id: ImageID) async throws -> PictureRemains? {
    try outage.check()
    return try await sound.readDamaged(id)
  }

  func notIncluded() async throws -> [String] {
    try outage.check()
    return try await sound.notIncluded()
  }

  func delete(_ id: ImageID) async throws -> Bool { try await sound.delete(id) }
  func find(sha256: String, limit: Int) async throws -> [StoredImage]? {
    try await sound.find(sha256: sha256, limit: limit)
  }

  func ping() async throws { try await sound.ping() }
}

/// Its snapshots break.
private struct FailingPoses: ForwardingPoses {
  let sound: any ArchivablePoses
  let outage: Outage

  func withSnapshot<Value: Sendable>(
    _ body: @Sendable (any PoseSnapshot) async throws -> Value
  ) async throws -> Value {
    try outage.check()
    return try await sound.withSnapshot { try await body(FailingSnapshot(sound: $0, outage: outage)) }
  }

  func notIncluded() async throws -> [String] {
    try outage.check()
    return try await sound.notIncluded()
  }

  func datasetID() async throws -> String {
    try outage.check()
    return try await sound.datasetID()
  }
}

private struct FailingSnapshot: PoseSnapshot {
  let sound: any PoseSnapshot
  let outage: Outage

  func totals() async throws -> PoseTotals { try await sound.totals() }
  func nextID() async throws -> Int { try await sound.nextID() }

  func rows(after: Int?, limit: Int) async throws -> [PoseRecord] {
    try outage.check()
    return try await sound.rows(after: after, limit: limit)
  }
}
