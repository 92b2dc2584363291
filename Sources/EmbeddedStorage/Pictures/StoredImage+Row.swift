import GRDB
import PoseCore

extension StoredImage {
  static let columns = "id, length, uploaded_at, content_type, sha256, width, height, file_name, dataset_id"

  /// nil if its id is invalid, as another program may have written it; ``FileImageStore/notIncluded()`` reports it.
  init?(row: Row) throws {
    let text = try row.decode(String.self, atIndex: 0)
    guard let id = ImageID(text), id.description == text else { return nil }
    self.init(
      id: id, length: max(try row.decode(atIndex: 1), 0), uploadedAt: row.time(at: 2) ?? id.seconds,
      metadata: ImageMetadata(
        contentType: try row.decode(atIndex: 3), sha256: try row.decode(atIndex: 4), width: try row.decode(atIndex: 5),
        height: try row.decode(atIndex: 6), fileName: try row.decode(atIndex: 7), datasetID: try row.decode(atIndex: 8))
    )
  }

  /// Whether a row has a valid id, in SQL.
  static let hasID = "length(id) = 24 AND id NOT GLOB '*[^0-9a-f]*'"

  func insert(_ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO images (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        id.description, length, uploadedAt, metadata.contentType, metadata.sha256, metadata.width, metadata.height,
        metadata.fileName, metadata.datasetID,
      ])
  }
}
