import Crypto
import PoseCore

/// An entry's bytes as they are read, compared with what the archive lists of it. All calls block.
// Guarded by: its one user makes one call after another.
final class CheckedEntry: @unchecked Sendable {
  let record: EntryRecord
  private let reader: ZipReader
  private var sha256 = SHA256()
  private var length = 0

  var name: EntryName { record.name }

  init(_ record: EntryRecord, _ reader: ZipReader) {
    self.record = record
    self.reader = reader
  }

  /// The next bytes; empty at the end, where all were as listed.
  func read() throws -> [UInt8] {
    let piece = try reader.read()
    sha256.update(data: piece)
    length += piece.count
    guard length <= record.size else { throw ArchiveDamage(name.text, "is longer than listed") }
    guard piece.isEmpty else { return piece }
    guard length == record.size else {
      throw ArchiveDamage(name.text, "has \(length) bytes, not \(record.size) as listed")
    }
    guard ContentDigest(bytes: sha256.finalize()) == record.sha256 else {
      throw ArchiveDamage(name.text, "its bytes are not those that were written: the SHA-256 differs")
    }
    return []
  }

  /// Reads some of it for the comparison alone; whether there is more.
  func skip() throws -> Bool {
    // most pictures in one call: changing threads takes longer than reading a small one
    for _ in 0..<Self.piecesAtOnce where try read().isEmpty { return false }
    return true
  }

  private static let piecesAtOnce = 16
}
