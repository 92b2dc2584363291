import PoseCore

/// A stored pose as the API shows it.
struct PoseView {
  private let row: PoseRecord
  private let base: String

  /// - Parameter base: the beginning of links, such as `http://localhost:3000`.
  init(_ row: PoseRecord, base: String) {
    self.row = row
    self.base = base
  }

  /// A JSON object; `row` must have been read with the inclusion's parts.
  func json(_ inclusion: PoseInclusion) -> [UInt8] {
    var json = JSONWriter(capacity: row.keypoints.count * (inclusion == .nothing ? 1 : 3) + 256)
    json.object { json in
      json.field("id", row.id)
      json.field("imageId", row.imageID)
      json.field("imageUrl", Self.imageURL(row.imageID, base: base))
      row.writeKeypoints(inclusion, into: &json)
      json.field("createdAt", time: row.createdAt)
      json.field("updatedAt", time: row.updatedAt)
    }
    return json.bytes
  }

  /// The same whatever is included, so that a client may send it as `If-Match` wherever it got it from.
  ///
  /// What an inclusion adds only changes if the plain fields do, or the time of the correction.
  var tag: EntityTag {
    EntityTag(hashOf: json(.nothing) + (row.correctedAt.map { Array("\($0)".utf8) } ?? []))
  }

  /// Adopted rows may refer to their picture by any text.
  /// - Parameter base: the server's address as the client knows it.
  static func imageURL(_ imageID: String, base: String) -> String {
    "\(base)/api/images/\(pathComponent(imageID))"
  }

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
