import Foundation
import TestServers
import Testing

/// A file system of a few hundred megabytes in memory, which can be filled up.
struct SmallDisk: Sendable {
  let path: String

  /// Whether this machine lets us have one; in a container without the right to mount it doesn't, and `body` does not run.
  static func with(megabytes: Int, _ body: (SmallDisk) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      do {
        try await Command.run(["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0700", "tmpfs", folder])
      } catch {
        return try Missing.leaveOut("no disk could be mounted: \(error)")
      }
      let result: (any Error)?
      do {
        try await body(SmallDisk(path: folder))
        result = nil
      } catch {
        result = error
      }
      // a database server may still be ending
      try await Command.run(["umount", "--lazy", folder])
      if let result { throw result }
    }
  }

  /// Leaves `bytes` free.
  func fill(leaving bytes: Int) throws {
    let attributes = try FileManager.default.attributesOfFileSystem(forPath: path)
    let free = try #require((attributes[.systemFreeSize] as? NSNumber)?.intValue)
    try Data().write(to: URL(filePath: filler))
    let file = try FileHandle(forWritingTo: URL(filePath: filler))
    let piece = Data(count: 1 << 20)
    for start in stride(from: 0, to: free - bytes, by: piece.count) {
      // in memory, so the last piece alone may not fit
      do { try file.write(contentsOf: piece.prefix(free - bytes - start)) } catch { break }
    }
    try file.close()
  }

  func free() throws {
    try FileManager.default.removeItem(atPath: filler)
  }

  private var filler: String { path + "/filler" }
}
