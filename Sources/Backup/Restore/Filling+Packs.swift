import Crypto
import NIOCore
import PoseCore

extension Filling {
  /// Stores the pictures of a run in a repository that aren't there yet, in the order in which they lie in the packs.
  func restorePictures(of packed: PackedPictures, _ documents: DocumentSpool) async throws {
    let folder = PackFolder(ofRun: archive.path)
    var open: (pack: Int, file: ReadFile)?
    var count = 0
    var last: PackedPictures.Picture?
    while true {
      let page = try await files.run { [last] in try packed.pictures(behind: last, limit: 500) }
      guard let end = page.last else { break }
      for picture in page {
        try Task.checkCancellation()
        if try await target.images.find(picture.id) == nil {
          let name = packed.packs[picture.pack].sha256
          if open?.pack != picture.pack {
            open = (picture.pack, try await files.run { try ReadFile(folder.path(of: name)) })
          }
          guard let file = open?.file else { continue }
          let bytes = MemberBytes(
            file: file, pack: PackFolder.name(of: name), member: picture.member, files: files)
          try await restore(picture, from: bytes, documents)
        }
        count += 1
        report(.pictures, Double(count) / Double(max(packed.count, 1)))
      }
      last = end
    }
  }

  private func restore(
    _ picture: PackedPictures.Picture, from bytes: MemberBytes, _ documents: DocumentSpool
  ) async throws {
    let record = picture.record
    let document = try await files.run { try documents.document(of: picture.id) }
    let image = try FilesDocument.image(json: document, sha256: record.sha256.text)
    guard image.id == picture.id, image.length == record.size else {
      throw ArchiveDamage(record.name.text, "its document is that of another picture")
    }
    try await target.images.restore(image, bytes, document: document)
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
