#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

/// A line of `entries.jsonl`: what an entry must be.
///
/// About 70 bytes, because a reader keeps one for each picture.
struct EntryRecord: Hashable {
  let name: EntryName
  /// In bytes.
  let size: Int
  let sha256: ContentDigest

  var line: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("name", name.text)
      json.field("size", size)
      json.field("sha256", sha256.text)
      if let kind = name.kind {
        json.field("kind", kind.rawValue)
      }
    }
    return json.bytes + [0x0A]
  }
}

/// A line of `entries.jsonl` as it was read.
struct ListedEntry {
  let record: EntryRecord
  /// nil in format 1.
  let kind: String?

  /// nil for anything but a record of an entry that an archive can contain.
  init?(line: some Sequence<UInt8>) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(line)), let name = EntryName(fields.name),
      let sha256 = ContentDigest(fields.sha256)
    else { return nil }
    if let kind = fields.kind {
      guard EntryKind.isName(kind) else { return nil }
      // an entry of a kind that we know has the name that we know, but texts may be called what they like
      let known = EntryKind(rawValue: kind)
      guard name.kind == known || name.kind == nil && known == .text else { return nil }
    }
    record = EntryRecord(name: name, size: fields.size, sha256: sha256)
    kind = fields.kind
  }

  private struct Fields: Decodable {
    let name: String
    let size: Int
    let sha256: String
    let kind: String?
  }
}
