#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

extension FilesDocument {
  /// What a store keeps about a picture, as it would read it from the same document in GridFS.
  ///
  /// - Parameter sha256: of the picture, for those whose document has none.
  static func image(json: [UInt8], sha256: String) throws -> StoredImage {
    let document = try FilesDocument(json: json)
    let fields = try JSONDecoder().decode(Kept.self, from: Data(json))
    let metadata = fields.metadata?.value
    let id = document.id
    let milliseconds = fields.uploadDate?.value?.date.integer
    // ours is the id's text where a picture has no name
    let name = metadata?.fileName?.value ?? fields.filename?.value.flatMap { $0 == "\(id)" ? nil : $0 }
    return StoredImage(
      id: id, length: document.length, uploadedAt: milliseconds.map(seconds) ?? id.seconds,
      metadata: ImageMetadata(
        contentType: metadata?.contentType?.value ?? fields.contentType?.value, sha256: document.sha256 ?? sha256,
        width: metadata?.width?.value?.integer, height: metadata?.height?.value?.integer, fileName: name,
        datasetID: metadata?.datasetId?.value))
  }

  /// Rounded down, even before 1970.
  private static func seconds(_ milliseconds: Int) -> Int64 {
    let (seconds, rest) = Int64(milliseconds).quotientAndRemainder(dividingBy: 1000)
    return rest < 0 ? seconds - 1 : seconds
  }

  private struct Kept: Decodable {
    var uploadDate: Lenient<ExtendedDate>?
    var filename: Lenient<String>?
    var contentType: Lenient<String>?
    var metadata: Lenient<Metadata>?
  }

  private struct Metadata: Decodable {
    var contentType, fileName, datasetId: Lenient<String>?
    var width, height: Lenient<Extended>?
  }

  /// `{"$date":{"$numberLong":"…"}}`
  private struct ExtendedDate: Decodable {
    let date: Extended

    private enum CodingKeys: String, CodingKey { case date = "$date" }
  }

  /// nil if another program has put something else there.
  private struct Lenient<Value: Decodable>: Decodable {
    let value: Value?

    init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
  }
}
