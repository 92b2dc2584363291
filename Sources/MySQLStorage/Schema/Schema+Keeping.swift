extension Schema {
  /// What is kept of an archive beyond its counts, and the trash.
  static let addKeeping: @Sendable (MySQLConnection) throws -> Void = { connection in
    let existing = try connection.rows(
      """
      SELECT 1 FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = 'posevault_runs' AND column_name = 'details'
      """)
    if existing.isEmpty {
      // details are JSON, NULL in runs of an older version; an adopted archive was made by an earlier database
      try connection.execute(
        """
        ALTER TABLE posevault_runs
          ADD COLUMN details LONGTEXT NULL,
          ADD COLUMN accepted_at BIGINT NULL,
          ADD COLUMN is_adopted TINYINT NOT NULL DEFAULT 0
        """)
    }
    // pose is the row of poses that it was, as JSON; NULL for a picture that had none
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_trash (
        id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        image_id VARCHAR(24) NOT NULL,
        length BIGINT NOT NULL,
        reason VARCHAR(32) NOT NULL,
        trashed_at BIGINT NOT NULL,
        pose LONGTEXT,
        UNIQUE INDEX idx_image_id (image_id)
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
      """)
  }

  /// Whether a newer version has upgraded the tables since this one opened them.
  static func isKnown(_ connection: MySQLConnection) throws -> Bool {
    let last = try connection.rows("SELECT MAX(number) FROM posevault_migrations").first?.int(0) ?? 0
    return last <= migrations.count
  }
}
