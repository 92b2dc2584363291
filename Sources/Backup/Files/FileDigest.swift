import Crypto
import Glibc
import PoseCore

/// The length and the SHA-256 of a whole file.
struct FileDigest: Sendable, Hashable {
  /// In bytes.
  var size: Int
  /// 64 hexadecimal digits in lower case.
  var sha256: String

  /// Reads an open file from its start.
  ///
  /// - Parameter report: told how many bytes are read.
  static func of(
    _ file: some OpenFile, _ files: BlockingPool, report: @Sendable (Int) -> Void = { _ in }
  ) async throws -> FileDigest {
    // the file must be read, not what the system remembers of it
    posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED)
    var digest = SHA256()
    var length = 0
    while true {
      let (next, end) = try await files.run { [digest, length] in
        try read(file, from: length, into: digest)
      }
      try Task.checkCancellation()
      if end == length { return FileDigest(size: length, sha256: Hexadecimal.text(digest.finalize())) }
      digest = next
      length = end
      report(length)
    }
  }

  /// Reads a part that takes well under a second; where it ends.
  private static func read(
    _ file: some OpenFile, from start: Int, into digest: SHA256
  ) throws -> (SHA256, end: Int) {
    var digest = digest
    var position = start
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<64 {
      let count = try FileFailure.check("read \(file.path)") {
        pread(file.descriptor, &buffer, buffer.count, off_t(position))
      }
      if count == 0 { break }
      digest.update(data: buffer[..<count])
      position += count
    }
    return (digest, position)
  }
}

/// A file that is open for as long as the object lives.
protocol OpenFile: AnyObject, Sendable {
  var path: String { get }
  var descriptor: Int32 { get }
}
