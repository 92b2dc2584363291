import Glibc

/// Opens folders that this program fills.
enum FolderDescent {
  /// Opens the folder `parts` below `folder`; both are created if they are missing. Follows no link below `folder`,
  /// since it could lead anywhere. Blocks.
  ///
  /// Returns a descriptor that the caller closes; throws ``SystemFailure``.
  static func open(_ parts: some Sequence<[UInt8]>, below folder: FilePath) throws -> Int32 {
    try make(folder)
    var descriptor = try SystemFailure.check(
      folder.withCString { Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    for part in parts {
      let parent = descriptor
      defer { close(parent) }
      let name = FilePath(bytes: part)
      if name.withCString({ mkdirat(parent, $0, 0o777) }) != 0, errno != EEXIST { throw SystemFailure(errno) }
      descriptor = try SystemFailure.check(
        name.withCString { openat(parent, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) })
    }
    return descriptor
  }

  /// What the user named may be created, and may be a link.
  private static func make(_ folder: FilePath) throws {
    var path = FilePath(bytes: folder.isAbsolute ? [FilePath.slash] : Array(".".utf8))
    for part in folder.parts {
      path = path.child(part)
      if path.withCString({ mkdir($0, 0o777) }) != 0, errno != EEXIST { throw SystemFailure(errno) }
    }
  }
}

/// The system's error.
struct SystemFailure: Error, CustomStringConvertible {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  /// Returns a call's result unless it is negative.
  @discardableResult
  static func check(_ result: Int32) throws -> Int32 {
    guard result >= 0 else { throw SystemFailure(errno) }
    return result
  }

  /// For use within a sentence.
  var reason: String {
    number == ELOOP || number == ENOTDIR
      ? "a folder in its path is a link or a file" : String(cString: strerror(number)).lowercased()
  }

  var description: String { reason }
}
