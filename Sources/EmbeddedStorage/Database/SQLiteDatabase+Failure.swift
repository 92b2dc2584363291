import GRDB
import PoseCore

extension SQLiteDatabase {
  /// What SQLite said, as the one error shape; other errors as they are.
  static func failure(_ error: any Error) -> any Error {
    switch error {
    // a connection that is opened anew reads the tables' names from the file, where one that was open knew them
    case let error as DatabaseError where error.message?.hasPrefix("no such table") == true:
      return PoseVaultError(.storageUnavailable, "The database file is damaged: it has lost a table.", cause: error)
    case let error as DatabaseError:
      let (code, message) = describe(error.extendedResultCode)
      return PoseVaultError(code, message, cause: error, nothingWasWritten: isCertainlyUnwritten(error.resultCode))
    case is RowDecodingError:
      return PoseVaultError(.internal, "A database row holds a value of an unexpected type.", cause: error)
    default:
      return error
    }
  }

  /// The transaction was rolled back, or never begun. A disk that fails leaves open what of a commit it has.
  private static func isCertainlyUnwritten(_ code: ResultCode) -> Bool {
    switch code {
    case .SQLITE_FULL, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_CANTOPEN,
      .SQLITE_NOMEM, .SQLITE_CONSTRAINT, .SQLITE_TOOBIG:
      true
    default: false
    }
  }

  private static func describe(_ code: ResultCode) -> (PoseVaultError.Code, String) {
    switch code {
    // the second: no room for the file beside a write-ahead log
    case .SQLITE_FULL, .SQLITE_IOERR_SHMSIZE:
      (.storageUnavailable, "The database can't be written: the disk is full.")
    case .SQLITE_IOERR: (.storageUnavailable, "The database can't be read or written: the disk reports an error.")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: (.storageUnavailable, "The database file is damaged.")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      (.storageUnavailable, "The database is busy: another process has been writing to it for too long.")
    case .SQLITE_CANTOPEN: (.storageUnavailable, "The database file can't be opened.")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      (.storageUnavailable, "The database file may not be written.")
    case .SQLITE_NOMEM: (.storageUnavailable, "The database has run out of memory.")
    default: (.internal, "The database refused a statement.")
    }
  }
}
