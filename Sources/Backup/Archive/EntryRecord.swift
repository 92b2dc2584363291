#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

/// A line of `entries.jsonl`: what an entry must be.
struct EntryRecord: Decodable, Hashable {
  let name: String
  /// In bytes.
  let size: Int
  let sha256: String

  var line: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.key("name")
      json.value(name)
      json.key("size")
      json.value(size)
      json.key("sha256")
      json.value(sha256)
    }
    return json.bytes + [0x0A]
  }
}

extension EntryRecord {
  init(line: some Sequence<UInt8>) throws {
    self = try JSONDecoder().decode(EntryRecord.self, from: Data(line))
  }
}
