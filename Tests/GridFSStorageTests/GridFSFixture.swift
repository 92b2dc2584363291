import Foundation
import GridFSStorage
import NIOCore
import PoseCore
import StorageContract
import TestServers

/// A bucket in a database of its own, on the server that all tests share, or on one given.
actor GridFSFixture: ImageStoreFixture {
  nonisolated let server: MongoDBServer
  nonisolated let database: String
  private(set) var storage: GridFSStorage?
  private var isBroken = false

  private init(_ server: MongoDBServer) {
    self.server = server
    database = server.makeDatabase()
  }

  /// Runs `body` with a fixture whose database is removed afterwards.
  static func with(_ server: MongoDBServer? = nil, _ body: (GridFSFixture) async throws -> Void) async throws {
    let used = if let server { server } else { try await MongoDBServer.shared() }
    let fixture = GridFSFixture(used)
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
    _ = try? run(#"{"dropDatabase": 1}"#)
  }

  nonisolated var uri: String { server.uri(database: database) }

  nonisolated var probe: MongoProbe { MongoProbe(uri: server.uri()) }

  func open(_ uri: String? = nil) async throws -> GridFSStorage {
    try await storage?.close()
    let opened = try await GridFSStorage.open(GridFSConfiguration(uri: uri ?? self.uri))
    storage = opened
    return opened
  }

  func openImages() async throws -> any ArchivableImages { try await open().images }

  /// Runs a command in the fixture's database.
  @discardableResult
  nonisolated func run(_ command: String) throws -> [String: any Sendable] {
    try probe.run(command, database: database)
  }

  /// Chunks without a document in `images.files`.
  func leftovers() async throws -> [String] {
    let pipeline = """
      [{"$lookup": {"from": "images.files", "localField": "files_id", "foreignField": "_id", "as": "file"}},
       {"$match": {"file": []}}, {"$project": {"files_id": 1, "n": 1}}]
      """
    return try probe.aggregate(pipeline, "images.chunks", database: database).map { "\($0)" }
  }

  /// Cursors that the server keeps for this database.
  func openReaders() async throws -> Int {
    let pipeline = """
      [{"$currentOp": {"idleCursors": true, "allUsers": true}},
       {"$match": {"type": "idleCursor", "ns": {"$regex": "^\(database)[.]"}}}]
      """
    return try probe.aggregate(pipeline, "", database: "admin").count
  }

  /// Kills the server until the fixture ends, so it must not be the one that all tests share.
  func breakDown() async throws {
    isBroken = true
    try await server.kill9()
  }

  /// Stores `bytes` under a new id in the storage that is open.
  func put(_ bytes: [UInt8], _ metadata: ImageMetadata = .init()) async throws -> ImageID {
    let id = ImageID.generate(at: 1_765_362_600)
    try await storage?.images.put(
      id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1_765_362_600, metadata: metadata)
    return id
  }

  func bytes(_ id: ImageID, _ range: Range<Int>? = nil) async throws -> [UInt8]? {
    guard let stream = try await storage?.images.read(id, range: range) else { return nil }
    var bytes: [UInt8] = []
    for try await piece in stream { bytes += piece.readableBytesView }
    return bytes
  }
}

/// Bytes that differ from one another, and from those of another seed.
func sample(_ count: Int, seed: Int = 1) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 7919 &+ seed &* 131) >> 5) }
}
