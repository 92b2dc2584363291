import Glibc
public import PoseCore

/// The pair's number lies beside the pictures, not in the database: an older copy of that does not know it.
extension FileImageStore: PairableImages {
  public func pair() async throws -> String? {
    try await files.run { [folder] in try Self.pair(folder) }
  }

  public func replacePair(_ old: String?, with new: String) async throws -> Bool {
    // the lock of a write keeps other processes out
    try await database.write { [folder] _ in
      guard try Self.pair(folder) == old else { return false }
      let next = folder.incoming + "/pair"
      SystemCall.remove(next)
      let descriptor = try SystemCall.check("store the pair") {
        SystemCall.open(next, O_WRONLY | O_CREAT | O_EXCL)
      }
      defer { close(descriptor) }
      let text = Array(new.utf8)
      let written = try SystemCall.check("store the pair") { Glibc.write(descriptor, text, text.count) }
      guard written == text.count else { throw SystemCall.failure("store the pair", ENOSPC) }
      try SystemCall.check("store the pair") { fsync(descriptor) }
      try SystemCall.move(next, to: folder.pair)
      try SystemCall.synchronize(folder: folder.images)
      return true
    }
  }

  private static func pair(_ folder: DataFolder) throws -> String? {
    let descriptor = SystemCall.open(folder.pair, O_RDONLY | O_NOFOLLOW)
    if descriptor == -1, errno == ENOENT { return nil }
    try SystemCall.check("read the pair") { descriptor }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1000)
    let count = try SystemCall.check("read the pair") { Glibc.read(descriptor, &bytes, bytes.count) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
