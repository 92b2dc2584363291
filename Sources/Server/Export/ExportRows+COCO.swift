import Crypto
import PoseCore

extension ExportRows {
  /// Goes through the rows twice, for the pictures and for the people, so that neither is held in memory.
  ///
  /// A picture's number is a hash of its id, the same wherever its rows are and in every export.
  ///
  /// - Parameter base: the server's address as the client knows it, for the pictures' addresses.
  func writeCOCO(
    _ export: COCOExport, pictures: DrawnPictures, base: String, by write: ([UInt8]) async throws -> Void
  ) async throws {
    var export = export
    try await write(export.begin())
    try await eachPicture(with: .details) { rows in
      guard let size = try await pictures.size(of: rows[0]) else { return }
      try await write(
        export.image(
          Self.number(of: rows[0]), file: rows[0].pictureName,
          // upright, as size and keypoints are: programs differ in which orientation they see in a file
          url: PoseView.imageURL(rows[0].imageID, base: base) + "/rendition",
          width: size.width, height: size.height))
    }
    try await write(export.beginAnnotations())
    try await eachPicture(with: [.details, .detection]) { rows in
      guard let size = try await pictures.size(of: rows[0]) else { return }
      let picture = PicturePoses(rows)
      for person in picture.people {
        guard let id = person.stored?.id else { continue }
        try await write(
          export.annotation(id, of: Self.number(of: rows[0]), person, width: size.width, height: size.height))
      }
    }
    try await write(export.end())
  }

  /// 53 bits, as many as JavaScript and jq read exactly: among a hundred thousand pictures, the chance that two share
  /// one is 1 in 1.8 million.
  private static func number(of row: PoseRecord) -> Int {
    let hash = SHA256.hash(data: Array(row.imageID.lowercased().utf8))
    return Int(hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 11)
  }
}
