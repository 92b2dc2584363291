import Crypto
import PoseCore

extension ExportRows {
  /// Goes through the rows twice, for the pictures and for the people, so that neither is held in memory.
  ///
  /// A picture's number is a hash of its id, the same wherever its rows are and in every export.
  ///
  /// - Parameters:
  ///   - base: the server's address as the client knows it, for the pictures' own.
  ///   - names: the pictures that are taken and what they are called, by their ids; nil for all, by the names that they
  ///     have.
  func writeCOCO(
    _ export: COCOExport, pictures: DrawnPictures, base: String, names: [String: String]? = nil,
    by write: ([UInt8]) async throws -> Void
  ) async throws {
    var export = export
    var ownNames = PictureFileNames()
    try await write(export.begin())
    try await eachPicture(with: .details) { rows in
      let row = rows[0]
      guard names == nil || names?[row.imageID] != nil, let size = try await pictures.size(of: row) else { return }
      let file: String
      if let name = names?[row.imageID] {
        file = name
      } else {
        let format = row.details.fileName == nil ? try await pictures.format(of: row) : nil
        file = ownNames.name(of: row, format)
      }
      try await write(
        export.image(
          Self.number(of: row), file: file, imageID: row.imageID,
          // upright, as size and keypoints are: programs differ in which orientation they see in a file
          url: PoseView.imageURL(row.imageID, base: base) + "/rendition",
          width: size.width, height: size.height))
    }
    try await write(export.beginAnnotations())
    try await eachPicture(with: [.details, .detection]) { rows in
      guard names == nil || names?[rows[0].imageID] != nil, let size = try await pictures.size(of: rows[0]) else {
        return
      }
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
