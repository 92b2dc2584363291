import Glibc
import PoseCore

/// The system's identity of a file.
struct FileIdentity: Sendable, Equatable {
  let device: UInt64
  let number: UInt64
}

/// Operating system calls on files, checked in one place.
///
/// All of them block; run them on a `BlockingPool`.
enum SystemCall {
  /// Repeats `call` while signals interrupt it.
  ///
  /// If it returns -1, throws `storageUnavailable` saying that `what` failed ("store the picture").
  @discardableResult
  static func check<Result: SignedInteger>(_ what: @autoclosure () -> String, _ call: () -> Result) throws -> Result {
    while true {
      let result = call()
      if result != -1 { return result }
      if errno != EINTR { throw failure(what(), errno) }
    }
  }

  /// Opens `path`, never to be inherited by a child process.
  static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) -> Int32 {
    Glibc.open(path, flags | O_CLOEXEC, mode)
  }

  /// Makes the folder's entries durable.
  static func synchronize(folder path: String) throws {
    let descriptor = try check("open a data folder") { open(path, O_RDONLY | O_DIRECTORY) }
    defer { close(descriptor) }
    try check("store a data folder") { fsync(descriptor) }
  }

  /// Creates the folder, accessible only to its owner, and missing ones above it; all but the folder itself durably.
  static func makeFolder(_ path: String) throws {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    let parent = parent(of: path)
    if errno == ENOENT, parent != path {
      try makeFolder(parent)
      try synchronize(folder: self.parent(of: parent))
      if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    }
    throw failure("create the folder \(path)", errno)
  }

  /// Creates the folder, accessible only to its owner; the name must not exist yet.
  static func makeNewFolder(_ path: String) throws {
    try check("create the folder \(path)") { mkdir(path, 0o700) }
  }

  /// Removes the folder and the files in it.
  static func removeFolder(_ path: String) {
    for name in (try? names(in: path)) ?? [] { remove(path + "/" + name) }
    rmdir(path)
  }

  /// Removes the folder and everything in it.
  static func removeTree(_ path: String) {
    for name in (try? names(in: path)) ?? [] {
      let inside = path + "/" + name
      // a link is removed, and not what it leads to
      if isFolder(inside) { removeTree(inside) } else { remove(inside) }
    }
    rmdir(path)
  }

  /// Whether anything with that name exists.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// If `place` is an existing file, it is replaced.
  static func move(_ path: String, to place: String) throws {
    try check("move \(path) to \(place)") { rename(path, place) }
  }

  static func parent(of path: String) -> String {
    // by scalars: beside a combining mark, a slash is no character of its own
    let parts = path.unicodeScalars.split(separator: "/").map { String($0) }
    let parent = parts.dropLast().joined(separator: "/")
    if path.unicodeScalars.first == "/" { return "/" + parent }
    return parent.isEmpty ? "." : parent
  }

  /// The names in a folder, without `.` and `..`, in no order.
  static func names(in path: String) throws -> [String] {
    guard let folder = opendir(path) else { throw failure("list a data folder", errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        EscapedText.text(bytes.prefix { $0 != 0 })
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Whether a picture's file exists. Throws `storageUnavailable` if that can't be determined.
  static func hasPicture(_ path: String) throws -> Bool {
    var status = stat()
    if lstat(path, &status) == 0 { return true }
    let number = errno
    // one that is named but can't be looked at is damaged
    if isDamage(number) { return true }
    guard number == ENOENT else { throw failure("look for the picture", number) }
    return false
  }

  /// Distinguishes a file from any other, whatever its name; nil if there is none with that name.
  static func identity(_ path: String) -> FileIdentity? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
  }

  /// Whether `error` concerns one file, while the disk delivers others: its content is damaged.
  static func isDamage(_ error: Int32) -> Bool {
    [EIO, EUCLEAN, EBADMSG, ENODATA, EOVERFLOW].contains(error)
  }

  /// When the file was last written, in seconds since 1970; nil if it doesn't exist.
  static func modified(_ path: String) -> Int64? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return Int64(status.st_mtim.tv_sec)
  }

  /// In bytes; nil if there is no such file.
  static func size(_ path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : nil
  }

  /// Creates an empty file, accessible only to its owner, unless there is one.
  static func createFile(_ path: String) throws {
    close(try check("open \(path)") { open(path, O_RDWR | O_CREAT) })
  }

  /// Removes the file if it exists.
  static func remove(_ path: String) {
    unlink(path)
  }

  static func checkWritable(folder path: String) throws {
    try check("write to the data folder") { access(path, W_OK | X_OK) }
  }

  static func failure(_ what: String, _ number: Int32) -> PoseVaultError {
    let reason =
      switch number {
      case ENOSPC: "the disk is full"
      case EDQUOT: "the disk quota is used up"
      default: String(cString: strerror(number)).lowercased()
      }
    return PoseVaultError(.storageUnavailable, "Could not \(what): \(reason).")
  }
}
