import Glibc
import GRDB
public import PoseCore

/// The data folder while a restore has exclusive use of it: no server and no other command can open it.
public final class EmbeddedRestore: Sendable {
  private let folder: DataFolder
  private let files: BlockingPool
  private let lock: ProcessLock

  /// Throws `storageUnavailable` while another process uses the folder.
  public static func begin(_ directory: String) async throws -> EmbeddedRestore {
    let files = BlockingPool("data folder", threads: 1, maxWaiting: 10, waitLimit: .seconds(600))
    do {
      return try await files.run { try EmbeddedRestore(DataFolder(path: directory), files) }
    } catch {
      try? await files.shutDown()
      throw error
    }
  }

  private init(_ folder: DataFolder, _ files: BlockingPool) throws {
    try folder.createItself()
    guard let lock = try ProcessLock.take(folder.path + "/data.lock", .alone) else { throw try Self.inUse(folder) }
    try folder.removeDiscarded()
    self.folder = folder
    self.files = files
    self.lock = lock
  }

  private static func inUse(_ folder: DataFolder) throws -> PoseVaultError {
    let serverLock = folder.path + "/server.lock"
    let isServer = try ProcessLock.take(serverLock, .shared) == nil
    let user = isServer ? "The PoseVault server (\(ProcessLock.holder(serverLock)))" : "Another posevault command"
    return PoseVaultError(
      .storageUnavailable, "\(user) uses \(folder.path), which must not be in use during a restore: stop it first.")
  }

  /// Whether the storage in place has neither poses nor pictures.
  public func isEmpty() async throws -> Bool {
    try await files.run { [folder] in try folder.holdsNothing() }
  }

  /// Whether the storage in place requires a key, or may do so because its database can't be read.
  public func isAccessClosed() async throws -> Bool {
    try await files.run { [folder] in folder.isAccessClosed() }
  }

  /// What the ledger of the storage in place says was erased; empty where it has none. Throws `storageUnavailable` where
  /// it can't be read.
  public func erasures() async throws -> [Erasure] {
    try await files.run { [folder] in try folder.erasures() }
  }

  /// The archive whose exchange an earlier restore has begun; nil when there is none.
  public func pendingArchive() async throws -> String? {
    try await files.run { [folder] in
      guard case .exchanging(let archive) = try folder.restoreState() else { return nil }
      return archive
    }
  }

  /// Whether a restore was interrupted before its exchange.
  public func isBuilding() async throws -> Bool {
    try await files.run { [folder] in try folder.restoreState() == .building }
  }

  /// Opens the storage that is being built next to the one in place; what an earlier restore built is still there.
  public func openBuilding() async throws -> EmbeddedStorage {
    try await files.run { [folder] in try folder.checkExchange() }
    return try await EmbeddedStorage.open(folder.building, role: .command)
  }

  /// Moves what was built, and has been closed by now, into the place of the old storage.
  ///
  /// - Parameters:
  ///   - archive: identifies the archive, letters and digits.
  ///   - time: names the folder that keeps the old storage.
  /// - Returns: the path of that folder; nil if there was no old storage.
  public func exchange(archive: String, keepingAs time: String) async throws -> String? {
    try await files.run { [folder] in
      if try folder.restoreState() == .building { try folder.commit(archive: archive) }
      return try folder.exchange(archive: archive, keepingAs: time)
    }
  }

  /// Removes what was built; the storage in place is left as it is.
  public func discard() async throws {
    try await files.run { [folder] in try folder.discardBuilding() }
  }

  public func close() async throws {
    try await files.shutDown()
    withExtendedLifetime(lock) {}
  }
}

extension DataFolder {
  /// Reads the database as it is, of whatever version; nothing is created or changed.
  fileprivate func holdsNothing() throws -> Bool {
    guard SystemCall.exists(database) else { return true }
    var configuration = Configuration()
    configuration.readonly = true
    do {
      return try DatabaseQueue(path: database, configuration: configuration).read { db in
        for table in ["poses", "images"] where try db.tableExists(table) {
          if try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM \(table))") ?? false { return false }
        }
        return true
      }
    } catch {
      throw SQLiteDatabase.failure(error)
    }
  }

  fileprivate func erasures() throws -> [Erasure] {
    guard SystemCall.exists(database) else { return [] }
    var configuration = Configuration()
    configuration.readonly = true
    do {
      return try DatabaseQueue(path: database, configuration: configuration).read { db in
        guard try db.tableExists("posevault_erased") else { return [] }
        return try SQLiteErasures.erasures(after: nil, limit: .max, isPending: false, in: db)
      }
    } catch {
      throw SQLiteDatabase.failure(error)
    }
  }

  fileprivate func isAccessClosed() -> Bool {
    guard SystemCall.exists(database) else { return false }
    var configuration = Configuration()
    configuration.readonly = true
    do {
      return try DatabaseQueue(path: database, configuration: configuration).read { db in
        guard try db.tableExists("posevault_meta") else { return false }
        return try Bool.fetchOne(
          db, sql: "SELECT EXISTS (SELECT 1 FROM posevault_meta WHERE name = 'access_closed')") ?? true
      }
    } catch {
      return true
    }
  }

  /// Parts on another disk can't be exchanged, which is better known before the work than after it.
  fileprivate func checkExchange() throws {
    var here = stat()
    var there = stat()
    guard lstat(path, &here) == 0, lstat(images, &there) == 0, here.st_dev != there.st_dev else { return }
    throw PoseVaultError(
      .storageUnavailable,
      "\(images) is on another disk than \(path), so a restore can't replace it. Set DATA_DIR to a new folder."
    )
  }
}
