import CLibArchive
import Crypto
import PoseCore

/// A picture's bytes in a pack.
struct PackMember: Hashable, Sendable {
  var sha256: ContentDigest
  /// In bytes.
  var size: Int
  /// Of its first byte in the pack.
  var offset: Int
  /// What a file of it would be called, known from its first bytes.
  var ending: FileEnding
}

/// Reads a pack from its first byte to its last, and compares it and its members with what they must be. All calls
/// block.
// Guarded by: its one user makes one call after another.
final class PackCheck: @unchecked Sendable {
  private let file: ReadFile
  private let record: PackRecord
  private var members: ArraySlice<PackMember>
  private var whole = SHA256()
  private var member = SHA256()
  private var position = 0

  private var name: String { PackFolder.name(of: record.sha256) }

  /// - Parameter members: by ascending offset; none lies inside another.
  init(_ file: ReadFile, _ record: PackRecord, members: [PackMember]) {
    self.file = file
    self.record = record
    self.members = members[...]
    file.forgetCached()
  }

  /// Reads a part that takes well under a second; whether there is more. Throws ``ArchiveDamage``.
  func checkSome() throws -> Bool {
    for _ in 0..<64 {
      guard position < record.size else {
        try finish()
        return false
      }
      let count = min(Self.pieceLength, record.size - position)
      let piece = try file.bytes(at: position, count: count, name)
      whole.update(data: piece)
      try hashMembers(in: piece)
      position += count
    }
    return true
  }

  private func hashMembers(in piece: [UInt8]) throws {
    let range = position..<position + piece.count
    while let next = members.first {
      let place = (next.offset..<next.offset + next.size)
      let part = place.clamped(to: range)
      if !part.isEmpty { member.update(data: piece[part.lowerBound - position..<part.upperBound - position]) }
      guard place.upperBound <= range.upperBound else { return }
      guard ContentDigest(bytes: member.finalize()) == next.sha256 else {
        throw ArchiveDamage(name, "the picture \(next.sha256.text) is not at \(next.offset), or is damaged")
      }
      member = SHA256()
      members.removeFirst()
    }
  }

  private func finish() throws {
    guard try file.length() == record.size else {
      throw ArchiveDamage(name, "has \(try file.length()) bytes, not \(record.size)")
    }
    guard ContentDigest(bytes: whole.finalize()) == record.sha256 else {
      throw ArchiveDamage(name, "its bytes are not those that were written: the SHA-256 differs")
    }
    if let member = members.first { throw ArchiveDamage(name, "the picture \(member.sha256.text) is not in it") }
  }

  private static let pieceLength = 1 << 20
}

/// What a pack holds, by its own headers.
enum PackListing {
  /// By ascending offset. Blocks. Throws ``ArchiveDamage`` for what is no pack.
  static func members(of path: String, _ pack: ContentDigest) throws -> [PackMember] {
    let name = PackFolder.name(of: pack)
    guard let archive = archive_read_new() else {
      throw PoseVaultError(.internal, "There is no memory for reading a pack.")
    }
    defer { archive_read_free(archive) }
    let file = try ReadFile(path)
    try check(archive_read_support_format_tar(archive), archive, named: name)
    try check(archive_read_open_fd(archive, file.descriptor, 16 * 1024), archive, named: name)
    var members: [PackMember] = []
    var header: OpaquePointer?
    while true {
      let result = archive_read_next_header(archive, &header)
      if result == ARCHIVE_EOF { return members }
      try check(result, archive, named: name)
      guard let sha256 = archive_entry_pathname(header).flatMap({ ContentDigest(String(cString: $0)) }),
        archive_entry_filetype(header) == posevault_regular_file(), archive_entry_hardlink(header) == nil
      else { throw ArchiveDamage(name, "holds what no pack does") }
      let offset = Int(archive_read_header_position(archive)) + PackWriter.block
      let size = Int(archive_entry_size(header))
      let start = try file.bytes(at: offset, count: min(max(size, 0), ImageFormat.startLength), name)
      members.append(
        PackMember(sha256: sha256, size: size, offset: offset, ending: FileEnding(startingWith: start)))
    }
  }

  private static func check(_ result: Int32, _ archive: OpaquePointer, named name: String) throws {
    guard result != ARCHIVE_OK else { return }
    let error = archive_errno(archive)
    if LibArchive.isSystem(error) { throw FileFailure.error("read \(name)", error) }
    throw ArchiveDamage(name, "can't be read: \(LibArchive.message(archive))")
  }
}
