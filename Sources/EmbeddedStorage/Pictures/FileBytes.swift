import Glibc
import NIOCore
import PoseCore

/// A picture's file, opened for reading; closed when the last reader is gone.
final class PictureFile: Sendable {
  private let descriptor: Int32

  /// nil if there is no such file. Blocks.
  convenience init?(_ path: String) throws {
    switch Self.open(path) {
    case .success(let descriptor?): self.init(descriptor: descriptor)
    case .success(nil): return nil
    case .failure(let error): throw SystemCall.failure("read the picture", error.number)
    }
  }

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  struct OpenError: Error { let number: Int32 }

  /// An open file; nil if there is none with that name. Never waits, whatever kind of file it is. Blocks.
  static func open(_ path: String) -> Result<Int32?, OpenError> {
    let descriptor = SystemCall.open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor != -1 else {
      let number = errno
      return number == ENOENT ? .success(nil) : .failure(OpenError(number: number))
    }
    var status = stat()
    let number = fstat(descriptor, &status) == 0 ? (status.st_mode & S_IFMT == S_IFREG ? 0 : EISDIR) : errno
    guard number == 0 else {
      close(descriptor)
      return .failure(OpenError(number: number))
    }
    return .success(descriptor)
  }

  deinit {
    close(descriptor)
  }

  /// The file's length in bytes. Blocks.
  func length() throws -> Int {
    var status = stat()
    try SystemCall.check("read the picture") { fstat(descriptor, &status) }
    return Int(status.st_size)
  }

  /// The bytes of `range`, which is inside the file. Blocks.
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
        throw PoseVaultError(.storageUnavailable, "Could not read the picture: its file is truncated.")
      }
    }
    return buffer
  }
}

extension PictureFile {
  /// The first bytes of `range` that can be read, and where to continue after them. Blocks.
  ///
  /// Throws `storageUnavailable` if the cause is not the file.
  func readable(in range: Range<Int>) throws -> (start: Int, bytes: [UInt8], end: Int) {
    var start = range.lowerBound
    var length = range.count
    while start < range.upperBound {
      var buffer = [UInt8](repeating: 0, count: min(length, range.upperBound - start))
      var count = -1
      repeat { count = pread(descriptor, &buffer, buffer.count, off_t(start)) } while count == -1 && errno == EINTR
      if count > 0 { return (start, Array(buffer.prefix(count)), start + count) }
      // the file has become shorter meanwhile
      if count == 0 { return (start, [], range.upperBound) }
      let number = errno
      guard SystemCall.isDamage(number) else { throw SystemCall.failure("read the picture", number) }
      // a piece in which anything is damaged is read block by block
      if length > Self.blockLength {
        length = Self.blockLength
      } else {
        start = (start / Self.blockLength + 1) * Self.blockLength
      }
    }
    return (range.upperBound, [], range.upperBound)
  }

  /// In bytes, as in file systems.
  private static let blockLength = 4096
}

/// What can be read of a damaged file.
struct FileRemains: AsyncSequence, Sendable {
  let file: PictureFile
  let length: Int
  let files: BlockingPool

  func makeAsyncIterator() -> Iterator { Iterator(file: file, length: length, files: files) }

  struct Iterator: AsyncIteratorProtocol {
    let file: PictureFile
    let length: Int
    let files: BlockingPool
    private var position = 0
    private var isTold = false

    init(file: PictureFile, length: Int, files: BlockingPool) {
      self.file = file
      self.length = length
      self.files = files
    }

    mutating func next() async throws -> PictureRemains.Piece? {
      guard position < length else { return nil }
      let range = position..<Swift.min(position + FileRemains.pieceLength, length)
      let (start, bytes, end) = try await files.run { [file] in try file.readable(in: range) }
      let isDamaged = start > position && !isTold
      isTold = isTold || isDamaged
      position = end
      return PictureRemains.Piece(
        offset: start, bytes: ByteBuffer(bytes: bytes),
        fault: isDamaged ? "the disk does not give all of its file" : nil)
    }
  }

  private static let pieceLength = 256 * 1024
}

/// The bytes of a range of a picture's file, each piece read when it is needed.
struct FileBytes: AsyncSequence, Sendable {
  let file: PictureFile
  let range: Range<Int>
  let files: BlockingPool

  private static let pieceLength = 256 * 1024

  func makeAsyncIterator() -> Iterator {
    Iterator(file: file, rest: range, files: files)
  }

  struct Iterator: AsyncIteratorProtocol {
    let file: PictureFile
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
