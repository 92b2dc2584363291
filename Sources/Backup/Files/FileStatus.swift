// compiled together with libarchive's header, the system's stat comes with that
import CLibArchive
import Glibc

/// The system's information about a file. Blocks.
struct FileStatus {
  /// Whether it is a regular file, not a folder, link, pipe or device.
  let isFile: Bool
  /// In bytes.
  let size: Int
  /// The number of its hard links.
  let links: Int
  let identity: Identity

  /// Which file it is, whatever path leads there.
  struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  /// nil, with `errno` set, if it can't be determined.
  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Links are not followed. nil if there is none with that name.
  init?(at path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// The number of the disk that `path` is on; links are followed. nil if it can't be determined.
  static func disk(of path: String) -> UInt64? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_dev) : nil
  }

  private init(_ status: stat) {
    isFile = status.st_mode & S_IFMT == S_IFREG
    size = Int(status.st_size)
    links = Int(status.st_nlink)
    identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
