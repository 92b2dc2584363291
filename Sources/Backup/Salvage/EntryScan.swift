import Crypto
import Glibc
import PoseCore

/// An entry found by a ZIP file's local headers, whether or not a directory lists it.
struct FoundEntry: Sendable {
  let name: EntryName
  /// Where in the file its header begins.
  let place: Int
  /// Of the content, as far as it could be read.
  let size: Int
  let sha256: ContentDigest
  /// Whether it could be read to its end, with a correct CRC.
  let isSound: Bool
  /// The entry's own time, in seconds since 1970; nil if it has none.
  let modifiedAt: Int64?
}

/// Finds the entries of a damaged ZIP file one after the other, by their own headers, and reads each. All calls block.
// Guarded by: its one user makes one call after another.
final class EntryScan: @unchecked Sendable {
  private let file: ReadFile
  let length: Int
  private let passphrase: String?
  private var place = 0
  /// The error about the passphrase, if an entry could not be opened with it.
  private(set) var passphraseError: PoseVaultError?

  init(path: String, passphrase: String?) throws {
    file = try ReadFile(named: path)
    length = try file.length()
    self.passphrase = passphrase
  }

  /// How much of the file has been scanned, 0…1.
  var progress: Double { Double(place) / Double(max(length, 1)) }

  /// Looks for the next entry in the next few megabytes; `found` is nil if they contain none.
  func next() throws -> (found: FoundEntry?, isAtEnd: Bool) {
    guard length - place >= LocalHeader.length else { return (nil, true) }
    let piece = try file.bytes(at: place, count: min(Self.pieceLength, length - place))
    guard let offset = Self.signature(in: piece) else {
      // a signature may begin in the last three bytes
      place += max(piece.count - 3, 1)
      return (nil, false)
    }
    let start = place + offset
    guard let (header, name, modifiedAt) = try entry(at: start) else {
      place = start + 4
      return (nil, length - place < LocalHeader.length)
    }
    let content = EntryContent(file, length, at: start, header, name, passphrase: passphrase)
    let read: (size: Int, sha256: ContentDigest, end: Int?)
    do {
      read = try content.readAll()
    } catch let error as PoseVaultError where error.code == .configuration && passphrase != nil {
      // either the passphrase is wrong, or what stands before this entry's content is damaged
      passphraseError = error
      place = start + LocalHeader.length
      return (
        FoundEntry(
          name: name, place: start, size: 0, sha256: ContentDigest(bytes: []), isSound: false, modifiedAt: modifiedAt),
        false
      )
    }
    // where an entry that is sound ends, the next one begins; else that is looked for
    place = read.end ?? start + LocalHeader.length
    return (
      FoundEntry(
        name: name, place: start, size: read.size, sha256: read.sha256, isSound: read.end != nil,
        modifiedAt: modifiedAt), false
    )
  }

  /// The entry at that place, reopened.
  func content(of found: FoundEntry) throws -> EntryContent {
    guard let (header, name, _) = try entry(at: found.place), name == found.name else {
      throw ArchiveDamage(found.name.text, "is no longer there")
    }
    return EntryContent(file, length, at: found.place, header, name, passphrase: passphrase)
  }

  /// nil unless an entry that an archive can contain begins there.
  private func entry(at start: Int) throws -> (LocalHeader, EntryName, Int64?)? {
    guard length - start >= LocalHeader.length,
      let header = LocalHeader(try file.bytes(at: start, count: LocalHeader.length)), header.nameLength <= 300,
      length - start - LocalHeader.length >= header.nameLength + header.extraLength
    else { return nil }
    let rest = try file.bytes(at: start + LocalHeader.length, count: header.nameLength + header.extraLength)
    guard let text = String(validating: rest.prefix(header.nameLength), as: UTF8.self), let name = EntryName(text)
    else {
      return nil
    }
    return (header, name, Self.time(in: Array(rest.dropFirst(header.nameLength))))
  }

  /// From the extra field that Info-ZIP's programs write: id 0x5455, a byte of flags, then seconds since 1970.
  private static func time(in extra: [UInt8]) -> Int64? {
    var rest = extra[...]
    while rest.count >= 4 {
      let header = LittleEndian(Array(rest.prefix(4)))
      let id = header.number(0, 2)
      let count = Int(header.number(2, 2))
      let field = Array(rest.dropFirst(4).prefix(count))
      if id == 0x5455, field.count >= 5, field[0] & 1 == 1 { return Int64(LittleEndian(field).number(1, 4)) }
      rest = rest.dropFirst(4 + count)
    }
    return nil
  }

  private static func signature(in bytes: [UInt8]) -> Int? {
    var start = 0
    while let index = bytes[start...].firstIndex(of: 0x50) {
      if bytes[index...].starts(with: [0x50, 0x4B, 3, 4]) { return index }
      start = index + 1
    }
    return nil
  }

  private static let pieceLength = 1 << 20
}

/// The content of one entry, as far as it can be read. All calls block.
// Guarded by: its one user makes one call after another.
final class EntryContent: @unchecked Sendable {
  let name: EntryName
  private let file: ReadFile
  private let length: Int
  private let start: Int
  private let header: LocalHeader
  private let passphrase: String?
  private var packed: ZipReader?
  private var position = 0
  private var checksum = CRC32.Running()
  /// Whether the end was reached, with a correct CRC.
  private(set) var isSound = false
  private var isAtEnd = false

  fileprivate init(
    _ file: ReadFile, _ length: Int, at start: Int, _ header: LocalHeader, _ name: EntryName, passphrase: String?
  ) {
    self.file = file
    self.length = length
    self.start = start
    self.header = header
    self.name = name
    self.passphrase = passphrase
  }

  private var dataStart: Int { start + LocalHeader.length + header.nameLength + header.extraLength }
  /// Neither deflated nor encrypted.
  private var isPlain: Bool { header.method == 0 && header.flags & 1 == 0 }

  /// The next bytes; empty at the end, or where nothing more can be read.
  func read() throws -> [UInt8] {
    if isAtEnd { return [] }
    do {
      let piece = isPlain ? try readPlain() : try readPacked()
      if piece.isEmpty { isAtEnd = true }
      return piece
    } catch is ArchiveDamage {
      isAtEnd = true
      return []
    }
  }

  private func readPlain() throws -> [UInt8] {
    guard let size = Int(exactly: header.size), size <= length - dataStart else {
      throw ArchiveDamage(name.text, "is cut off")
    }
    let piece = try file.bytes(at: dataStart + position, count: min(size - position, Self.pieceLength))
    position += piece.count
    checksum.add(piece)
    if piece.isEmpty { isSound = try expectedChecksum(behind: dataStart + size) == UInt64(checksum.value) }
    return piece
  }

  private func expectedChecksum(behind end: Int) throws -> UInt64? {
    guard header.hasDescriptor else { return header.crc }
    let descriptor = LittleEndian(try file.bytes(at: end, count: 8))
    return descriptor.number(0, 4) == 0x0807_4B50 ? descriptor.number(4, 4) : nil
  }

  private func readPacked() throws -> [UInt8] {
    if packed == nil {
      let reader = try open()
      guard let (found, _) = try reader.next(), found == name else {
        throw ArchiveDamage(name.text, "can't be read")
      }
      packed = reader
    }
    guard let packed else { return [] }
    let piece = try packed.readBlock()
    position += piece.count
    checksum.add(piece)
    // the content of what was announced is never longer; else nothing is packed more than a thousandfold
    let limit = header.size > 0 ? Int(clamping: header.size) : min(length, .max / 1100) * 1100
    guard position <= limit else { throw ArchiveDamage(name.text, "is longer than it says") }
    if piece.isEmpty { isSound = header.size == 0 || UInt64(position) == header.size }
    return piece
  }

  private func open() throws -> ZipReader {
    let rest = length - start
    // libarchive looks for more behind an entry than its end; behind the last one there is none without a directory
    guard name != .manifest || rest > Self.pieceLength else {
      return try ZipReader(
        bytes: file.bytes(at: start, count: rest) + repeatElement(0, count: 64), passphrase: passphrase)
    }
    // little is unpacked at once, so that little is lost where something is damaged
    return try ZipReader(path: file.path, passphrase: passphrase, blockLength: 512, startingAt: start)
  }

  /// Reads all of it for its size and digest; returns where it ends, if it is sound.
  fileprivate func readAll() throws -> (size: Int, sha256: ContentDigest, end: Int?) {
    var sha256 = SHA256()
    while case let piece = try read(), !piece.isEmpty { sha256.update(data: piece) }
    let digest = ContentDigest(bytes: sha256.finalize())
    guard isSound else { return (position, digest, nil) }
    // how long a packed one is, its header need not tell
    return (position, digest, isPlain ? dataStart + position : dataStart)
  }

  private static let pieceLength = 256 * 1024
}
