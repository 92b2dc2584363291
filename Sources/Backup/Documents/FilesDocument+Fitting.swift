import Foundation
import PoseCore

extension FilesDocument {
  /// `json`, the document of a damaged picture, adapted to the `length` bytes that are left of it; its keys are
  /// reordered. nil for an invalid document.
  static func fitting(_ json: [UInt8], _ id: ImageID, length: Int) -> [UInt8]? {
    guard var fields = (try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any] else { return nil }
    let chunkSize = (try? FilesDocument(json: json))?.chunkSize
    fields["_id"] = ["$oid": id.description]
    fields["length"] = ["$numberLong": length.description]
    if chunkSize.map({ !usableChunkSizes.contains($0) }) ?? true {
      fields["chunkSize"] = ["$numberInt": defaultChunkSize.description]
    }
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? JSONSerialization.data(withJSONObject: fields, options: options) else { return nil }
    let fitting = Array(data)
    return (try? FilesDocument(json: fitting))?.id == id ? fitting : nil
  }

  /// What fits into a MongoDB document.
  private static let usableChunkSizes = 512...(16 << 20) - 4096
}
