#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

/// A line of `entries.jsonl`: what an entry must be.
///
/// 56 bytes, because a reader keeps one for each picture.
struct EntryRecord: Hashable {
  let name: EntryName
  /// In bytes.
  let size: Int
  let sha256: ContentDigest

  var line: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.key("name")
      json.value(name.text)
      json.key("size")
      json.value(size)
      json.key("sha256")
      json.value(sha256.text)
    }
    return json.bytes + [0x0A]
  }
}

extension EntryRecord {
  /// nil for anything but a record of an entry that an archive can hold.
  init?(line: some Sequence<UInt8>) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(line)), let name = EntryName(fields.name),
      let sha256 = ContentDigest(fields.sha256)
    else { return nil }
    self.init(name: name, size: fields.size, sha256: sha256)
  }

  private struct Fields: Decodable {
    let name: String
    let size: Int
    let sha256: String
  }
}
