import PoseCore

/// A stored pose as the API shows it.
struct PoseView {
  /// A JSON object.
  let json: [UInt8]

  /// - Parameter base: how links begin, such as `http://localhost:3000`.
  init(_ row: PoseRecord, base: String) {
    var json = JSONWriter(capacity: row.keypoints.count + 256)
    json.object { json in
      json.key("id")
      json.value(row.id)
      json.key("imageId")
      json.value(row.imageID)
      json.key("imageUrl")
      json.value("\(base)/api/images/\(Self.pathComponent(row.imageID))")
      json.key("keypoints")
      json.splice(row.keypoints)
      json.key("createdAt")
      json.value(time: row.createdAt)
      json.key("updatedAt")
      json.value(time: row.updatedAt)
    }
    self.json = json.bytes
  }

  var tag: EntityTag { EntityTag(hashOf: json) }

  /// Adopted rows may name their picture by any text.
  private static func pathComponent(_ text: String) -> String {
    guard ImageID(text) == nil else { return text }
    return text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default:
        "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
