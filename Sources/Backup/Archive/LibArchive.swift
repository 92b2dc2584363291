import CLibArchive
import Glibc
import PoseCore

/// libarchive's errors, in one place.
enum LibArchive {
  /// Whether `error` is the operating system's (a disk that is full or failing), not the archive's.
  static func isSystem(_ error: Int32) -> Bool {
    [EIO, ENOSPC, EDQUOT, ENOMEM, EACCES, EPERM, EBADF, EFBIG, EROFS, ESTALE].contains(error)
  }

  static func message(_ archive: OpaquePointer) -> String {
    archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
  }

  /// Throws `fileSystem` unless `result` is that of a successful call.
  static func check(_ result: Int32, _ archive: OpaquePointer, _ what: @autoclosure () -> String) throws {
    guard result != ARCHIVE_OK else { return }
    let error = archive_errno(archive)
    if isSystem(error) { throw FileFailure.error(what(), error) }
    throw PoseVaultError(.fileSystem, "Could not \(what()): \(message(archive)).")
  }
}
