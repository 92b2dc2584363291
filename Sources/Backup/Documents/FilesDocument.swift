#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

/// A picture's document in GridFS's `files` collection, in canonical Extended JSON v2.
struct FilesDocument {
  let id: ImageID
  /// Of the picture, in bytes.
  let length: Int
  let chunkSize: Int
  /// As recorded at upload, in lower case; nil if none was.
  let sha256: String?

  /// The document for a picture whose store keeps none, as GridFS would have it.
  static func json(_ image: StoredImage) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.extended("_id", "$oid", value: image.id.description)
      json.extended("length", "$numberLong", value: image.length.description)
      json.extended("chunkSize", "$numberInt", value: defaultChunkSize.description)
      json.object("uploadDate") { $0.extended("$date", "$numberLong", value: (image.uploadedAt * 1000).description) }
      json.field("filename", image.metadata.fileName ?? image.id.description)
      json.object("metadata") { json in
        json.optional("contentType", image.metadata.contentType)
        json.optional("sha256", image.metadata.sha256)
        if let width = image.metadata.width { json.extended("width", "$numberLong", value: width.description) }
        if let height = image.metadata.height { json.extended("height", "$numberLong", value: height.description) }
        json.optional("fileName", image.metadata.fileName)
        json.optional("datasetId", image.metadata.datasetID)
      }
    }
    return json.bytes
  }

  /// GridFS's own, in bytes.
  static let defaultChunkSize = 255 * 1024
}

extension FilesDocument {
  /// Throws `DecodingError` for anything but a document with an ObjectId, a length and a chunk size.
  init(json: some Sequence<UInt8>) throws {
    let fields = try JSONDecoder().decode(Fields.self, from: Data(json))
    guard let id = ImageID(fields._id.value), let length = fields.length.integer, length >= 0,
      let chunkSize = fields.chunkSize.integer, chunkSize > 0
    else { throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not a document of a picture")) }
    self.init(id: id, length: length, chunkSize: chunkSize, sha256: fields.metadata?.digest)
  }

  private struct Fields: Decodable {
    var _id: Extended
    var length: Extended
    var chunkSize: Extended
    var metadata: Metadata?
  }

  /// `{"$oid":"…"}`, `{"$numberLong":"…"}` and the like.
  struct Extended: Decodable {
    let value: String

    init(from decoder: any Decoder) throws {
      let fields = try decoder.singleValueContainer().decode([String: String].self)
      guard let field = fields.first, fields.count == 1 else {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not an Extended JSON value"))
      }
      value = field.value
    }

    /// Other drivers write lengths as doubles, too.
    var integer: Int? { Int(value) ?? Double(value).flatMap(Int.init(exactly:)) }
  }

  /// Other programs may put anything there.
  private struct Metadata: Decodable {
    let digest: String?

    private enum Key: String, CodingKey { case sha256 }

    init(from decoder: any Decoder) throws {
      let fields = try? decoder.container(keyedBy: Key.self)
      let text = try? fields?.decode(String.self, forKey: .sha256).lowercased()
      digest = text.flatMap { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) ? $0 : nil }
    }
  }
}

extension JSONWriter {
  /// `"key":{"type":"value"}`
  mutating func extended(_ key: StaticString, _ type: StaticString, value: String) {
    self.key(key)
    object { json in
      json.key(type)
      json.value(value)
    }
  }

  mutating func optional(_ key: StaticString, _ value: String?) {
    guard let value else { return }
    self.key(key)
    self.value(value)
  }
}
