import GRDB

extension Schema {
  /// What is kept of a detection beside its keypoints, and of a correction.
  ///
  /// `idx_filter` holds all that lists are filtered by, so that a search reads 50 bytes of a row instead of a page or
  /// two. `idx_file_name` answers whether a file has been imported.
  static func addDetails(_ db: Database) throws {
    try db.execute(
      sql: """
        ALTER TABLE poses ADD COLUMN score REAL;
        ALTER TABLE poses ADD COLUMN picture_width INTEGER;
        ALTER TABLE poses ADD COLUMN picture_height INTEGER;
        ALTER TABLE poses ADD COLUMN file_name TEXT;
        ALTER TABLE poses ADD COLUMN corrected_at INTEGER;
        ALTER TABLE poses ADD COLUMN world_keypoints TEXT;
        ALTER TABLE poses ADD COLUMN detected_keypoints TEXT;
        CREATE INDEX idx_filter ON poses (id, created_at, corrected_at, file_name);
        CREATE INDEX idx_file_name ON poses (file_name) WHERE file_name IS NOT NULL;
        """)
  }
}
