import Glibc
public import PoseCore

/// Claims as locks on bytes of one file, `import.lock`: each name has its own byte, far beyond the end of the file.
public final class FileImportClaims: ImportClaims {
  private let path: String
  private let descriptor: Int32
  private let files: BlockingPool

  init(_ folder: DataFolder, _ files: BlockingPool) throws {
    let path = folder.path + "/import.lock"
    self.path = path
    self.files = files
    descriptor = try SystemCall.check("open \(path)") { SystemCall.open(path, O_RDWR | O_CREAT) }
  }

  deinit {
    close(descriptor)
  }

  public func claim(_ name: String) async throws -> Bool {
    try await files.run { [self] in
      switch set(F_WRLCK, name) {
      case 0: true
      case EAGAIN, EACCES: false
      case let error: throw SystemCall.failure("lock \(path)", error)
      }
    }
  }

  public func release(_ name: String) async {
    // in a task of its own: a cancelled import must let go, too
    await Task { [self] in _ = try? await files.run { [self] in set(F_UNLCK, name) } }.value
  }

  /// 0, or the system's error number.
  private func set(_ kind: Int32, _ name: String) -> Int32 {
    var lock = flock()
    lock.l_type = Int16(kind)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = Self.place(name)
    lock.l_len = 1
    // belongs to this descriptor, and so to this storage, not to the process
    while fcntl(descriptor, Self.setOpenFileLock, &lock) != 0 {
      if errno != EINTR { return errno }
    }
    return 0
  }

  /// FNV-1a, without the sign. Two names with the same place wait for each other, but nothing else happens.
  private static func place(_ name: String) -> off_t {
    let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return off_t(hash >> 2)
  }

  /// F_OFD_SETLK, which is missing in Swift's Glibc module.
  private static let setOpenFileLock: Int32 = 37
}
