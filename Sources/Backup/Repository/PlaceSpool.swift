import NIOCore
import PoseCore

/// Where the pictures of a run lie, on disk until all packs have their names. All calls block.
// Guarded by: its one user makes one call after another.
final class PlaceSpool: @unchecked Sendable {
  private let file: SpoolFile

  struct Entry {
    var id: ImageID
    var pack: PackIndex.Number
    var member: PackMember
  }

  init(in folder: String) throws {
    file = try SpoolFile(in: folder)
  }

  func append(_ entry: Entry) throws {
    let member = entry.member
    let ending = member.ending.text
    var buffer = ByteBuffer()
    buffer.writeString(entry.id.description)
    buffer.writeString(member.sha256.text)
    buffer.writeString(ending)
    buffer.writeRepeatingByte(UInt8(ascii: " "), count: Self.endingLength - ending.utf8.count)
    buffer.writeMultipleIntegers(member.size, member.offset, entry.pack)
    try file.append(buffer.readableBytesView)
  }

  func rewind() throws { try file.rewind() }

  /// The next ones, in the order in which they came; empty at the end.
  func next() throws -> [Entry] {
    var buffer = ByteBuffer(bytes: try file.read(Self.length * 1000))
    var entries: [Entry] = []
    while buffer.readableBytes > 0 {
      guard let id = buffer.readString(length: 24).flatMap({ ImageID($0) }),
        let sha256 = buffer.readString(length: 64).flatMap({ ContentDigest($0) }),
        let ending = buffer.readString(length: Self.endingLength).flatMap({ FileEnding($0.prefix { $0 != " " }) }),
        let (size, offset, pack) = buffer.readMultipleIntegers(as: (Int, Int, Int).self)
      else { throw PoseVaultError(.internal, "The spool of places is cut short.") }
      let member = PackMember(sha256: sha256, size: size, offset: offset, ending: ending)
      entries.append(Entry(id: id, pack: pack, member: member))
    }
    return entries
  }

  private static let endingLength = 8
  private static let length = 24 + 64 + endingLength + 3 * 8
}
