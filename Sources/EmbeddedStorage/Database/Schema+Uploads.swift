import GRDB

extension Schema {
  /// The keys of uploads. Neither a key nor a file's name is kept.
  static func addUploads(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE posevault_uploads (
          key_sha256 TEXT NOT NULL PRIMARY KEY,
          content_sha256 TEXT NOT NULL,
          attempt TEXT NOT NULL,
          since INTEGER NOT NULL,
          -- both NULL as long as nothing is stored
          pose_id INTEGER,
          answer TEXT
        );
        CREATE INDEX idx_uploads_since ON posevault_uploads (since);
        """)
  }
}
