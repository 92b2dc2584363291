import Crypto
import NIOCore

extension SHA256 {
  /// Takes in a whole picture; others on this thread get their turn meanwhile. Heeds cancellation.
  mutating func update(picture: ByteBuffer) async throws {
    var rest = picture
    while let piece = rest.readSlice(length: min(rest.readableBytes, 1 << 20)), piece.readableBytes > 0 {
      piece.withUnsafeReadableBytes { update(bufferPointer: $0) }
      await Task.yield()
      try Task.checkCancellation()
    }
  }
}
