import GRDB

extension Schema {
  /// What is kept of an archive beyond its counts, and the trash.
  static func addKeeping(_ db: Database) throws {
    try db.execute(
      sql: """
        -- JSON; NULL in runs of an older version
        ALTER TABLE posevault_runs ADD COLUMN details TEXT;
        ALTER TABLE posevault_runs ADD COLUMN accepted_at INTEGER;
        -- whether an earlier database had made the archive
        ALTER TABLE posevault_runs ADD COLUMN is_adopted INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE posevault_trash (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          image_id TEXT NOT NULL COLLATE NOCASE UNIQUE,
          length INTEGER NOT NULL,
          reason TEXT NOT NULL,
          trashed_at INTEGER NOT NULL,
          -- the row of poses that it was, as JSON; NULL for a picture that had none
          pose TEXT
        );
        """)
  }
}
