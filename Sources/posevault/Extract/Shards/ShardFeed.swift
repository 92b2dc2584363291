import Glibc
import NIOCore
import PoseCore

/// The pictures in a tar, in its order, each read whole; everything else in it is skipped.
actor ShardFeed: PictureFeed {
  /// How many pictures' names are remembered, to find duplicates: about 16 bytes for each.
  static let mostPictures = 10_000_000

  private let bytes: any InputBytes
  private let maxBytes: Int
  private var reader = TarReader()
  private var names: Set<Int> = []
  private var current: FilePath?
  private var content: FedPicture.Content = .bytes(ByteBuffer())
  /// Members that were skipped.
  private(set) var skipped = SkippedFiles()

  /// - Parameter maxBytes: of a picture.
  init(_ bytes: any InputBytes, maxBytes: Int) {
    self.bytes = bytes
    self.maxBytes = maxBytes
  }

  /// The path is the member's name. Throws `corruptArchive`, `fileSystem`, or `CancellationError`.
  func nextPicture() async throws -> FedPicture? {
    do {
      while true {
        switch try reader.next() {
        case nil: reader.append(try await bytes.next())
        case .member(let member): try begin(member)
        case .content(let piece):
          guard case .bytes(var buffer) = content, current != nil else { continue }
          // so that there is one reference to it, and nothing is copied
          content = .file
          buffer.writeBytes(piece)
          content = .bytes(buffer)
        case .memberEnd:
          guard let path = current else { continue }
          defer { content = .file }
          current = nil
          return FedPicture(path, content)
        case .end: return nil
        }
      }
    } catch let damage as TarDamage {
      throw PoseVaultError(.corruptArchive, damage.message)
    }
  }

  private func begin(_ member: TarReader.Member) throws {
    if let length = bytes.length, member.size > length - reader.position {
      throw TarDamage(
        "The tar is truncated in \(member.name.shown): it should have \(member.size) bytes, but has "
          + "\(length - reader.position)."
      )
    }
    current = nil
    content = .file
    guard isPicture(member.name) else { return }
    guard names.count < Self.mostPictures else {
      throw TarDamage("The tar has more than \(Self.mostPictures) pictures.")
    }
    guard names.insert(member.name.hashValue).inserted else {
      throw TarDamage("\(member.name.shown) occurs twice in the tar.")
    }
    current = member.name
    content =
      member.size > maxBytes
      ? .failure(.pictureTooLarge(member.size, maxBytes: maxBytes, setting: "MAX_UPLOAD_MB"))
      : .bytes(ByteBufferAllocator().buffer(capacity: member.size))
  }

  /// By the rules for the contents of folders.
  private func isPicture(_ name: FilePath) -> Bool {
    switch FolderListing.kind(ofMember: name) {
    case .picture: return true
    case .hidden: skipped.hidden += 1
    case .overlay: skipped.overlays += 1
    case .litter: skipped.litter += 1
    case .other: skipped.others += 1
    }
    return false
  }
}

/// Distinguishes shards from pictures.
enum ShardSniff {
  static let fileExtension = "tar"

  /// Whether it is a tar, by its name or else by its first bytes. Blocks.
  static func isShard(_ path: FilePath) -> Bool {
    if path.fileExtension == fileExtension { return true }
    return TarHeader.isHeader(FileReader.beginning(of: path, TarHeader.length))
  }

  /// Whether standard input, of which `bytes` have arrived, is a tar rather than paths; nil if more is needed. A path
  /// on a line has no zero byte, and a tar's header has one before any line could end.
  static func isShard(beginning bytes: [UInt8], hasEnded: Bool) -> Bool? {
    guard let first = bytes.firstIndex(where: { $0 == 0 || $0 == UInt8(ascii: "\n") }) else {
      return hasEnded || bytes.count >= TarHeader.length ? false : nil
    }
    if bytes[first] != 0 { return false }
    if bytes.count < TarHeader.length { return hasEnded ? false : nil }
    return TarHeader.isHeader(bytes[..<TarHeader.length])
  }
}
