import CMariaDB
import PoseCore

extension Schema {
  /// The first has number 1.
  static let migrations: [@Sendable (MySQLConnection) throws -> Void] = [
    createTables, indexIDs, addDetails, createRunTables, addKeeping, addUploads,
  ]

  /// `poses` is made by the statement that earlier installations used, word for word, and taken over where it exists.
  private static let createTables: @Sendable (MySQLConnection) throws -> Void = { connection in
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS poses (
        id INT AUTO_INCREMENT PRIMARY KEY,
        image_id VARCHAR(255) NOT NULL,
        keypoints JSON NOT NULL,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        INDEX idx_image_id (image_id),
        INDEX idx_created_at (created_at)
      )
      """)
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_meta (
        name VARCHAR(64) NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
      """)
    try connection.change(
      "INSERT IGNORE INTO posevault_meta (name, value) VALUES ('dataset_id', ?)", [.text(DatasetID.random())])
  }

  /// A row with its keypoints is 3 KB in the primary key's tree. Rows are skipped and counted in this one instead, which
  /// holds hundreds of ids in a page.
  private static let indexIDs: @Sendable (MySQLConnection) throws -> Void = { connection in
    let existing = try connection.rows(
      """
      SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'poses' AND index_name = 'posevault_id'
      """)
    guard existing.isEmpty else { return }
    try connection.execute("CREATE INDEX posevault_id ON poses (id)")
  }

  /// What a detection finds beside the keypoints, and the detection itself once it is corrected.
  private static let addDetails: @Sendable (MySQLConnection) throws -> Void = { connection in
    let existing = try connection.rows(
      """
      SELECT 1 FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = 'poses' AND column_name = 'score'
      """)
    guard existing.isEmpty else { return }
    do {
      // the indexes hold all that a filter asks about
      try addDetails(connection, indexedName: "file_name")
    } catch let error as MySQLError where error.isOne(of: ER_TOO_LONG_KEY, ER_INDEX_COLUMN_TOO_LONG) {
      // an adopted table in an old row format has indexes of up to 767 bytes
      try addDetails(connection, indexedName: "file_name(191)")
    }
  }

  private static func addDetails(_ connection: MySQLConnection, indexedName: String) throws {
    // names are compared byte for byte
    try connection.execute(
      """
      ALTER TABLE poses
        ADD COLUMN score DOUBLE NULL,
        ADD COLUMN picture_width INT NULL,
        ADD COLUMN picture_height INT NULL,
        ADD COLUMN file_name VARCHAR(768) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
        ADD COLUMN world_keypoints JSON NULL,
        ADD COLUMN detected_keypoints JSON NULL,
        ADD COLUMN corrected_at TIMESTAMP NULL DEFAULT NULL,
        ADD INDEX posevault_file_name (\(indexedName)),
        ADD INDEX posevault_corrected_at (corrected_at)
      """)
  }
}
