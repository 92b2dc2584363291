import Glibc
import NIOCore
import PoseCore

/// A picture's file, opened for reading; it is closed when the last reader has gone.
final class StoredFile: Sendable {
  private let descriptor: Int32

  /// nil when there is no such file. Blocks.
  init?(_ path: String) throws {
    descriptor = SystemCall.open(path, O_RDONLY)
    if descriptor == -1 {
      guard errno == ENOENT else { throw SystemCall.failure("read the picture", errno) }
      return nil
    }
  }

  deinit {
    close(descriptor)
  }

  /// How many bytes the file has. Blocks.
  func length() throws -> Int {
    var status = stat()
    try SystemCall.check("read the picture") { fstat(descriptor, &status) }
    return Int(status.st_size)
  }

  /// The bytes of `range`, which lies inside the file. Blocks.
  func read(_ range: Range<Int>) throws -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: range.count)
    while buffer.readableBytes < range.count {
      let offset = range.lowerBound + buffer.readableBytes
      let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: range.upperBound - offset) { bytes in
        try SystemCall.check("read the picture") {
          pread(descriptor, bytes.baseAddress, range.upperBound - offset, off_t(offset))
        }
      }
      guard count > 0 else {
        throw PoseVaultError(.storageUnavailable, "Could not read the picture: its file has been cut short.")
      }
    }
    return buffer
  }
}

/// The bytes of a range of a picture's file, each piece read when it is asked for.
struct FileBytes: AsyncSequence, Sendable {
  let file: StoredFile
  let range: Range<Int>
  let files: BlockingPool

  private static let pieceLength = 256 * 1024

  func makeAsyncIterator() -> Iterator {
    Iterator(file: file, rest: range, files: files)
  }

  struct Iterator: AsyncIteratorProtocol {
    let file: StoredFile
    var rest: Range<Int>
    let files: BlockingPool

    mutating func next() async throws -> ByteBuffer? {
      guard !rest.isEmpty else { return nil }
      let piece = rest.prefix(FileBytes.pieceLength)
      rest = piece.upperBound..<rest.upperBound
      return try await files.run { [file] in try file.read(piece) }
    }
  }
}
