extension Schema {
  /// The keys of uploads. Neither a key nor a file's name is kept; pose and answer are NULL as long as nothing is stored.
  static let addUploads: @Sendable (MySQLConnection) throws -> Void = { connection in
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_uploads (
        key_sha256 VARCHAR(64) NOT NULL PRIMARY KEY,
        content_sha256 VARCHAR(64) NOT NULL,
        attempt VARCHAR(32) NOT NULL,
        since BIGINT NOT NULL,
        pose_id BIGINT,
        answer LONGTEXT,
        INDEX idx_since (since)
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
      """)
  }
}
