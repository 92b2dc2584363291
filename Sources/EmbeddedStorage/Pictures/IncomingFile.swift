import Crypto
import Glibc
import NIOCore
import PoseCore

/// An incoming picture: a file with a temporary name, durable once finished.
///
/// All calls block. Unless it was moved into place and kept, `discard` removes it.
// Guarded by: its one user, a put, makes one call after another.
final class IncomingFile: @unchecked Sendable {
  private var path: String
  private var descriptor: Int32
  private var digest = SHA256()

  init(_ id: ImageID, in folder: String) throws {
    let path = "\(folder)/\(id)-\(String(UInt64.random(in: .min ... .max), radix: 16))"
    self.path = path
    descriptor = try SystemCall.check("store the picture") {
      SystemCall.open(path, O_WRONLY | O_CREAT | O_EXCL)
    }
  }

  deinit {
    closeDescriptor()
  }

  func append(_ piece: ByteBuffer) throws {
    try piece.withUnsafeReadableBytes { bytes in
      digest.update(bufferPointer: bytes)
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let written = try SystemCall.check("store the picture") { write(descriptor, part.baseAddress, part.count) }
        rest = rest.dropFirst(written)
      }
    }
  }

  /// Makes the bytes durable and returns their SHA-256 in hexadecimal digits.
  func finish() throws -> String {
    try SystemCall.check("store the picture") { fsync(descriptor) }
    closeDescriptor()
    return Hexadecimal.text(digest.finalize())
  }

  func move(to place: String) throws {
    try SystemCall.check("store the picture") { rename(path, place) }
    path = place
  }

  /// Removes the file, wherever it is by now.
  func discard() {
    closeDescriptor()
    SystemCall.remove(path)
  }

  private func closeDescriptor() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }
}
