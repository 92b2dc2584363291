import Crypto
import NIOCore
import PoseCore

extension Filling {
  /// Stores the pictures of a run in a repository that aren't there yet, in the order in which they lie in the packs.
  func restorePictures(of packed: PackedPictures, _ documents: DocumentSpool) async throws {
    let folder = PackFolder(ofRun: archive.path)
    var open: (pack: Int, file: ReadFile)?
    var count = 0
    for index in packed.order {
      try Task.checkCancellation()
      let record = packed.records[index]
      guard let id = record.name.picture else { continue }
      if try await target.images.find(id) == nil {
        let (pack, member) = packed.member(index)
        let name = packed.packs[pack].sha256
        if open?.pack != pack {
          open = (pack, try await files.run { try ReadFile(folder.path(of: name)) })
        }
        guard let file = open?.file else { continue }
        let document = try await files.run { try documents.document(of: id) }
        let image = try FilesDocument.image(json: document, sha256: record.sha256.text)
        guard image.id == id, image.length == record.size else {
          throw ArchiveDamage(record.name.text, "its document is that of another picture")
        }
        let bytes = MemberBytes(file: file, pack: PackFolder.name(of: name), member: member, files: files)
        try await target.images.restore(image, bytes, document: document)
      }
      count += 1
      report(.pictures, Double(count) / Double(max(packed.records.count, 1)))
    }
  }
}

/// A picture's bytes in a pack as a store takes them; they end in an error unless they are those that were packed.
struct MemberBytes: AsyncSequence, Sendable {
  let file: ReadFile
  /// The pack's name, for people.
  let pack: String
  let member: PackMember
  let files: BlockingPool

  func makeAsyncIterator() -> Iterator { Iterator(bytes: self) }

  struct Iterator: AsyncIteratorProtocol {
    let bytes: MemberBytes
    private var position = 0
    private var sha256 = SHA256()

    init(bytes: MemberBytes) {
      self.bytes = bytes
    }

    mutating func next() async throws -> ByteBuffer? {
      let member = bytes.member
      let count = Swift.min(member.size - position, 1 << 20)
      guard count > 0 else {
        guard ContentDigest(bytes: sha256.finalize()) == member.sha256 else {
          throw ArchiveDamage(bytes.pack, "the picture \(member.sha256.text) is damaged")
        }
        return nil
      }
      let place = member.offset + position
      let piece = try await bytes.files.run { [bytes] in
        try bytes.file.bytes(at: place, count: count, bytes.pack)
      }
      sha256.update(data: piece)
      position += count
      return ByteBuffer(bytes: piece)
    }
  }
}
