import Glibc
import PoseCore

/// Bytes that are written, then read from their start, and may then be forgotten for others.
///
/// What is short stays in memory; a longer one is in a file, which has no name once it is open, so that nothing of it
/// stays, whatever happens. All calls block.
// Guarded by: its one user makes one call after another.
final class SpoolFile: @unchecked Sendable {
  private let descriptor: Int32
  /// What is not in the file yet.
  private var pending: [UInt8] = []
  private(set) var length = 0
  private var position = 0

  init(in folder: String) throws {
    let path = "\(folder)/\(String(UInt64.random(in: .min ... .max), radix: 16)).spool"
    descriptor = try FileFailure.check("write to \(folder)") {
      open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    }
    unlink(path)
    pending.reserveCapacity(Self.pieceLength)
  }

  deinit {
    close(descriptor)
  }

  private var isInMemory: Bool { pending.count == length }

  func append(_ bytes: some Collection<UInt8>) throws {
    pending.append(contentsOf: bytes)
    length += bytes.count
    if pending.count >= Self.pieceLength { try flush() }
  }

  /// Goes to the start, for reading.
  func rewind() throws {
    if !isInMemory { try flush() }
    position = 0
  }

  /// The next bytes; empty at the end.
  func read(_ limit: Int = pieceLength) throws -> [UInt8] {
    let bytes = try read(position..<min(position + limit, length))
    position += bytes.count
    return bytes
  }

  /// The bytes of `range`, which lies inside what was written.
  func read(_ range: Range<Int>) throws -> [UInt8] {
    if isInMemory { return Array(pending[range]) }
    if range.upperBound > length - pending.count { try flush() }
    return try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      while count < range.count {
        let done = try FileFailure.check("read a spool file") {
          pread(
            descriptor, buffer.baseAddress?.advanced(by: count), range.count - count, off_t(range.lowerBound + count))
        }
        guard done > 0 else { throw PoseVaultError(.fileSystem, "Could not read a spool file: it is cut short.") }
        count += done
      }
    }
  }

  /// Forgets all that was written.
  func clear() throws {
    if !isInMemory {
      try FileFailure.check("write a spool file") { ftruncate(descriptor, 0) }
      try FileFailure.check("write a spool file") { lseek(descriptor, 0, SEEK_SET) }
    }
    pending.removeAll(keepingCapacity: true)
    length = 0
    position = 0
  }

  private func flush() throws {
    try pending.writeAll(to: descriptor, "a spool file")
    pending.removeAll(keepingCapacity: true)
  }

  static let pieceLength = 256 * 1024
}
