import Crypto
import Foundation
import Glibc
import PoseCore

/// SHA-256 of the data being sent.
enum S3Digest {
  static let ofNothing = Array(SHA256.hash(data: Data()))

  static func of(_ bytes: [UInt8]) -> [UInt8] {
    var digest = SHA256()
    bytes.withUnsafeBytes { digest.update(bufferPointer: $0) }
    return Array(digest.finalize())
  }

  /// Of a part of a file. Blocks.
  static func of(file path: String, _ range: Range<Int>, unless stop: StopFlag) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor != -1 else { throw failure(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var digest = SHA256()
    var position = range.lowerBound
    var buffer = [UInt8](repeating: 0, count: 256 * 1024)
    while position < range.upperBound {
      try stop.check()
      let count = pread(descriptor, &buffer, min(buffer.count, range.upperBound - position), off_t(position))
      if count == -1, errno == EINTR { continue }
      guard count > 0 else { throw failure(count == 0 ? "it is too short" : String(cString: strerror(errno))) }
      buffer.withUnsafeBytes { digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      position += count
    }
    return Array(digest.finalize())
  }

  /// In the format of `x-amz-checksum-sha256`.
  static func base64(_ digest: [UInt8]) -> String { Data(digest).base64EncodedString() }

  private static func failure(_ why: String) -> PoseVaultError {
    PoseVaultError(.fileSystem, "A file to be sent can't be read: \(why).")
  }
}
