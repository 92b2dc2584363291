import Foundation
import GRDB
import PoseCore
import StorageContract

@testable import EmbeddedStorage

/// An embedded storage in a temporary folder of its own.
actor EmbeddedFixture: PoseRepositoryFixture, ImageStoreFixture, RunStoreFixture, UploadKeysFixture, AccessKeysFixture,
  TrashFixture,
  AuditTrailFixture
{
  nonisolated let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
  private(set) var storage: EmbeddedStorage?
  private var beside: [EmbeddedStorage] = []
  private var intruder: DatabaseQueue?

  nonisolated var database: String { folder + "/posevault.sqlite" }

  func open(busyTimeout: Double = 0.1) async throws -> EmbeddedStorage {
    try await storage?.close()
    let opened = try await EmbeddedStorage.open(folder, role: .server, busyTimeout: busyTimeout)
    storage = opened
    return opened
  }

  func openPoses() async throws -> any ArchivablePoses { try await open().poses }

  func openUploads() async throws -> (keys: any UploadKeys, poses: any ArchivablePoses) {
    let opened = try await open(busyTimeout: 1)
    return (opened.uploads, opened.poses)
  }

  func openTrash() async throws -> OpenTrash {
    let opened = try await open(busyTimeout: 1)
    return OpenTrash(
      trash: opened.trash, erasures: opened.erasures, poses: opened.poses, uploads: opened.uploads)
  }

  func openImages() async throws -> any ArchivableImages { try await open().images }

  func openRuns() async throws -> any RunStore { try await open(busyTimeout: 1).runs }

  func openRunsBeside() async throws -> any RunStore {
    let opened = try await EmbeddedStorage.open(folder, role: .command)
    beside.append(opened)
    return opened.runs
  }

  func openAccess() async throws -> any AccessKeys { try await open(busyTimeout: 1).access }

  func openAccessBeside() async throws -> any AccessKeys {
    let opened = try await EmbeddedStorage.open(folder, role: .command)
    beside.append(opened)
    return opened.access
  }

  func openAudit() async throws -> any AuditTrail { try await open(busyTimeout: 1).audit }

  func openAudited() async throws -> (
    audit: any AuditTrail, poses: any ArchivablePoses, access: any AccessKeys, uploads: any UploadKeys,
    runs: any RunStore
  ) {
    let opened = try await open(busyTimeout: 1)
    return (opened.audit, opened.poses, opened.access, opened.uploads, opened.runs)
  }

  func openAuditBeside() async throws -> any AuditTrail {
    let opened = try await EmbeddedStorage.open(folder, role: .command)
    beside.append(opened)
    return opened.audit
  }

  func insertRow(imageID: String, keypoints: String, createdAt: Int64?, updatedAt: Int64?) async throws -> Int {
    try await DatabaseQueue(path: database).write { db in
      try db.execute(
        sql: "INSERT INTO poses (image_id, keypoints, created_at, updated_at) VALUES (?, ?, ?, ?)",
        arguments: [imageID, keypoints, createdAt, updatedAt])
      return Int(db.lastInsertedRowID)
    }
  }

  func execute(_ sql: String) async throws {
    try await DatabaseQueue(path: database).write { db in try db.execute(sql: sql) }
  }

  /// Files below `images` that no row names.
  func leftovers() async throws -> [String] {
    let rows = try await DatabaseQueue(path: database).read { db in
      try String.fetchSet(db, sql: "SELECT id FROM images")
    }
    let files = FileManager.default.enumerator(atPath: folder + "/images")?.compactMap { $0 as? String } ?? []
    return files.filter { file in
      let name = file.split(separator: "/").last ?? ""
      return file.contains("/") && !rows.contains(String(name.prefix(24)))
    }
  }

  /// Descriptors of this process on picture files of this folder.
  func openReaders() async throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { descriptor in
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + descriptor)
      return target?.hasPrefix(folder + "/images/") ?? false
    }.count
  }

  /// The disk loses the database, and another process keeps its write lock.
  func breakDown() async throws {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let intruder = try DatabaseQueue(path: database, configuration: configuration)
    try await intruder.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
    self.intruder = intruder
    for file in [database, database + "-wal"] {
      try FileHandle(forWritingTo: URL(filePath: file)).truncate(atOffset: 0)
    }
  }

  /// Closes what is open and removes the folder.
  func tearDown() async {
    try? intruder?.close()
    for storage in beside { try? await storage.close() }
    try? await storage?.close()
    try? FileManager.default.removeItem(atPath: folder)
  }
}

/// Runs `body` with a fixture that is removed afterwards.
func withFixture(_ body: (EmbeddedFixture) async throws -> Void) async throws {
  let fixture = EmbeddedFixture()
  do {
    try await body(fixture)
  } catch {
    await fixture.tearDown()
    throw error
  }
  await fixture.tearDown()
}
