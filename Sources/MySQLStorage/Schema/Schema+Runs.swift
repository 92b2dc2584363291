extension Schema {
  /// The tables of ``MySQLRunStore``. Text is compared byte by byte, as Swift's is.
  static let createRunTables: @Sendable (MySQLConnection) throws -> Void = { connection in
    for table in [restore, sweep, runs, mail] {
      try connection.execute("\(table) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    }
    for table in ["posevault_restore", "posevault_sweep"] {
      try connection.change("INSERT IGNORE INTO \(table) (number) VALUES (1)")
    }
  }

  /// One row, which is always there, so that it can be locked whether a mark stands or not.
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

  /// When pictures that no pose names were last swept: one row, which is always there.
  private static let sweep = """
    CREATE TABLE IF NOT EXISTS posevault_sweep (
      number INT NOT NULL PRIMARY KEY,
      swept_at BIGINT
    )
    """

  /// `state` is running, proven, failed or abandoned; `is_told` belongs to the abandoned ones.
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
