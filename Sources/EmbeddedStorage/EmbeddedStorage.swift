import GRDB
import PoseCore
import Synchronization

/// Poses in SQLite and pictures in files, in one folder, used by one server and by commands alongside it.
public final class EmbeddedStorage: Sendable {
  /// The kind of process that opens the storage.
  public enum Role: Sendable {
    /// The single server that a folder may have.
    case server
    /// A command alongside the server.
    case command
  }

  public let poses: SQLitePoseRepository
  public let images: FileImageStore
  public let runs: SQLiteRunStore
  public let trash: SQLiteTrash
  public let erasures: SQLiteErasures
  public let imports: FileImportClaims
  public let uploads: SQLiteUploadKeys
  public let access: SQLiteAccessKeys
  public let audit: SQLiteAuditTrail
  private let database: SQLiteDatabase
  private let files: BlockingPool
  private let locks: Mutex<[ProcessLock]>

  /// Opens the storage in `directory`, creates what is missing, and upgrades the tables.
  ///
  /// Throws `storageUnavailable` with one clear line if another process uses it in a conflicting way, if the folder or
  /// the database can't be used, or if the database was made by a newer version of PoseVault.
  public static func open(_ directory: String, role: Role) async throws -> EmbeddedStorage {
    try await open(directory, role: role, busyTimeout: 5)
  }

  static func open(_ directory: String, role: Role, busyTimeout: Double) async throws -> EmbeddedStorage {
    let files = BlockingPool("picture files", threads: 4, maxWaiting: 1000, waitLimit: .seconds(10))
    do {
      return try await files.run {
        try EmbeddedStorage(in: DataFolder(path: directory), role: role, files: files, busyTimeout: busyTimeout)
      }
    } catch {
      try await files.shutDown()
      throw error
    }
  }

  private init(in folder: DataFolder, role: Role, files: BlockingPool, busyTimeout: Double) throws {
    try folder.createItself()
    locks = Mutex(try folder.lock(role))
    // only now: while a restore exchanges what lies here, nothing may be made in its place
    try folder.createImages()
    database = try folder.openDatabase(busyTimeout: busyTimeout)
    try folder.removeOldIncomingFiles()
    self.files = files
    poses = SQLitePoseRepository(database: database)
    images = FileImageStore(folder: folder, database: database, files: files)
    runs = SQLiteRunStore(database: database)
    trash = SQLiteTrash(database: database)
    erasures = SQLiteErasures(database: database)
    uploads = SQLiteUploadKeys(database: database)
    access = SQLiteAccessKeys(database: database)
    audit = SQLiteAuditTrail(database: database)
    imports = try FileImportClaims(folder, files)
  }

  /// What SQLite finds wrong in its file, at most ten findings; empty if it is intact. Reads the whole file.
  public func damage() async throws -> [String] {
    try await database.read { db in
      try String.fetchAll(db, sql: "PRAGMA quick_check(10)").filter { $0 != "ok" }
    }
  }

  /// Waits for the calls in progress, then releases files and locks; later calls throw `shuttingDown`.
  public func close() async throws {
    let held = locks.withLock { locks in
      defer { locks = [] }
      return locks
    }
    guard !held.isEmpty else { return }
    try await files.shutDown()
    try await database.close()
    withExtendedLifetime(held) {}
  }
}
