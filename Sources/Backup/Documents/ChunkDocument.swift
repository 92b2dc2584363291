#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

/// A document of GridFS's `chunks` collection in canonical Extended JSON v2.
enum ChunkDocument {
  /// - Parameters:
  ///   - number: counted from 0 within the picture.
  ///   - seconds: since 1970; part of the chunk's own id, which nothing refers to.
  static func json(of picture: ImageID, number: Int, bytes: [UInt8], at seconds: Int64) -> [UInt8] {
    let data = Data(bytes).base64EncodedString()
    var json = JSONWriter(capacity: data.utf8.count + 200)
    json.object { json in
      json.extended("_id", "$oid", value: ImageID.generate(at: seconds).description)
      json.extended("files_id", "$oid", value: picture.description)
      json.extended("n", "$numberInt", value: number.description)
      json.object("data") { json in
        json.object("$binary") { json in
          json.key("base64")
          json.splice("\"\(data)\"".utf8)
          json.field("subType", "00")
        }
      }
    }
    return json.bytes
  }
}
