import CMariaDB
import PoseCore

/// The tables, created and upgraded by numbered steps that never change once released.
///
/// MySQL commits each change of a table by itself, so an interrupted step is run again: each must be able to find its
/// work already done.
struct Schema: Sendable {
  let configuration: MySQLConfiguration

  /// Creates the database if it is missing, then creates or upgrades the tables. A database made by a newer version is
  /// refused, and left as it is. Needs no right to create anything if everything is in place.
  ///
  /// Several servers may do this at once. Blocks.
  func migrate() throws {
    let connection = try connect()
    let isOld = try version(connection) < Self.migrations.count
    let poses = PosesTable(configuration)
    try poses.check(connection)
    // whatever the version: others drop indexes, too
    guard try !poses.missingIndexes(connection).isEmpty || isOld else { return }
    // named by the database: others may be upgraded beside it
    let lock = "CONCAT('posevault:', LEFT(SHA2(DATABASE(), 256), 40))"
    guard try connection.rows("SELECT GET_LOCK(\(lock), 60)").first?.int(0) == 1 else {
      throw PoseVaultError(
        .storageUnavailable,
        "Another PoseVault has been upgrading the database '\(configuration.database)' for a minute. Try again later.")
    }
    if isOld { try upgrade(connection) }
    for index in try poses.missingIndexes(connection) { try index.make(connection) }
  }

  private func upgrade(_ connection: MySQLConnection) throws {
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_migrations (
        number INT NOT NULL PRIMARY KEY,
        applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4
      """)
    for (index, migration) in Self.migrations.enumerated().dropFirst(try version(connection)) {
      try migration(connection)
      try connection.change("INSERT INTO posevault_migrations (number) VALUES (?)", [.int(index + 1)])
    }
  }

  /// The number of poses in tables that ``migrate()`` would create or upgrade; nil if there is nothing to do. Changes
  /// nothing. Blocks.
  func posesBeforeMigration() throws -> Int? {
    do {
      let connection = try MySQLConnection(configuration, database: configuration.database, limits: .migration)
      let isOld = try version(connection) < Self.migrations.count
      let poses = PosesTable(configuration)
      try poses.check(connection)
      guard try !poses.missingIndexes(connection).isEmpty || isOld else { return nil }
      return Int(try connection.rows("SELECT COUNT(*) FROM poses").first?.int(0) ?? 0)
    } catch let error as MySQLError where error.isOne(of: ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE) {
      return 0
    }
  }

  private func connect() throws -> MySQLConnection {
    do {
      return try MySQLConnection(configuration, database: configuration.database, limits: .migration)
    } catch let error as MySQLError where error.isOne(of: ER_BAD_DB_ERROR) {
      let name = configuration.database.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``")
      try MySQLConnection(configuration, database: nil, limits: .migration)
        .execute("CREATE DATABASE IF NOT EXISTS `\(name)` DEFAULT CHARACTER SET utf8mb4")
      return try MySQLConnection(configuration, database: configuration.database, limits: .migration)
    }
  }

  /// The number of the last completed step; 0 before the first.
  private func version(_ connection: MySQLConnection) throws -> Int {
    let number: Int64
    do {
      number = try connection.rows("SELECT MAX(number) FROM posevault_migrations").first?.int(0) ?? 0
    } catch let error as MySQLError where error.isOne(of: ER_NO_SUCH_TABLE) {
      return 0
    }
    guard number <= Self.migrations.count else {
      throw PoseVaultError(
        .storageUnavailable,
        "The database '\(configuration.database)' of \(configuration) was made by a newer version of PoseVault; "
          + "use that version, or a newer one.")
    }
    return Int(number)
  }
}

extension Schema {
  /// The first has number 1.
  static let migrations: [@Sendable (MySQLConnection) throws -> Void] = [
    createTables, indexIDs, addDetails, createRunTables, addKeeping, addUploads, addAccess,
    addErasure,
  ]

  /// `poses` is created by the statement that earlier installations used, word for word, and adopted if it exists.
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

  /// A row with its keypoints takes 3 KB in the primary key's tree. Rows are skipped and counted in this index instead,
  /// which has hundreds of ids per page.
  private static let indexIDs: @Sendable (MySQLConnection) throws -> Void = { connection in
    let existing = try connection.rows(
      """
      SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'poses' AND index_name = 'posevault_id'
      """)
    guard existing.isEmpty else { return }
    try connection.execute("CREATE INDEX posevault_id ON poses (id)")
  }

  /// What a detection finds besides the keypoints, and the detection itself once it has been corrected.
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

extension Schema {
  /// The tables of ``MySQLRunStore``. Text is compared byte by byte, as in Swift.
  static let createRunTables: @Sendable (MySQLConnection) throws -> Void = { connection in
    for table in [restore, sweep, runs, mail] {
      try connection.execute("\(table) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    }
    for table in ["posevault_restore", "posevault_sweep"] {
      try connection.change("INSERT IGNORE INTO \(table) (number) VALUES (1)")
    }
  }

  /// One row, which always exists, so that it can be locked whether or not there is a mark.
  private static let restore = """
    CREATE TABLE IF NOT EXISTS posevault_restore (
      number INT NOT NULL PRIMARY KEY,
      host TEXT,
      pid BIGINT,
      since BIGINT,
      heartbeat_at BIGINT,
      file TEXT
    )
    """

  /// When pictures without a pose were last swept: one row, which always exists.
  private static let sweep = """
    CREATE TABLE IF NOT EXISTS posevault_sweep (
      number INT NOT NULL PRIMARY KEY,
      swept_at BIGINT
    )
    """

  /// `state` is running, proven, failed or abandoned; `is_told` is for abandoned ones.
  private static let runs = """
    CREATE TABLE IF NOT EXISTS posevault_runs (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
      host TEXT NOT NULL,
      pid BIGINT NOT NULL,
      started_at BIGINT NOT NULL,
      due_at BIGINT,
      attempt BIGINT,
      heartbeat_at BIGINT NOT NULL,
      phase TEXT NOT NULL,
      progress DOUBLE NOT NULL,
      state VARCHAR(16) NOT NULL,
      is_told TINYINT NOT NULL DEFAULT 0,
      ended_at BIGINT,
      message LONGTEXT,
      path TEXT,
      size BIGINT,
      sha256 VARCHAR(64),
      poses BIGINT,
      pictures BIGINT,
      lost_pictures BIGINT,
      left_out BIGINT,
      is_shrunk TINYINT,
      warnings LONGTEXT,
      UNIQUE INDEX idx_claim (due_at, attempt),
      INDEX idx_state (state)
    )
    """

  /// Until `free_at` a mail belongs to the sender that took it.
  private static let mail = """
    CREATE TABLE IF NOT EXISTS posevault_mail (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
      host TEXT,
      content LONGTEXT NOT NULL,
      due_at BIGINT NOT NULL,
      attempts BIGINT NOT NULL DEFAULT 0,
      free_at BIGINT NOT NULL DEFAULT 0,
      failure LONGTEXT,
      given_up_at BIGINT
    )
    """
}

extension Schema {
  /// What is stored about an archive beyond its counts, and the trash.
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

extension Schema {
  /// The keys of uploads. Neither a key nor a file's name is stored; pose and response are NULL as long as nothing has
  /// been stored.
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

extension Schema {
  /// Keys and sessions, of which only digests are stored, and who did what. A session of API_KEY has a binding instead
  /// of a key's id.
  static let addAccess: @Sendable (MySQLConnection) throws -> Void = { connection in
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_keys (
        id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        name VARCHAR(400) NOT NULL,
        role VARCHAR(32) NOT NULL,
        sha256 VARCHAR(64) NOT NULL,
        created_at BIGINT NOT NULL,
        ends_at BIGINT,
        revoked_at BIGINT,
        last_used_at BIGINT,
        last_used_from VARCHAR(64),
        UNIQUE INDEX idx_sha256 (sha256)
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
      """)
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_sessions (
        id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        sha256 VARCHAR(64) NOT NULL,
        key_id BIGINT,
        binding VARCHAR(64),
        created_at BIGINT NOT NULL,
        ends_at BIGINT NOT NULL,
        last_used_at BIGINT NOT NULL,
        last_used_from VARCHAR(64),
        UNIQUE INDEX idx_sha256 (sha256),
        INDEX idx_key_id (key_id)
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
      """)
    // number and hash are NULL until it is sealed
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_audit (
        id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        at BIGINT NOT NULL,
        server VARCHAR(255) NOT NULL,
        caller VARCHAR(32) NOT NULL,
        session BIGINT,
        client VARCHAR(64),
        request VARCHAR(64),
        action VARCHAR(200) NOT NULL,
        subjects LONGTEXT NOT NULL,
        outcome INT NOT NULL,
        count BIGINT NOT NULL,
        number BIGINT,
        hash VARCHAR(64),
        UNIQUE INDEX idx_number (server, number),
        INDEX idx_at (at)
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
      """)
    // the base is the entry that was removed last; a row without a head is a chain that is being begun
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_audit_chains (
        server VARCHAR(255) NOT NULL PRIMARY KEY,
        base_number BIGINT,
        base_hash VARCHAR(64),
        head_number BIGINT,
        head_hash VARCHAR(64)
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
      """)
  }
}

extension Schema {
  /// Deleted poses in the trash, several of which may belong to one picture, and what was permanently erased.
  static let addErasure: @Sendable (MySQLConnection) throws -> Void = { connection in
    let existing = try connection.rows(
      """
      SELECT 1 FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = 'posevault_trash' AND column_name = 'pose_id'
      """)
    if existing.isEmpty {
      // pose_id is that of the row; adopted rows may name their picture in any way
      try connection.execute(
        """
        ALTER TABLE posevault_trash
          MODIFY image_id VARCHAR(255) NOT NULL,
          ADD COLUMN pose_id BIGINT NULL,
          DROP INDEX idx_image_id,
          ADD INDEX idx_trash_image_id (image_id(64)),
          ADD UNIQUE INDEX idx_pose_id (pose_id)
        """)
    }
    // poses are ids with commas; is_pending says whether its picture may be there yet
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS posevault_erased (
        id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        subject VARCHAR(128) NOT NULL,
        poses LONGTEXT NOT NULL,
        erased_at BIGINT NOT NULL,
        is_pending TINYINT NOT NULL,
        UNIQUE INDEX idx_subject (subject),
        INDEX idx_pending (is_pending, id)
      ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
      """)
    let index = try connection.rows(
      """
      SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'posevault_uploads' AND index_name = 'idx_pose_id'
      """)
    if index.isEmpty { try connection.execute("CREATE INDEX idx_pose_id ON posevault_uploads (pose_id)") }
  }
}
