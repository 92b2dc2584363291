import NIOCore
import PoseCore

/// Creates the working indexes of a backup or a restore. All calls block.
struct IndexMaker: Sendable {
  let scratch: any ScratchStore
  /// Contains their files, which are unlinked.
  let folder: String

  func make() throws -> any ScratchIndex { try scratch.index(in: folder) }
}

/// Where a picture is, as stored in working indexes.
struct IndexedPlace {
  /// The pack's number in the list that the index belongs to.
  let pack: Int
  let member: PackMember

  init(pack: Int, member: PackMember) {
    self.pack = pack
    self.member = member
  }

  init(bytes: [UInt8]) throws {
    var buffer = ByteBuffer(bytes: bytes)
    guard let (pack, offset, size, ending) = buffer.readMultipleIntegers(as: (UInt32, Int, Int, UInt64).self),
      buffer.readableBytes == 32
    else { throw PoseVaultError(.internal, "A place in a working index is cut short.") }
    let sha256 = ContentDigest(bytes: buffer.readableBytesView)
    self.init(
      pack: Int(pack),
      member: PackMember(sha256: sha256, size: size, offset: offset, ending: FileEnding(word: ending)))
  }

  var bytes: [UInt8] {
    var buffer = ByteBuffer()
    buffer.writeMultipleIntegers(UInt32(pack), member.offset, member.size, member.ending.word)
    buffer.writeBytes(member.sha256.bytes)
    return Array(buffer.readableBytesView)
  }

  /// A key that sorts places by pack, then by offset.
  static func key(pack: Int, offset: Int = 0, _ id: ImageID? = nil) -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.writeMultipleIntegers(UInt32(pack), offset)
    buffer.writeBytes(id?.bytes ?? [])
    return Array(buffer.readableBytesView)
  }
}
