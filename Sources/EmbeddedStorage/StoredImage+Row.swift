import GRDB
import PoseCore

extension StoredImage {
  static let columns = "id, length, uploaded_at, content_type, sha256, width, height, file_name, dataset_id"

  init(row: Row) throws {
    guard let id = ImageID(try row.decode(String.self, atIndex: 0)) else {
      throw PoseVaultError(.internal, "The table of pictures holds an id that is none.")
    }
    self.init(
      id: id, length: try row.decode(atIndex: 1), uploadedAt: try row.decode(atIndex: 2),
      metadata: ImageMetadata(
        contentType: try row.decode(atIndex: 3), sha256: try row.decode(atIndex: 4), width: try row.decode(atIndex: 5),
        height: try row.decode(atIndex: 6), fileName: try row.decode(atIndex: 7), datasetID: try row.decode(atIndex: 8))
    )
  }

  func insert(_ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO images (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        id.description, length, uploadedAt, metadata.contentType, metadata.sha256, metadata.width, metadata.height,
        metadata.fileName, metadata.datasetID,
      ])
  }
}
