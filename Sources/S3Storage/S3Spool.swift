import Crypto
import Glibc
import NIOCore
import PoseCore
import S3

/// An incoming picture: in memory while it is short, otherwise in an unlinked file, which goes with this object.
///
/// It can be sent again, and its digest is known beforehand, as S3 requires.
// Guarded by: its one user, a put, makes one call after another.
final class S3Spool: @unchecked Sendable {
  private let folder: String
  private var bytes: [UInt8] = []
  private var descriptor: Int32 = -1
  private var length = 0
  private var digest = SHA256()

  /// In bytes; no more of a picture is held in memory.
  static let memoryLimit = 1024 * 1024

  init(in folder: String) {
    self.folder = folder
  }

  deinit {
    if descriptor != -1 { close(descriptor) }
  }

  /// Whether `count` more bytes still fit into memory, so that adding them doesn't block.
  func fits(_ count: Int) -> Bool { descriptor == -1 && length + count <= Self.memoryLimit }

  /// Blocks if the bytes don't fit into memory.
  func append(_ piece: ByteBuffer) throws {
    let staysInMemory = fits(piece.readableBytes)
    try piece.withUnsafeReadableBytes { piece in
      digest.update(bufferPointer: piece)
      length += piece.count
      if staysInMemory {
        bytes += piece
        return
      }
      if descriptor == -1 {
        try makeFile()
        try bytes.withUnsafeBytes { try write($0) }
        bytes = []
      }
      try write(piece)
    }
  }

  /// 64 hexadecimal digits.
  func sha256() -> String { Hexadecimal.text(digest.finalize()) }

  /// Valid as long as this object exists.
  var content: S3Bucket.Content {
    descriptor == -1 ? .bytes(bytes) : .file(path: "/proc/self/fd/\(descriptor)", range: 0..<length)
  }

  private func makeFile() throws {
    let path = folder + "/posevault-upload-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file != -1 else { throw Self.failure(errno) }
    unlink(path)
    descriptor = file
  }

  private func write(_ piece: UnsafeRawBufferPointer) throws {
    var rest = piece
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count == -1, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(errno) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private static func failure(_ number: Int32) -> PoseVaultError {
    PoseVaultError(
      number == ENOSPC || number == EDQUOT ? .storageFull : .fileSystem,
      "The picture can't be kept in a temporary file: \(String(cString: strerror(number))).", nothingWasWritten: true)
  }
}
