import Glibc
import PoseCore

extension DataFolder {
  /// Takes the locks that go with `role`.
  func lock(_ role: EmbeddedStorage.Role) throws -> [ProcessLock] {
    let dataLock = path + "/data.lock"
    guard let data = try ProcessLock.take(dataLock, .shared) else {
      throw PoseVaultError(
        .storageUnavailable,
        "A restore (\(ProcessLock.holder(dataLock))) is replacing the data in \(path); try again when it has ended.")
    }
    guard try restoreState() == .none else { throw unfinishedRestore }
    guard role == .server else { return [data] }
    let serverLock = path + "/server.lock"
    guard let server = try ProcessLock.take(serverLock, .alone) else {
      throw PoseVaultError(
        .storageUnavailable,
        "Another PoseVault server (\(ProcessLock.holder(serverLock))) uses \(path); stop it, or set DATA_DIR.")
    }
    return [data, server]
  }

  private var unfinishedRestore: PoseVaultError {
    PoseVaultError(
      .restoring,
      "A restore into \(path) was broken off. Run it again to finish it, or give it up with `posevault backup restore "
        + "--discard`.")
  }

  /// Opens the database, one process at a time: SQLite's busy timeout does not cover the change of a new file to WAL,
  /// and two processes must not make the same tables.
  func openDatabase(busyTimeout: Double) throws -> SQLiteDatabase {
    let opening = try ProcessLock.take(path + "/open.lock", .alone, waits: true)
    defer { withExtendedLifetime(opening) {} }
    return try SQLiteDatabase(path: database, busyTimeout: busyTimeout)
  }

  /// Removes what puts left behind that were killed more than a day ago; younger files may still be written.
  func removeOldIncomingFiles() throws {
    let limit = Int64(time(nil)) - 86_400
    for name in try SystemCall.names(in: incoming) {
      let file = incoming + "/" + name
      if let modified = SystemCall.modified(file), modified < limit { SystemCall.remove(file) }
    }
  }
}
