#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

/// A line of `packs.jsonl`: a pack that was intact when the run was made.
struct PackRecord: Hashable, Sendable {
  /// Of the whole file; also its name.
  var sha256: ContentDigest
  /// Of the file, in bytes.
  var size: Int
  /// How many of its members are pictures of the run; 0 for a pack that only other runs name.
  var members = 0
  /// The total size of these.
  var bytes = 0
  /// When it was last read to its end and found intact, in seconds since 1970.
  var readAt: Int64
  /// Since when it has not been named by any run that is kept; nil if it is.
  var unnamedSince: Int64?

  var line: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("sha256", sha256.text)
      json.field("size", size)
      json.field("members", members)
      json.field("bytes", bytes)
      json.field("readAt", Manifest.text(readAt))
      if let unnamedSince {
        json.field("unnamedSince", Manifest.text(unnamedSince))
      }
    }
    return json.bytes + [0x0A]
  }
}

extension PackRecord {
  /// nil for anything but such a line, without its line feed.
  init?(line: some Sequence<UInt8>) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(line)),
      let sha256 = ContentDigest(fields.sha256), let readAt = Manifest.seconds(fields.readAt),
      fields.size >= 0, fields.members >= 0, (0...fields.size).contains(fields.bytes)
    else { return nil }
    if let text = fields.unnamedSince {
      guard let seconds = Manifest.seconds(text) else { return nil }
      unnamedSince = seconds
    }
    self.sha256 = sha256
    self.readAt = readAt
    size = fields.size
    members = fields.members
    bytes = fields.bytes
  }

  private struct Fields: Decodable {
    let sha256, readAt: String
    let unnamedSince: String?
    let size, members, bytes: Int
  }
}

/// A line of `pictures.jsonl`: where a picture is.
struct PicturePlace: Hashable, Sendable {
  var id: ImageID
  var ending: FileEnding
  /// In bytes.
  var size: Int
  var sha256: ContentDigest
  /// The pack's name.
  var pack: ContentDigest
  /// Of the picture's first byte in the pack.
  var offset: Int

  var line: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("id", id.description)
      json.field("ending", ending.text)
      json.field("sha256", sha256.text)
      json.field("size", size)
      json.field("pack", pack.text)
      json.field("offset", offset)
    }
    return json.bytes + [0x0A]
  }
}

extension PicturePlace {
  /// nil for anything but such a line, without its line feed.
  init?(line: some Sequence<UInt8>) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(line)), let id = ImageID(fields.id),
      id.description == fields.id, let ending = FileEnding(fields.ending), let sha256 = ContentDigest(fields.sha256),
      let pack = ContentDigest(fields.pack), fields.size >= 0, fields.offset >= 0
    else { return nil }
    self.init(id: id, ending: ending, size: fields.size, sha256: sha256, pack: pack, offset: fields.offset)
  }

  private struct Fields: Decodable {
    let id, ending, sha256, pack: String
    let size, offset: Int
  }
}
