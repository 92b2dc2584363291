import Foundation
import PoseCore
import S3

/// A picture's object: how the picture's details are encoded in its metadata.
///
/// Values are percent-encoded, since S3 only keeps visible ASCII characters; a long name is in base 64.
struct StoredObject {
  let options: S3PutOptions

  init(_ image: StoredImage) throws {
    let known = image.metadata
    var fields = ["uploaded-at": "\(image.uploadedAt)", "write": Self.token()]
    fields["content-type"] = known.contentType.map(Self.encoded)
    fields["sha256"] = known.sha256.map(Self.encoded)
    fields["width"] = known.width.map { "\($0)" }
    fields["height"] = known.height.map { "\($0)" }
    fields["dataset-id"] = known.datasetID.map(Self.encoded)
    if let name = known.fileName {
      let encoded = Self.encoded(name)
      if encoded.utf8.count <= Self.longestName {
        fields["file-name"] = encoded
      } else {
        fields["file-name-base64"] = Data(name.utf8).base64EncodedString()
      }
    }
    let type = known.contentType.flatMap { type in
      !type.isEmpty && type.utf8.allSatisfy { (0x21..<0x7F).contains($0) } ? type : nil
    }
    options = S3PutOptions(contentType: type, metadata: fields, onlyIfAbsent: true)
  }

  /// Whether an object was stored by the same put.
  func isSame(as object: S3Object) -> Bool { object.metadata["write"] == options.metadata["write"] }

  static func image(_ id: ImageID, _ object: S3Object) -> StoredImage {
    let fields = object.metadata
    let isOurs = fields["uploaded-at"] != nil
    let name =
      fields["file-name"].map(decoded)
      ?? fields["file-name-base64"].flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
    return StoredImage(
      id: id, length: object.length,
      uploadedAt: fields["uploaded-at"].flatMap { Int64($0) } ?? object.modifiedAt ?? id.seconds,
      metadata: ImageMetadata(
        contentType: isOurs ? fields["content-type"].map(decoded) : object.contentType,
        sha256: fields["sha256"].map(decoded) ?? object.sha256, width: fields["width"].flatMap { Int($0) },
        height: fields["height"].flatMap { Int($0) }, fileName: name, datasetID: fields["dataset-id"].map(decoded)))
  }

  /// In bytes; S3 keeps 2 KiB in all.
  private static let longestName = 1024

  /// By which a put recognises its own object.
  private static func token() -> String {
    let a = UInt64.random(in: 0...UInt64.max)
    let b = UInt64.random(in: 0...UInt64.max)
    return String(a, radix: 16) + "-" + String(b, radix: 16)
  }

  /// A header can't be empty, so an empty text is encoded as a percent sign, which otherwise never occurs alone.
  private static func encoded(_ text: String) -> String {
    text.isEmpty ? "%" : text.addingPercentEncoding(withAllowedCharacters: allowed) ?? "%"
  }

  private static func decoded(_ text: String) -> String {
    text == "%" ? "" : text.removingPercentEncoding ?? text
  }

  private static let allowed = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:+")
}
