import Foundation
import Logging
import PoseCore
import S3
import S3Storage
import StorageContract
import TestServers

/// A bucket of its own, on the server that all tests share, or on one given.
actor S3Fixture: ImageStoreFixture {
  nonisolated let server: SeaweedFSServer
  nonisolated let bucket: String
  private var storage: S3Storage?
  private var isBroken = false

  private init(_ server: SeaweedFSServer) async throws {
    self.server = server
    bucket = try await server.makeBucket()
  }

  static func with(_ server: SeaweedFSServer? = nil, _ body: (S3Fixture) async throws -> Void) async throws {
    let used = if let server { server } else { try await SeaweedFSServer.shared() }
    let fixture = try await S3Fixture(used)
    do {
      try await body(fixture)
    } catch {
      try await fixture.tearDown()
      throw error
    }
    try await fixture.tearDown()
  }

  private func tearDown() async throws {
    try await storage?.close()
    if isBroken { try await server.restart() }
  }

  nonisolated func location() throws -> S3Location {
    try S3Location(bucket: bucket, region: SeaweedFSServer.region, endpoint: server.endpoint, isPathStyle: true)
  }

  nonisolated func credentials() throws -> S3Credentials {
    try S3Credentials(accessKeyID: SeaweedFSServer.accessKeyID, secret: SeaweedFSServer.secret)
  }

  func open() async throws -> S3ImageStore {
    try await storage?.close()
    let opened = try S3Storage(
      try location(), credentials: try credentials(), prefix: "pose/vault",
      patience: S3Patience(attempts: 2, first: .milliseconds(10)), log: Logger(label: "test"))
    storage = opened
    return opened.images
  }

  func openImages() async throws -> any ArchivableImages { try await open() }

  /// Objects that are no pictures, and parts of none.
  func leftovers() async throws -> [String] {
    let all = S3Bucket(try location(), credentials: try credentials(), log: Logger(label: "test"))
    let others = try await all.list(prefix: "", limit: 10_000).map(\.key)
      .filter { ImageID($0.dropFirst("pose/vault/images/".count)) == nil }
    let parts = try await all.unfinishedUploads(prefix: "").map { "\($0)" }
    try await all.shutDown()
    return others + parts
  }

  /// Pieces are asked for one by one: a reader holds nothing.
  func openReaders() async throws -> Int { 0 }

  func breakDown() async throws {
    isBroken = true
    try await server.kill9()
  }
}
