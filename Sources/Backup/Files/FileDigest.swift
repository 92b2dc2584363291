import Crypto
import Glibc
import PoseCore

/// The length and the SHA-256 of a whole file.
struct FileDigest: Sendable, Hashable {
  /// In bytes.
  var size: Int
  /// 64 hexadecimal digits in lower case.
  var sha256: String

  /// Blocks.
  ///
  /// - Parameter path: for the error message.
  init(_ descriptor: Int32, _ path: String) throws {
    // the file must be read, not what the system remembers of it
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    var (digest, length) = (SHA256(), 0)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try FileFailure.check("read \(path)") { pread(descriptor, &buffer, buffer.count, off_t(length)) }
      if count == 0 { break }
      digest.update(data: buffer[..<count])
      length += count
    }
    (size, sha256) = (length, Hexadecimal.text(digest.finalize()))
  }
}
